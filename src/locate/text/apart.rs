//! Owns what is named like an image's registry and is none: charts, hosts, folders and modules, by the key, the command or the list in which it stands.

use std::ops::Range;

use super::key::{key_of_item, open_bracket};
use super::name::Name;
use super::words::WORDS;
use super::{command, prose, short};
use crate::occurrence::Class;
use crate::reference::{HUB_DOMAINS, KeyPart, Naming, begins_names, ends_with_words};

/// Bytes of its line before a name, and behind it, that are looked at: a file may be one line.
const NEAR: usize = 4 << 10;

/// Lines above and below an item that belong to its list.
const LINES: usize = 64;

/// The class of a name in the line with the bytes `line`, where what it stands in says that it is no image.
pub(super) fn class(text: &[u8], line: &Range<usize>, name: &Name) -> Option<Class> {
    let near = line.start.max(name.range.start.saturating_sub(NEAR))..line.end.min(name.range.end + NEAR);
    let start = (near.start..near.start + 4).find(|at| text.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80))?;
    let before = std::str::from_utf8(text.get(start..name.range.start)?).ok()?;
    let after = text.get(name.range.end..near.end)?;
    let key = || {
        let above = || std::str::from_utf8(prose::key_above(text, line.start)?).ok();
        let is_item = before.chars().all(|c| matches!(c, ' ' | '\t' | '-' | '"' | '\'' | '!'));
        if is_item { above() } else { key_of_item(before) }
    };
    let is_apart = is_chart(before, name)
        || is_host(text, line, name, before, after, key())
        || is_place(name, key())
        || is_of_command(text, line, name)
        || key().is_some_and(|key| is_one_of(key, &WORDS.module_keys));
    is_apart.then_some(Class::Url)
}

fn is_one_of(key: &str, ends: &[Box<str>]) -> bool {
    ends.iter().any(|end| ends_with_words(key, end))
}

/// Whether it is an address of charts on Docker Hub that names no chart: as an image it would lie below `library/`. Others may be any artifact, and move
/// with the images of their organization.
fn is_chart(before: &str, name: &Name) -> bool {
    let path = name.reads.split_once('/').filter(|(domain, _)| HUB_DOMAINS.contains(domain)).map(|(_, path)| path);
    before.ends_with("oci://") && path.is_some_and(|path| !path.trim_end_matches('/').contains('/'))
}

/// Whether it is a host: a registry alone whose key says so, or in a list of hosts.
fn is_host(text: &[u8], line: &Range<usize>, name: &Name, before: &str, after: &[u8], key: Option<&str>) -> bool {
    if name.reads.contains('/') || after.first() == Some(&b'/') {
        return false;
    }
    if key.is_some_and(|key| is_one_of(key, &WORDS.hosts)) || is_behind_address(before) {
        return true;
    }
    if key.is_some_and(|key| begins_names(key, || false)) {
        return false;
    }
    let written = text.get(name.range.clone()).unwrap_or_default();
    is_pattern_of_hosts(written) || is_among_hosts(text, line, before, after)
}

/// Whether an address of the network stands before it in its line, as in `/etc/hosts`.
fn is_behind_address(before: &str) -> bool {
    let words = before.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '='));
    let is_address = |word: &str| word.split('.').count() == 4 && word.split('.').all(|part| part.parse::<u8>().is_ok());
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).any(is_address)
}

/// Whether an item of a list can be nothing but a host: `*.docker.io`, `.docker.io`, `quay.io:443`, `auth.docker.io`.
fn is_pattern_of_hosts(item: &[u8]) -> bool {
    let is_host = |host: &[u8]| host.contains(&b'.') && host.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let below = item.strip_prefix(b"*.").or_else(|| item.strip_prefix(b"."));
    let with_port = item.strip_suffix(b":443").or_else(|| item.strip_suffix(b":80"));
    let is_server = || WORDS.servers.iter().any(|server| server.as_bytes() == item);
    below.is_some_and(is_host) || with_port.is_some_and(is_host) || is_server()
}

/// Whether an item beside it in its list is such a host.
fn is_among_hosts(text: &[u8], line: &Range<usize>, before: &str, after: &[u8]) -> bool {
    let is_mark = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'"' | b'\'' | b'[' | b']' | b'(' | b')');
    let is_any = |items: &[u8]| items.split(is_mark).any(is_pattern_of_hosts);
    if let Some(open) = open_bracket(before) {
        let end = after.iter().position(|byte| matches!(byte, b']' | b')')).unwrap_or(after.len());
        return is_any(&before.as_bytes()[open..]) || is_any(after.get(..end).unwrap_or_default());
    }
    // A list with commas: `localhost,quay.io,.docker.io`.
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'=');
    let word = before.as_bytes().iter().rposition(is_end).map_or(0, |at| at + 1);
    let end = after.iter().position(is_end).unwrap_or(after.len());
    if is_any(&before.as_bytes()[word..]) || is_any(after.get(..end).unwrap_or_default()) {
        return true;
    }
    let is_lead = |byte: &u8| matches!(byte, b' ' | b'\t' | b'-' | b'"' | b'\'');
    if !before.bytes().all(|byte| is_lead(&byte)) {
        return false;
    }
    let lead = |line: &[u8]| line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let own = lead(before.as_bytes());
    let item = |line: &[u8]| {
        let rest = line.get(lead(line)..)?;
        (lead(line) == own && !rest.trim_ascii().is_empty()).then(|| is_any(rest.strip_prefix(b"- ").unwrap_or(rest)))
    };
    let above = text.get(line.start.saturating_sub(NEAR)..line.start).unwrap_or_default();
    let above = above.strip_suffix(b"\n").unwrap_or(above).split(|byte| *byte == b'\n').rev().take(LINES);
    let below = text.get(line.end..text.len().min(line.end + NEAR)).unwrap_or_default();
    let below = below.strip_prefix(b"\n").unwrap_or(below).split(|byte| *byte == b'\n').take(LINES);
    above.map_while(item).any(|is_host| is_host) || below.map_while(item).any(|is_host| is_host)
}

/// Whether it is a file or a folder, by its key. A tag says that it is none, and a key may speak of an image's path.
fn is_place(name: &Name, key: Option<&str>) -> bool {
    let is_versioned = name.reads.rsplit('/').next().is_some_and(|last| last.contains([':', '@'])) || name.reads.contains('@');
    let is_of_image = |key: &str| Naming::has_image(key) || matches!(KeyPart::of(key), Some(KeyPart::Registry | KeyPart::Repository));
    !is_versioned && key.is_some_and(|key| is_one_of(key, &WORDS.places) && !is_of_image(key))
}

/// Whether it is what a command takes hosts or files for.
fn is_of_command(text: &[u8], line: &Range<usize>, name: &Name) -> bool {
    let start = short::statement(text, line.start, name.range.start).max(name.range.start.saturating_sub(NEAR));
    let Some((program, last)) = text.get(start..name.range.start).and_then(command::program_and_last) else { return false };
    let is_in = |list: &[Box<str>], word: &[u8]| list.iter().any(|one| one.as_bytes() == word);
    is_in(&WORDS.addressing, program) || is_in(&WORDS.filing, program) || is_in(&WORDS.into, last)
}

#[cfg(test)]
mod tests {
    use super::super::name;
    use super::*;

    fn is_apart(text: &str) -> bool {
        let at = text.find("quay.io").unwrap();
        let name = name::around(text.as_bytes(), &(at..at + 7)).unwrap();
        let from = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let to = text[at..].find('\n').map_or(text.len(), |end| at + end);
        class(text.as_bytes(), &(from..to), &name).is_some()
    }

    #[test]
    fn hosts_are_no_registries() {
        for text in [
            "NO_PROXY=localhost,quay.io",
            "export no_proxy=\"localhost,quay.io\"",
            "Environment=\"NO_PROXY=localhost,quay.io\"",
            "allowed_domains = [\"a.b\", \"quay.io\"]",
            "fqdns = toset([\"quay.io\"])",
            "x: [quay.io, \"*.a.io\"]",
            "x: [quay.io, .a.io]",
            "x: [\"quay.io:443\"]",
            "whitelist-domains:\n- a.b\n- quay.io\n",
            "x:\n  - quay.io\n  - .a.io\n",
            "with_items:\n  - quay.io\n  - auth.docker.io\n",
            "allowed-endpoints: >\n  a.io:443\n  quay.io:443\n",
            "\"insecure-registries\": [\"quay.io\"]",
            "upstream_registry_url = \"quay.io\"",
            "10.0.0.1 quay.io a.io",
            "DNS.1 = quay.io",
            "curl -sf quay.io/health",
            "ok=$(wget -q quay.io/token)",
        ] {
            assert!(is_apart(text), "{text}");
        }
        for text in [
            "registries: [quay.io, a.io]",
            "REGISTRY=quay.io:443",
            "hosts: [quay.io/acme/web:1]",
            "curl -d image=quay.io/acme/web http://a",
            "curl x | docker load quay.io/acme/web",
        ] {
            assert!(!is_apart(text), "{text}");
        }
    }

    #[test]
    fn folders_and_modules_are_no_images() {
        for text in [
            "paths: [\"a/**\", quay.io/acme]",
            "paths:\n  - quay.io/acme\n",
            "working-directory: quay.io/acme",
            "with: {context: quay.io/acme, push: false}",
            "DIR := quay.io/acme",
            "script: [make -C quay.io/acme]",
            "\t$(MAKE) -C quay.io/acme",
            "cp quay.io/acme/a.txt out/",
            "tool --dir=quay.io/acme",
            "go_library(name = \"l\", importpath = \"quay.io/acme/lib\")",
            "protoc --go_opt=module=quay.io/acme/app x.proto",
        ] {
            assert!(is_apart(text), "{text}");
        }
        for text in [
            "image_path: quay.io/acme/web",
            "path: quay.io/acme/web:1",
            "make IMG=quay.io/acme/web deploy",
            "crane cp quay.io/acme/web registry.local/web",
            "helm pull oci://quay.io/acme/charts/web",
            "chart_ref: oci://quay.io/acme/charts/web",
        ] {
            assert!(!is_apart(text), "{text}");
        }
    }

    #[test]
    fn charts_of_docker_hub_are_no_images_of_its_library() {
        let is_one = |text: &str| {
            let at = text.find("oci://").unwrap() + "oci://".len();
            let name = name::around(text.as_bytes(), &(at..at + text[at..].find('/').unwrap())).unwrap();
            is_chart(&text[..at], &name)
        };
        assert!(is_one("repository = \"oci://registry-1.docker.io/bitnamicharts\""));
        assert!(is_one("helm repo add b oci://docker.io/bitnamicharts"));
        assert!(!is_one("helm pull oci://registry-1.docker.io/bitnamicharts/redis"));
        assert!(!is_one("url: oci://ghcr.io/acme"));
    }
}
