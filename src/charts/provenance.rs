//! Owns what a provenance file says of an archive: its digest. Who signed it is not checked (Helm, "Helm Provenance and Integrity").

/// The digest that a provenance file gives an archive; `None` where it names no such file. In it stands a document, framed by lines of `OpenPGP`,
/// whose last part is `files: {NAME: sha256:…}`.
pub(super) fn digest_of(text: &str, archive: &str) -> Option<String> {
    let files = text.split_once("\nfiles:")?.1;
    let lines = files.lines().take_while(|line| !line.starts_with("-----"));
    let pairs = lines.filter_map(|line| line.trim().split_once(": "));
    let found = pairs.into_iter().find(|(name, _)| name.trim_matches(['"', '\'']) == archive)?;
    Some(found.1.trim().trim_matches(['"', '\'']).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_digest_that_stands_behind_it() {
        let text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nname: a\nversion: 1.0.0\n\n...\nfiles:\n  a-1.0.0.tgz: sha256:AB12\n\
                    -----BEGIN PGP SIGNATURE-----\nb-1.0.0.tgz: sha256:00\n";
        assert_eq!(digest_of(text, "a-1.0.0.tgz").as_deref(), Some("sha256:ab12"));
        assert_eq!(digest_of(text, "b-1.0.0.tgz"), None);
    }
}
