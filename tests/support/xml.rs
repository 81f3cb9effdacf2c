//! Owns reading XML as simple as reports have it: elements, attributes in double quotes, the five entities.

use std::collections::BTreeMap;

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// Panics unless it has these attributes, and no others.
    pub(crate) fn has_only(&self, names: &[&str]) {
        let own: Vec<&str> = self.attributes.keys().map(String::as_str).collect();
        let mut names = names.to_vec();
        names.sort_unstable();
        assert_eq!(own, names, "{self:?}");
    }
}

/// Reads a document; panics where it is not well formed.
pub(crate) fn read(text: &str) -> Element {
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    assert!(body.chars().all(|c| matches!(c, '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)), "{body:?}");
    let tag = regex::Regex::new(r#"^<(/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(/?)>"#).unwrap();
    let attribute = regex::Regex::new(r#" ([a-z]+)="([^"<]*)""#).unwrap();
    let mut open = vec![Element::default()];
    let mut rest = body;
    while !rest.is_empty() {
        let Some(found) = tag.captures(rest) else {
            let end = rest.find('<').unwrap_or(rest.len());
            assert!(end > 0, "{rest:?} is no element");
            plain(&rest[..end]);
            rest = &rest[end..];
            continue;
        };
        rest = &rest[found[0].len()..];
        if &found[1] == "/" {
            let done = open.pop().unwrap();
            assert_eq!(done.name, found[2]);
            open.last_mut().unwrap().children.push(done);
            continue;
        }
        let mut attributes = BTreeMap::new();
        for one in attribute.captures_iter(&found[3]) {
            assert!(attributes.insert(one[1].to_owned(), plain(&one[2])).is_none(), "twice: {}", &found[0]);
        }
        let element = Element { name: found[2].to_owned(), attributes, children: Vec::new() };
        if &found[4] == "/" {
            open.last_mut().unwrap().children.push(element);
        } else {
            open.push(element);
        }
    }
    let mut top = open.pop().unwrap();
    assert!(open.is_empty() && top.children.len() == 1, "{top:?}");
    top.children.remove(0)
}

/// The text that stands for itself, with its entities.
fn plain(text: &str) -> String {
    let mut out = text.to_owned();
    for (entity, c) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'")] {
        out = out.replace(entity, c);
    }
    let ampersands = text.matches('&').count();
    let known = ["&lt;", "&gt;", "&quot;", "&apos;", "&amp;"].iter().map(|entity| text.matches(entity).count()).sum::<usize>();
    assert_eq!(ampersands, known, "{text:?}");
    out.replace("&amp;", "&")
}
