//! Owns registries on loopback for the tests with real programs: start, images made on the spot, digests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Fails with a hint when a program is not installed.
pub(crate) fn need(program: &str) {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(found.is_ok(), "{program} is not installed; scripts/test installs what the tests with real programs need");
}

/// Debian's docker-registry on a free port, stopped when dropped.
pub(crate) struct Served {
    process: Child,
    port: u16,
}

impl Served {
    #[allow(clippy::disallowed_methods, reason = "a test writes its scratch files")]
    pub(crate) fn start(folder: &Path, name: &str) -> Self {
        need("docker-registry");
        let data = folder.join(name);
        let config = format!(
            "version: 0.1\nlog: {{level: info, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: {:?}}}}}\nhttp: {{addr: \"127.0.0.1:0\"}}\n",
            data.display().to_string()
        );
        let file = folder.join(format!("{name}.yml"));
        std::fs::write(&file, config).unwrap();
        let mut registry = Command::new("docker-registry");
        let mut process = registry.arg("serve").arg(file).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        // It takes a free port and says which: a port that we looked for could be another's by the time it is taken.
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
        let port =
            log.find_map(|line| line.split_once("listening on 127.0.0.1:")?.1.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
        let Some(port) = port else { panic!("docker-registry does not start: {:?}", process.wait()) };
        std::thread::spawn(move || log.for_each(drop));
        Self { process, port }
    }

    pub(crate) fn domain(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The digest that the registry gives for a reference in it; `None` when it says 404.
    pub(crate) fn digest(&self, reference: &str) -> Option<String> {
        let rest = reference.strip_prefix(&self.domain()).unwrap().trim_start_matches('/');
        let (path, tail) = rest.split_once('@').or_else(|| rest.rsplit_once(':')).unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let accept =
            ["oci.image.index.v1", "docker.distribution.manifest.list.v2", "oci.image.manifest.v1", "docker.distribution.manifest.v2"]
                .map(|kind| format!("application/vnd.{kind}+json"))
                .join(", ");
        write!(stream, "HEAD /v2/{path}/manifests/{tail} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nConnection: close\r\n\r\n").unwrap();
        let lines: Vec<String> = BufReader::new(stream).lines().map(Result::unwrap).collect();
        if lines[0].contains(" 404") {
            return None;
        }
        assert!(lines[0].contains(" 200"), "{reference}: {}", lines[0]);
        lines.iter().find_map(|line| line.strip_prefix("Docker-Content-Digest: ")).map(str::to_owned)
    }

    /// Uploads a blob and gives its digest and size.
    fn blob(&self, path: &str, bytes: &[u8]) -> String {
        let digest = sha256(bytes);
        let location = self.ask("POST", &format!("/v2/{path}/blobs/uploads/"), "", &[]);
        let at = location.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap().to_owned();
        let at = at.split_once("://").map_or(&*at, |(_, rest)| &rest[rest.find('/').unwrap()..]);
        let sign = if at.contains('?') { '&' } else { '?' };
        let answer = self.ask("PUT", &format!("{at}{sign}digest={digest}"), "application/octet-stream", bytes);
        assert!(answer.contains(" 201 "), "{answer}");
        digest
    }

    fn manifest(&self, path: &str, tail: &str, kind: &str, text: &str) -> String {
        let answer = self.ask("PUT", &format!("/v2/{path}/manifests/{tail}"), kind, text.as_bytes());
        assert!(answer.contains(" 201 "), "{answer}");
        sha256(text.as_bytes())
    }

    fn ask(&self, method: &str, target: &str, kind: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        write!(stream, "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n", self.port).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn sha256(bytes: &[u8]) -> String {
    let mut process = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = process.wait_with_output().unwrap();
    format!("sha256:{}", std::str::from_utf8(&output.stdout).unwrap().split(' ').next().unwrap())
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Puts an index of two platforms at `lablup/python:3.6` and `library/nginx:latest`, and one image at `invenio/centos8-python:3.8`.
/// Gives the index's digest and the image's.
pub(crate) fn seed(served: &Served) -> (String, String) {
    let image = |path: &str, tail: Option<&str>, architecture: &str| {
        // An empty tar archive is two blocks of zeros; nothing ever unpacks it.
        let layer = vec![0u8; 1024];
        let blob = served.blob(path, &layer);
        let config =
            format!(r#"{{"architecture":"{architecture}","os":"linux","rootfs":{{"type":"layers","diff_ids":["{blob}"]}},"config":{{}}}}"#);
        let digest = served.blob(path, config.as_bytes());
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{digest}","size":{}}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{blob}","size":1024}}]}}"#,
            config.len()
        );
        let tail = tail.map_or_else(|| sha256(manifest.as_bytes()), str::to_owned);
        (served.manifest(path, &tail, MANIFEST, &manifest), manifest.len())
    };
    let mut many = String::new();
    for (path, tag) in [("lablup/python", "3.6"), ("library/nginx", "latest")] {
        let children = ["amd64", "arm64"].map(|architecture| {
            let (digest, size) = image(path, None, architecture);
            format!(r#"{{"mediaType":"{MANIFEST}","digest":"{digest}","size":{size},"platform":{{"architecture":"{architecture}","os":"linux"}}}}"#)
        });
        let index = format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{}]}}"#, children.join(","));
        many = served.manifest(path, tag, INDEX, &index);
    }
    let (one, _) = image("invenio/centos8-python", Some("3.8"), "amd64");
    (many, one)
}
