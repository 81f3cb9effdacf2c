//! Owns the form of image-syncer's auth file, so that its users need not write another.

use std::collections::BTreeMap;

use serde_json::Value;

use super::file::{AuthFile, Entry, pair};
use super::key::normalise;

/// Reads `{"registry[/namespace]": {"username": …, "password": …, "insecure": …}}`, in JSON or YAML. Values are taken as written: image-syncer
/// expands `$NAME` in them, which destroys a Harbor robot's name. Returns the file, and the registries that it calls insecure.
pub(super) fn parse(text: &str) -> Result<(AuthFile, Vec<String>), String> {
    let read: Result<BTreeMap<String, Value>, _> = serde_yaml::from_str(text);
    // The parser's own message may quote the line, and with it a password.
    let entries = read.map_err(|fault| {
        let line = fault.location().map(|at| format!(" (line {})", at.line())).unwrap_or_default();
        format!("not a mapping of registries to `username` and `password`{line}")
    })?;
    let mut file = AuthFile::default();
    let mut insecure = Vec::new();
    for (written, value) in entries {
        let Value::Object(fields) = value else { return Err(format!("`{written}` must be an object")) };
        if fields.keys().any(|key| !matches!(key.as_str(), "username" | "password" | "insecure")) {
            // Docker's own auth file would else be taken for one without any credential.
            return Err(format!("`{written}` has more than `username`, `password` and `insecure`"));
        }
        let text = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            // YAML reads an unquoted number as one; it was meant as a password.
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(format!("`{written}` has a `{name}` that is no string")),
        };
        let key = normalise(&written);
        if fields.get("insecure") == Some(&Value::Bool(true)) {
            insecure.push(key.clone());
        }
        // An empty one counts as none, as for image-syncer, which then asks anonymously.
        let credential = pair(text("username")?.as_deref(), text("password")?.as_deref()).map_err(|half| format!("`{written}` {half}"))?;
        if let Some(credential) = credential {
            file.auths.insert(key, Entry { written, credential });
        }
    }
    Ok((file, insecure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credential;

    #[test]
    fn json_and_yaml_read_the_same() {
        for text in [
            r#"{"r.example/ns": {"username": "robot$x", "password": "p:$Y", "insecure": true}}"#,
            "r.example/ns:\n  username: robot$x\n  password: 'p:$Y'\n  insecure: true\n",
        ] {
            let (file, insecure) = parse(text).unwrap();
            assert_eq!(insecure, ["r.example/ns"]);
            let Credential::Basic { user, password } = &file.auths["r.example/ns"].credential else { panic!() };
            assert_eq!((user.as_str(), password.expose()), ("robot$x", "p:$Y"));
        }
    }

    #[test]
    fn a_fault_never_quotes_the_file() {
        let fault = parse("# mine\nr.example: {username: u, password: [hunter2").unwrap_err();
        assert!(fault.contains("(line ") && !fault.contains("hunter2"), "{fault}");
    }
}
