//! Owns the certificates: the system's authorities, the user's, and those of docker's `certs.d`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use super::address::Trust;
use super::origin::Origin;

/// A certificate or key file that is named and cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("certificate file {}: {fault}", .path.display())]
pub struct Unusable {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub fault: String,
}

/// The authorities of a run.
#[derive(Debug, Default)]
pub(super) struct Authorities {
    added: Vec<Certificate<'static>>,
    /// The system's and the added ones, shared by every host without certificates of its own.
    common: OnceLock<Arc<Vec<Certificate<'static>>>>,
    folders: Vec<PathBuf>,
}

/// The variable that names a file with the system's authorities (OpenSSL, `X509_get_default_cert_file_env`).
pub(super) const SYSTEM_FILE: &str = "SSL_CERT_FILE";

impl Authorities {
    /// Reads the files of `--ca-file`; the system's authorities are read when the first connection needs them. `system` is the file that
    /// [`SYSTEM_FILE`] names: without a certificate in it, every registry would be untrusted.
    pub(super) fn load(files: &[PathBuf], folders: &[PathBuf], system: Option<&Path>) -> Result<Self, Unusable> {
        if let Some(path) = system {
            let named = |fault: Unusable| Unusable { fault: format!("{} (named by {SYSTEM_FILE})", fault.fault), ..fault };
            let pem = read(path).map_err(named)?;
            // What of it cannot be read is the system's matter, as long as something can.
            if !CertificateDer::pem_slice_iter(&pem).any(|certificate| certificate.is_ok()) {
                return Err(named(Unusable { path: path.to_owned(), fault: "holds no certificate in PEM".to_owned() }));
            }
        }
        let mut added = Vec::new();
        for file in files {
            added.extend(authorities(file)?);
        }
        Ok(Self { added, common: OnceLock::new(), folders: folders.to_vec() })
    }

    /// The TLS settings for an origin: every authority, and a client's certificate where `certs.d` has one under any of its names and the
    /// configuration names the origin.
    pub(super) fn config(&self, origin: &Origin, trust: Trust) -> Result<TlsConfig, Unusable> {
        let common = self.common.get_or_init(|| {
            // Certificates that the system holds and nobody can parse are the system's matter; the others serve.
            let system = rustls_native_certs::load_native_certs().certs;
            let system = system.iter().map(|der| Certificate::from_der(der).to_owned());
            Arc::new(system.chain(self.added.iter().cloned()).collect())
        });
        let mut own = Vec::new();
        let mut client = None;
        let names = origin.names();
        for folder in self.folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name))) {
            let (more, found) = folder_of(&folder)?;
            own.extend(more);
            client = client.or(found.filter(|_| trust == Trust::Named));
        }
        let roots = if own.is_empty() { Arc::clone(common) } else { Arc::new(common.iter().cloned().chain(own).collect()) };
        Ok(TlsConfig::builder().root_certs(RootCerts::Specific(roots)).client_cert(client).build())
    }
}

/// Reads one folder of `certs.d`; one that is not there has nothing. So has one below a folder that is closed to us, as docker's may be to all
/// but root: nobody can say that it is there (containers/image `docker/docker_client.go`, `dockerCertDir`).
fn folder_of(folder: &Path) -> Result<(Vec<Certificate<'static>>, Option<ClientCert>), Unusable> {
    let unusable = |fault: &std::io::Error| Unusable { path: folder.to_owned(), fault: fault.kind().to_string() };
    match folder.metadata() {
        Ok(_) => {}
        Err(fault) if matches!(fault.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => return Ok((Vec::new(), None)),
        Err(fault) => return Err(unusable(&fault)),
    }
    let entries = std::fs::read_dir(folder).map_err(|fault| unusable(&fault))?;
    let mut files = Vec::new();
    for entry in entries {
        files.push(entry.map_err(|fault| unusable(&fault))?.path());
    }
    files.sort();
    let mut roots = Vec::new();
    let mut client = None;
    for file in files {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("crt") => roots.extend(authorities(&file)?),
            Some("cert") => client = Some(client_of(&file, &file.with_extension("key"))?),
            _ => {}
        }
    }
    Ok((roots, client))
}

fn read(path: &Path) -> Result<Vec<u8>, Unusable> {
    std::fs::read(path).map_err(|fault| {
        let fault = if fault.kind() == ErrorKind::NotFound { "no such file".to_owned() } else { fault.kind().to_string() };
        Unusable { path: path.to_owned(), fault }
    })
}

/// The authorities of a PEM file. Each must be one that rustls takes: it would pass over the others in silence.
fn authorities(path: &Path) -> Result<Vec<Certificate<'static>>, Unusable> {
    let unusable = |fault: &str| Unusable { path: path.to_owned(), fault: fault.to_owned() };
    let mut store = RootCertStore::empty();
    let mut found = Vec::new();
    for item in parse_pem(&read(path)?) {
        let PemItem::Certificate(certificate) = item.map_err(|_| unusable("not a PEM file"))? else { continue };
        let der = CertificateDer::from(certificate.der().to_vec());
        store.add(der).map_err(|_| unusable("holds a certificate that cannot be read"))?;
        found.push(certificate);
    }
    if found.is_empty() { Err(unusable("holds no certificate in PEM")) } else { Ok(found) }
}

/// A client's certificate with its key. The pair is tried here, since ureq panics on one that does not fit.
fn client_of(path: &Path, key_path: &Path) -> Result<ClientCert, Unusable> {
    let unusable = |path: &Path, fault: &str| Unusable { path: path.to_owned(), fault: fault.to_owned() };
    let pem = read(path)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|_| unusable(path, "not a PEM file"))?;
    let key_pem = read(key_path)?;
    let key = PrivateKeyDer::from_pem_slice(&key_pem).map_err(|_| unusable(key_path, "holds no private key in PEM"))?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| unusable(path, "no TLS version is available"))?
        .with_root_certificates(RootCertStore::empty())
        .with_client_auth_cert(chain.clone(), key);
    config.map_err(|_| unusable(path, "does not fit its key"))?;
    let chain: Vec<_> = chain.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    let key = PrivateKey::from_pem(&key_pem).map_err(|_| unusable(key_path, "holds no private key in PEM"))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_file_without_a_certificate_is_named_with_its_variable() {
        let folder = tempfile::tempdir().unwrap();
        let garbage = folder.path().join("garbage");
        std::io::Write::write_all(&mut std::fs::File::create(&garbage).unwrap(), b"garbage").unwrap();
        for (path, words) in [(folder.path().join("absent"), "no such file"), (garbage, "holds no certificate in PEM")] {
            let fault = Authorities::load(&[], &[], Some(&path)).unwrap_err();
            assert_eq!((fault.path, fault.fault), (path, format!("{words} (named by SSL_CERT_FILE)")));
        }
    }
}
