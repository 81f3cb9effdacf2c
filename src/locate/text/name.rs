//! Owns reading one name out of any text: from a registry's domain to the ends of what is written around it.

use std::ops::Range;

use super::prose;
use super::shell::balanced;
use super::words::WORDS;
use crate::reference::{DOCKER_HUB, HOLE, HUB_DOMAINS};

/// What is written around a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// The name as a reference: values that are not known are holes, a default port is left out.
    pub(crate) reads: String,
    /// Where values that are not known stand in it, in order.
    pub(crate) holes: Vec<Range<usize>>,
    /// What it is part of.
    pub(crate) address: Address,
}

/// What a name is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// Nothing, or an address that names images (`docker://`).
    Image,
    /// An address for browsers and APIs.
    Web,
    /// A path of files.
    Path,
}

/// Bytes of the longest tag of a template that is looked for.
const LONGEST_TAG: usize = 128;

/// Bytes of its line beside a name that say whether it is a package: a file may be one line.
const BESIDE: usize = 4 << 10;

/// The name around a domain that stands at `domain`, or where that ends of which the domain is only a part: a segment of another address, or a word
/// of another language.
///
/// # Errors
/// The end of what is no name; a domain before it is none either.
pub(crate) fn around(text: &[u8], domain: &Range<usize>) -> Result<Name, usize> {
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let before = text.get(..domain.start).unwrap_or_default();
    let mut start = before.iter().rposition(|byte| !is_host(byte)).map_or(0, |at| at + 1);
    // `\nquay.io` in a string of a program.
    if start > 0 && before.get(start - 1) == Some(&b'\\') && matches!(before.get(start), Some(b'n' | b't' | b'r')) {
        start += 1;
    }
    while start < domain.start && text.get(start).is_some_and(|byte| matches!(byte, b'.' | b'_' | b'-')) {
        start += 1;
    }
    let Some(address) = address(text.get(..start).unwrap_or_default()) else { return Err(address_end(text, domain.end)) };
    let (end, reads, holes) = forward(text, start);
    let range = start..end;
    if is_package(text, &range) { Err(end) } else { Ok(Name { range, reads: without_default_port(&reads), holes, address }) }
}

/// A byte that an address goes on with: letters, digits, and the signs between its parts.
fn is_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':')
}

/// Where the address ends that goes on at `at`; another may follow a scheme.
fn address_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let length = rest.iter().take_while(|byte| is_path(**byte)).count();
    let scheme = memchr::memmem::find(rest.get(..length).unwrap_or_default(), b"://");
    at + scheme.unwrap_or(length)
}

/// What stands before a name; `None` when the name is a part of something else: a segment below another registry, somebody's address.
fn address(before: &[u8]) -> Option<Address> {
    match before.last() {
        // Behind a dollar sign it begins with the name of a variable.
        Some(b'@' | b'$') => None,
        Some(b'/') if before.ends_with(b"://") => {
            // In AsciiDoc another word may stand before it: `link:https://`.
            let scheme = before.strip_suffix(b"://").unwrap_or_default();
            let scheme = scheme.rsplit(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+'))).next();
            Some(if matches!(scheme, Some(b"http" | b"https")) { Address::Web } else { Address::Image })
        }
        Some(b'/') if !before.ends_with(b"//") => {
            let from = before.iter().rposition(|byte| !is_path(*byte)).map_or(0, |at| at + 1);
            let outer = before.get(from..).unwrap_or_default();
            let first = outer.split(|byte| *byte == b'/').next().unwrap_or_default();
            let is_registry = !first.starts_with(b".") && first.iter().any(|byte| matches!(byte, b'.' | b':'));
            let is_hidden = from > 0 && matches!(before.get(from - 1), Some(b'}' | b'$' | b')' | b'>' | b']' | b'%' | b'@'));
            (!is_registry && !is_hidden).then_some(Address::Path)
        }
        _ => Some(Address::Image),
    }
}

/// Where the name that starts at `start` ends, how it reads, and where its holes are.
pub(crate) fn forward(text: &[u8], start: usize) -> (usize, String, Vec<Range<usize>>) {
    let (mut reads, mut holes) = (String::new(), Vec::new());
    let (mut at, mut end, mut kept) = (start, start, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(length) = tag_length(rest, reads.bytes().last()) {
            reads.push(HOLE);
            holes.push(at..at + length);
            at += length;
            (end, kept) = (at, reads.len());
            continue;
        }
        match rest {
            [byte, ..] if byte.is_ascii_alphanumeric() => {
                reads.push(char::from(*byte));
                at += 1;
                (end, kept) = (at, reads.len());
            }
            // These end no name, but may stand inside of one.
            [byte @ (b'.' | b'_' | b'-' | b'/' | b':' | b'@' | b'+'), ..] => {
                reads.push(char::from(*byte));
                at += 1;
            }
            _ => break,
        }
    }
    reads.truncate(kept);
    (end, reads, holes)
}

/// The length of a tag of a template, whose value is not known, at the start of a text.
fn tag_length(text: &[u8], before: Option<u8>) -> Option<usize> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b' ');
    // A name ends with its line, and what is open there is no tag of it.
    let near = || {
        let near = text.get(..LONGEST_TAG).unwrap_or(text);
        memchr::memchr(b'\n', near).map_or(near, |end| &near[..end])
    };
    let closed = |open: &[u8], close: &[u8]| {
        let inner = near().strip_prefix(open)?;
        let end = memchr::memmem::find(inner, close)?;
        Some(open.len() + end + close.len())
    };
    let worded = |open: &[u8], close: &[u8]| {
        let length = closed(open, close)?;
        let inner = text.get(open.len()..length - close.len())?;
        (!inner.is_empty() && inner.iter().all(is_word)).then_some(length)
    };
    // Brackets of prose stand at the ends of names, too.
    let inside = before.is_some_and(|byte| matches!(byte, b'/' | b':' | b'-' | b'.' | b'_'));
    match text {
        [b'$', b'{', b'{', ..] => closed(b"${{", b"}}"),
        [b'$', b'[', b'[', ..] => closed(b"$[[", b"]]"),
        [b'$', b'{', ..] => closed(b"${", b"}"),
        [b'$', b'(', ..] => balanced(near()),
        [b'$', b'$', rest @ ..] | [b'$', rest @ ..] => {
            let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            (length > 0).then_some(text.len() - rest.len() + length)
        }
        [b'{', b'{', b'{', ..] => closed(b"{{{", b"}}}").or_else(|| closed(b"{{", b"}}")),
        [b'{', b'{', ..] => closed(b"{{", b"}}"),
        [b'#', b'{', ..] => closed(b"#{", b"}"),
        [b'{', ..] => worded(b"{", b"}"),
        [b'<', b'%', ..] => closed(b"<%", b"%>"),
        [b'<', ..] if inside => worded(b"<", b">"),
        [b'[', b'[', ..] if inside => closed(b"[[", b"]]"),
        [b'(', b'(', ..] if inside => closed(b"((", b"))"),
        [b'%', b's' | b'v' | b'd', ..] => Some(2),
        [b'%', ..] if inside => worded(b"%", b"%"),
        [b'@', ..] if inside => worded(b"@", b"@"),
        // Behind a dot it is a pattern's: any text.
        [b'*', ..] if inside && before != Some(b'.') => Some(1),
        _ => None,
    }
}

/// A port that says nothing is left out, and Docker Hub has one name.
fn without_default_port(reads: &str) -> String {
    let (domain, rest) = reads.split_at(reads.find('/').unwrap_or(reads.len()));
    let domain = domain.strip_suffix(":443").or_else(|| domain.strip_suffix(":80")).unwrap_or(domain);
    let domain = if HUB_DOMAINS.contains(&domain) { DOCKER_HUB } else { domain };
    format!("{domain}{rest}")
}

/// Whether the name is the package `docker.io` of Debian: in a list of packages, with a version of its own, or where a line or a key speaks of packages.
fn is_package(text: &[u8], range: &Range<usize>) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_none_or(|byte| byte.is_ascii_whitespace() || is_mark(*byte));
    let is_version = matches!(text.get(range.end..), Some([b'=', b'0'..=b'9', ..]));
    let is_alone = is_end(range.start.checked_sub(1).and_then(|at| text.get(at))) && (is_version || is_end(text.get(range.end)));
    if !is_alone || text.get(range.clone()) != Some(DOCKER_HUB.as_bytes()) {
        return false;
    }
    let near = range.start.saturating_sub(BESIDE)..text.len().min(range.end + BESIDE);
    let from =
        text.get(near.start..range.start).and_then(|before| memchr::memrchr(b'\n', before)).map_or(near.start, |at| near.start + at + 1);
    let to = text.get(range.end..near.end).and_then(|after| memchr::memchr(b'\n', after)).map_or(near.end, |at| range.end + at);
    let line = text.get(from..to).unwrap_or_default();
    let words: Vec<&[u8]> = line.split(|byte| byte.is_ascii_whitespace() || is_mark(*byte)).filter(|word| !word.is_empty()).collect();
    let is_of = |list: &[Box<str>], word: &[u8]| list.iter().any(|one| one.as_bytes().eq_ignore_ascii_case(word));
    let before = text.get(from..range.start).unwrap_or_default();
    let is_registry = memchr::memmem::find(&before.to_ascii_lowercase(), b"registr").is_some();
    let speaks = |word: &[u8]| !is_registry && word.split(|byte| !byte.is_ascii_alphanumeric()).any(|part| is_of(&WORDS.packages, part));
    let is_bare = before.last().is_none_or(u8::is_ascii_whitespace);
    // `name=docker.io` names a package where the line speaks of them, `--set registry=docker.io` none.
    let is_own = || before.strip_suffix(b"=").is_none_or(|before| before.ends_with(b"name") || before.ends_with(b"pkg"));
    is_version
        || is_bare && (words.len() == 1 || words.iter().any(|word| is_of(&WORDS.packaging, word)))
        || is_own() && speaks(before.get(before.len().saturating_sub(SPOKEN)..).unwrap_or_default())
        || words.first() == Some(&&b"-"[..]) && prose::key_above(text, from).is_some_and(speaks)
}

/// Bytes before a package in which its line speaks of such.
const SPOKEN: usize = 64;

/// What stands around the items of lists.
const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'\\' | b'"' | b'\'' | b',' | b'[' | b']' | b'=' | b'{' | b'}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, domain: &str) -> Option<(String, String, Address)> {
        let at = text.find(domain).unwrap();
        around(text.as_bytes(), &(at..at + domain.len())).ok().map(|name| (text[name.range].to_owned(), name.reads, name.address))
    }

    #[test]
    fn a_name_ends_where_its_text_does() {
        let cases = [
            ("see quay.io/acme/web:1.2.", "quay.io/acme/web:1.2", "quay.io/acme/web:1.2"),
            ("REGISTRY=quay.io\n", "quay.io", "quay.io"),
            ("\"quay.io/acme/\"", "quay.io/acme", "quay.io/acme"),
            ("quay.io:443/acme/web", "quay.io:443/acme/web", "quay.io/acme/web"),
            ("`quay.io/${ORG}/web:$TAG`", "quay.io/${ORG}/web:$TAG", "quay.io/\u{fffc}/web:\u{fffc}"),
            ("image: quay.io/a/b:{{ .Tag }}-x", "quay.io/a/b:{{ .Tag }}-x", "quay.io/a/b:\u{fffc}-x"),
            ("quay.io/a/b:$(ls | sed 's/(x)//')\" y", "quay.io/a/b:$(ls | sed 's/(x)//')", "quay.io/a/b:\u{fffc}"),
            ("quay.io/a/b:@TAG@ quay", "quay.io/a/b:@TAG@", "quay.io/a/b:\u{fffc}"),
            ("quay.io/<org>/web</code>", "quay.io/<org>/web", "quay.io/\u{fffc}/web"),
            ("docker://quay.io/a/b", "quay.io/a/b", "quay.io/a/b"),
            ("'\\nquay.io/a'", "quay.io/a", "quay.io/a"),
            ("--registry-mirror=quay.io,x", "quay.io", "quay.io"),
            ("${A:-quay.io/${B:-a\nb: quay.io/c}", "quay.io", "quay.io"),
            ("quay.io/a:$(b\nquay.io/c)", "quay.io/a", "quay.io/a"),
        ];
        for (text, written, reads) in cases {
            assert_eq!(read(text, "quay.io"), Some((written.to_owned(), reads.to_owned(), Address::Image)), "{text}");
        }
        assert_eq!(read("https://quay.io/v2/", "quay.io").unwrap().2, Address::Web);
        assert_eq!(read("/etc/containerd/certs.d/quay.io/hosts.toml", "quay.io").unwrap().2, Address::Path);
    }

    #[test]
    fn a_longer_host_is_another_one() {
        assert_eq!(read("mirror.quay.io/a/b", "quay.io").unwrap().1, "mirror.quay.io/a/b");
        assert_eq!(read("quay.io.example.com/a", "quay.io").unwrap().1, "quay.io.example.com/a");
        assert_eq!(read("index.docker.io/a/b", "docker.io").unwrap().1, "docker.io/a/b");
    }

    #[test]
    fn a_segment_of_another_address_is_no_name() {
        for text in ["mirror.example.com/quay.io/a", "https://x.example.com/quay.io", "${MIRROR}/quay.io/a", "me@quay.io"] {
            assert_eq!(read(text, "quay.io"), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_passed_as_a_whole() {
        let end = |text: &str| around(text.as_bytes(), &(text.find("quay.io").map(|at| at..at + 7).unwrap())).unwrap_err();
        assert_eq!(end("x.example/quay.io/quay.io:1/quay.io, quay.io/a"), "x.example/quay.io/quay.io:1/quay.io".len());
        assert_eq!(end("x.example/quay.io/docker://quay.io/a"), "x.example/quay.io/docker".len(), "a scheme begins another");
    }

    #[test]
    fn the_package_of_debian_is_no_registry() {
        for text in [
            "apt-get install -y docker.io curl\n",
            "    docker.io \\\n",
            "apt-get install -y \"docker.io=20.10.*\"",
            "apt-mark hold docker.io",
            "  apt:\n    pkg:\n      - docker.io\n",
            "- apt: name=docker.io state=present",
            "- apt: {name: [docker.io, curl]}",
            "docker_package: docker.io",
            "container_packages: [runc, docker.io]",
        ] {
            assert_eq!(read(text, "docker.io"), None, "{text}");
        }
        for text in [
            "docker login docker.io\n",
            "helm install a --set registry=docker.io",
            "registries: [docker.io]",
            "registries:\n  - docker.io\n",
            "REGISTRY=docker.io # of packages",
            "host: docker.io # of packages",
            "packages_registry: docker.io",
            "package: docker.io/acme/web",
        ] {
            assert!(read(text, "docker.io").is_some(), "{text}");
        }
    }
}
