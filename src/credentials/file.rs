//! Owns the form of one auth file: docker's `config.json` and containers' `auth.json`, which share it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::key::{self, normalise};
use super::{Credential, Secret};

/// An auth file, read. Keys are canonical; the spelling of the file is kept beside each, to be shown.
#[derive(Clone, Debug, Default)]
pub(super) struct AuthFile {
    pub(super) auths: BTreeMap<String, Entry>,
    /// Registries' own helpers: the key as written, and the helper's suffix.
    pub(super) helpers: BTreeMap<String, (String, String)>,
    pub(super) store: Option<String>,
}

/// One credential of a file.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) written: String,
    pub(super) credential: Credential,
}

/// Whose file it is: docker and containers write Docker Hub under other keys, and each looks for its own first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// `config.json` (docker/cli `config/configfile/file.go`: a registry's name as it stands, `https://index.docker.io/v1/` for Docker Hub).
    Docker,
    /// `auth.json` (containers/image `pkg/docker/config/config.go`: the name in the reference first, other spellings only without it).
    Containers,
}

impl Owner {
    /// The key that the owner itself writes for a canonical one.
    fn own(self, canonical: &str) -> String {
        if self == Self::Docker { key::server(canonical) } else { canonical.to_owned() }
    }
}

impl AuthFile {
    /// Reads a file's text. The message of a fault never repeats a value of the file: it may be a secret.
    pub(super) fn parse(text: &str, owner: Owner) -> Result<Self, String> {
        // A byte order mark is what some editors leave, and no secret.
        let text = text.trim_start_matches('\u{feff}');
        if owner == Owner::Docker && text.trim_ascii().is_empty() {
            // docker/cli `config/configfile/file.go`, `LoadFromReader`: the end of the file before any JSON is no fault. It is one for
            // containers/image, whose files are read as strictly here.
            return Ok(Self::default());
        }
        let value: Value =
            serde_json::from_str(text).map_err(|fault| format!("not JSON (line {}, column {})", fault.line(), fault.column()))?;
        let Value::Object(root) = value else { return Err("expected an object at the top".to_owned()) };
        if let Some(written) = root.iter().find_map(|(written, value)| is_syncers(value).then_some(written)) {
            return Err(format!("`{written}` stands outside of `auths`, as in a file of image-syncer, which is named with `--auth`"));
        }
        let mut file = Self::default();
        for (written, value) in object(&root, "credHelpers")? {
            let Value::String(suffix) = value else { return Err(format!("`credHelpers.{written}` must be a string")) };
            let canonical = normalise(written);
            if *written == owner.own(&canonical) || !file.helpers.contains_key(&canonical) {
                file.helpers.insert(canonical, (written.clone(), suffix.clone()));
            }
        }
        file.store = match root.get("credsStore") {
            None | Some(Value::Null) => None,
            Some(Value::String(suffix)) => Some(suffix.clone()).filter(|suffix| !suffix.is_empty()),
            Some(_) => return Err("`credsStore` must be a string".to_owned()),
        };
        for (written, value) in object(&root, "auths")? {
            let Value::Object(fields) = value else { return Err(format!("`auths.{written}` must be an object")) };
            let read = credential(fields).map_err(|fault| format!("`auths.{written}` {fault}"))?;
            if let Err(half) = &read
                && !file.is_kept_elsewhere(&normalise(written))
            {
                return Err(format!("`auths.{written}` {half}"));
            }
            if let Ok(Some(credential)) = read {
                // The owner's own spelling of a registry wins, then the first in the order of the sorted keys: the same at every run.
                let canonical = normalise(written);
                if *written == owner.own(&canonical) || !file.auths.contains_key(&canonical) {
                    file.auths.insert(canonical, Entry { written: written.clone(), credential });
                }
            }
        }
        Ok(file)
    }

    /// Whether a helper keeps the password of a registry, so that its entry may lack it.
    fn is_kept_elsewhere(&self, canonical: &str) -> bool {
        let domain = canonical.split('/').next().unwrap_or_default();
        self.helpers.get(domain).map_or(self.store.is_some(), |(_, suffix)| !suffix.is_empty())
    }
}

/// Whether a value at the top is an entry of image-syncer's auth file; docker's own keys with an object have other names in it.
fn is_syncers(value: &Value) -> bool {
    let is_field = |name: &String| matches!(name.as_str(), "username" | "password" | "insecure");
    value.as_object().is_some_and(|fields| !fields.is_empty() && fields.keys().all(is_field))
}

/// An entry with one of two fields that are nothing without each other.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("has a `{has}` and no `{lacks}`")]
pub(super) struct Half {
    has: &'static str,
    lacks: &'static str,
}

/// The credential of the fields `username` and `password`; none where both are missing or empty.
pub(super) fn pair(user: Option<&str>, password: Option<&str>) -> Result<Option<Credential>, Half> {
    match (user.filter(|user| !user.is_empty()), password.filter(|password| !password.is_empty())) {
        (Some(user), Some(password)) => Ok(Some(Credential::basic(user, password))),
        (Some(_), None) => Err(Half { has: "username", lacks: "password" }),
        (None, Some(_)) => Err(Half { has: "password", lacks: "username" }),
        (None, None) => Ok(None),
    }
}

fn object<'a>(root: &'a Map<String, Value>, name: &str) -> Result<Vec<(&'a String, &'a Value)>, String> {
    match root.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(map)) => Ok(map.iter().collect()),
        Some(_) => Err(format!("`{name}` must be an object")),
    }
}

/// The credential of an entry; `None` for the empty entry that `docker login` leaves beside a credential store. Whether half an entry is a fault
/// depends on who keeps its password.
fn credential(fields: &Map<String, Value>) -> Result<Result<Option<Credential>, Half>, String> {
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("has a `{name}` that is no string")),
    };
    if let Some(token) = text("registrytoken")? {
        return Ok(Ok(Some(Credential::RegistryToken(Secret::new(token)))));
    }
    if let Some(token) = text("identitytoken")? {
        return Ok(Ok(Some(Credential::IdentityToken(Secret::new(token)))));
    }
    if let Some(auth) = text("auth")? {
        let bytes = STANDARD.decode(auth.trim()).map_err(|_| "has an `auth` that is not base64")?;
        let pair = String::from_utf8(bytes).map_err(|_| "has an `auth` that is not text")?;
        // Docker pads old entries with NUL bytes.
        let pair = pair.trim_matches('\0');
        // The first colon divides: a user has none, a password may. The user `<token>` is one as any other here: docker/cli and containers/image
        // give it a meaning only in a helper's answer.
        let (user, password) = pair.split_once(':').ok_or("has an `auth` without a colon")?;
        return Ok(Ok(Some(Credential::basic(user, password))));
    }
    Ok(pair(text("username")?, text("password")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<AuthFile, String> {
        AuthFile::parse(text, Owner::Docker)
    }

    fn basic(file: &AuthFile, key: &str) -> (String, String) {
        match &file.auths[key].credential {
            Credential::Basic { user, password } => (user.clone(), password.expose().to_owned()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_password_keeps_its_colons_and_dollars() {
        let auth = STANDARD.encode("robot$p+name:a:b$c:");
        let file = parse(&format!(r#"{{"auths": {{"https://r.example/v2/": {{"auth": "{auth}"}}}}}}"#)).unwrap();
        assert_eq!(basic(&file, "r.example"), ("robot$p+name".to_owned(), "a:b$c:".to_owned()));
    }

    #[test]
    fn each_program_finds_its_own_key_of_docker_hub_first() {
        let entry = |key: &str, user: &str| format!(r#""{key}":{{"username":"{user}","password":"p"}}"#);
        let text = format!(r#"{{"auths":{{{},{}}}}}"#, entry("docker.io", "podman"), entry("https://index.docker.io/v1/", "docker"));
        assert_eq!(basic(&AuthFile::parse(&text, Owner::Docker).unwrap(), "docker.io").0, "docker");
        assert_eq!(basic(&AuthFile::parse(&text, Owner::Containers).unwrap(), "docker.io").0, "podman");
        let other = format!(r#"{{"auths":{{{},{}}}}}"#, entry("http://r.example", "old"), entry("r.example", "new"));
        for owner in [Owner::Docker, Owner::Containers] {
            assert_eq!(basic(&AuthFile::parse(&other, owner).unwrap(), "r.example").0, "new");
        }
    }

    #[test]
    fn a_user_called_token_is_a_user_outside_of_helpers() {
        let text = format!(r#"{{"auths": {{"r.example": {{"auth": "{}"}}}}}}"#, STANDARD.encode("<token>:rt"));
        assert_eq!(basic(&parse(&text).unwrap(), "r.example"), ("<token>".to_owned(), "rt".to_owned()));
    }

    #[test]
    fn an_entry_left_by_a_credential_store_is_no_credential() {
        let file = parse(r#"{"auths": {"r.example": {}}, "credsStore": "pass"}"#).unwrap();
        assert!(file.auths.is_empty());
        assert_eq!(file.store.as_deref(), Some("pass"));
    }

    #[test]
    fn a_fault_never_repeats_a_value() {
        for text in [
            r#"{"auths": {"r.example": {"auth": "hunter2hunter2!"}}}"#,
            r#"{"auths": {"r.example": {"password": ["hunter2"]}}}"#,
            r#"{"auths": "hunter2"}"#,
            "{\"auths\": {\"r.example\": {\"password\": \"hunter2\n",
            r#"["hunter2"]"#,
        ] {
            let fault = parse(text).unwrap_err();
            assert!(!fault.contains("hunter2"), "{fault}");
        }
    }
}
