//! Owns variables inside a value: which stretches of it are literal, a default, or not known.

use std::ops::Range;
use std::sync::Arc;

use super::doc::chosen;
use super::template::{tag_name, tag_ranges};
use crate::format::Interpolation;

/// A stretch of a decoded value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Its bytes in the decoded value.
    pub(crate) range: Range<usize>,
    /// What it contributes.
    pub(crate) kind: Kind,
}

/// What a stretch contributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Itself.
    Literal,
    /// Itself, as the value of a variable that nothing else sets (`${V:-this}`).
    Default(Arc<str>),
    /// A dollar sign, spelled `$$`.
    Dollar,
    /// A value that is not known.
    Hole(Arc<str>),
}

/// Bytes of the longest value that is split: no reference is as long, and words that nest without end must not end the program.
pub(crate) const LONGEST: usize = 4_096;

/// Splits a value. Stretches that contribute nothing (`${` and `}`) are in no segment.
pub(crate) fn segments(text: &str, interpolation: Interpolation) -> Vec<Segment> {
    let mut found = Vec::new();
    match interpolation {
        Interpolation::Compose | Interpolation::Kubernetes if text.len() > LONGEST => {
            return vec![Segment { range: 0..text.len(), kind: Kind::Literal }];
        }
        Interpolation::Github if text.len() > LONGEST => actions(text, "${{", &mut found),
        Interpolation::Template => actions(text, "{{", &mut found),
        Interpolation::None => {}
        _ => shell_like(text, 0..text.len(), interpolation, &mut found),
    }
    if found.is_empty() && !text.contains('$') && !text.contains("{{") || interpolation == Interpolation::None {
        found = vec![Segment { range: 0..text.len(), kind: Kind::Literal }];
    }
    if text.len() > LONGEST { found } else { found.into_iter().flat_map(|segment| without_tags(text, segment)).collect() }
}

/// A stretch cut at the tags in it that another program fills in: what they hold is not known.
fn without_tags(text: &str, segment: Segment) -> Vec<Segment> {
    let own = text.get(segment.range.clone()).unwrap_or_default();
    let tags = if segment.kind == Kind::Literal { tag_ranges(own) } else { Vec::new() };
    if tags.is_empty() {
        return vec![segment];
    }
    let (base, mut at, mut cut) = (segment.range.start, 0, Vec::new());
    let literal = |range: Range<usize>| Segment { range: base + range.start..base + range.end, kind: Kind::Literal };
    for tag in tags {
        cut.extend((tag.start > at).then(|| literal(at..tag.start)));
        let name = Arc::from(tag_name(&own[tag.clone()]));
        cut.push(Segment { range: base + tag.start..base + tag.end, kind: Kind::Hole(name) });
        at = tag.end;
    }
    cut.extend((at < own.len()).then(|| literal(at..own.len())));
    cut
}

fn actions(text: &str, open: &str, found: &mut Vec<Segment>) {
    let mut at = 0;
    while let Some(start) = text[at..].find(open).map(|start| at + start) {
        let end = text[start..].find("}}").map_or(text.len(), |end| start + end + 2);
        if start > at {
            found.push(Segment { range: at..start, kind: Kind::Literal });
        }
        found.push(match default_of(&text[start..end]) {
            Some((name, word)) => Segment { range: start + word.start..start + word.end, kind: Kind::Default(Arc::from(name)) },
            None => Segment { range: start..end, kind: Kind::Hole(action_name(&text[start..end])) },
        });
        at = end;
    }
    if at < text.len() {
        found.push(Segment { range: at..text.len(), kind: Kind::Literal });
    }
}

/// The variable of an action that prints it or, where it has no value, a text in quotes; and the bytes of that text:
/// `{{ name | default('text', true) }}` of Jinja, `{{ .name | default "text" }}` of Go.
fn default_of(action: &str) -> Option<(&str, Range<usize>)> {
    let (name, filter) = action.strip_prefix("{{")?.strip_suffix("}}")?.split_once('|')?;
    let name = name.trim_start_matches('-').trim();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    let word = filter.trim_start();
    let argument = word.strip_prefix("default").or_else(|| word.strip_prefix('d'))?.trim_start_matches([' ', '(']);
    let quote = argument.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (text, rest) = argument.get(1..)?.split_once(quote)?;
    let is_last = matches!(rest.trim_end_matches('-').replace([' ', '(', ')'], "").as_str(), "" | ",true" | ",True");
    let start = action.len() - "}}".len() - argument.len() + 1;
    (is_name && is_last && !text.contains(['\\', '{'])).then_some((name, start..start + text.len()))
}

/// An action's text without its braces and trim marks.
pub(crate) fn action_name(action: &str) -> Arc<str> {
    if !action.contains("{{") {
        return Arc::from(tag_name(action));
    }
    let inner = action.trim_start_matches('$').trim_start_matches("{{").trim_end_matches("}}");
    let inner = inner.strip_prefix('-').unwrap_or(inner);
    Arc::from(inner.strip_suffix('-').unwrap_or(inner).trim())
}

/// `$NAME`, `${NAME}`, `${NAME:-word}` and its kin in `range` of `text`; a word may hold variables itself.
/// Rules: compose-go `template/template.go`; names are `[_a-z][_a-z0-9]*`, any case.
fn shell_like(text: &str, range: Range<usize>, interpolation: Interpolation, found: &mut Vec<Segment>) {
    let bytes = text.as_bytes();
    let mut literal = range.start;
    let mut at = range.start;
    while at < range.end {
        let Some(dollar) = memchr::memchr(b'$', &bytes[at..range.end]).map(|dollar| at + dollar) else { break };
        let Some((variable, end)) = variable(text, dollar, range.end, interpolation) else {
            at = dollar + 1;
            continue;
        };
        if dollar > literal {
            found.push(Segment { range: literal..dollar, kind: Kind::Literal });
        }
        match variable {
            Variable::Dollar => found.push(Segment { range: dollar..end, kind: Kind::Dollar }),
            Variable::Hole(name) => found.push(Segment { range: dollar..end, kind: Kind::Hole(Arc::from(name)) }),
            Variable::Environment(name) => found.push(Segment { range: dollar..end, kind: Kind::Hole(format!("env.{name}").into()) }),
            Variable::Default { name, word } => default_word(text, name, word, interpolation, found),
        }
        (literal, at) = (end, end);
    }
    if literal < range.end {
        found.push(Segment { range: literal..range.end, kind: Kind::Literal });
    }
}

/// The word of `${name:-word}`: its literal stretches are the variable's value.
fn default_word(text: &str, name: &str, word: Range<usize>, interpolation: Interpolation, found: &mut Vec<Segment>) {
    if word.is_empty() {
        found.push(Segment { range: word, kind: Kind::Default(Arc::from(name)) });
        return;
    }
    let start = found.len();
    shell_like(text, word, interpolation, found);
    for segment in found.iter_mut().skip(start).filter(|segment| segment.kind == Kind::Literal) {
        segment.kind = Kind::Default(Arc::from(name));
    }
}

enum Variable<'a> {
    Dollar,
    Hole(&'a str),
    /// One that a script takes from `env`, which an expression calls `env.NAME`.
    Environment(&'a str),
    Default {
        name: &'a str,
        word: Range<usize>,
    },
}

/// The variable that starts at the dollar sign `at`, and where it ends.
fn variable(text: &str, at: usize, limit: usize, interpolation: Interpolation) -> Option<(Variable<'_>, usize)> {
    let rest = &text[at + 1..limit];
    let bracketed = |open: &str, close: &str| {
        let inner = rest.strip_prefix(open)?;
        // Names are short, and many that are not closed must not be looked for in all that follows.
        let end = memchr::memmem::find(inner.as_bytes().get(..256).unwrap_or(inner.as_bytes()), close.as_bytes())?;
        Some((&inner[..end], at + 1 + open.len() + end + close.len()))
    };
    match rest.bytes().next()? {
        b'$' if matches!(interpolation, Interpolation::Compose | Interpolation::Gitlab) => Some((Variable::Dollar, at + 2)),
        b'[' if interpolation == Interpolation::Gitlab => bracketed("[[", "]]").map(|(inner, end)| (Variable::Hole(inner.trim()), end)),
        b'{' if interpolation == Interpolation::Github && rest.starts_with("{{") => {
            bracketed("{{", "}}").map(|(inner, end)| (Variable::Hole(inner.trim()), end))
        }
        // Without operators, whatever follows the name.
        b'{' if matches!(interpolation, Interpolation::Gitlab | Interpolation::Expression) => {
            let (inner, end) = bracketed("{", "}")?;
            let word = chosen(inner).filter(|_| interpolation == Interpolation::Expression);
            let word = word.map(|word| at + 2 + word.start..at + 2 + word.end);
            Some((word.map_or(Variable::Hole(inner), |word| Variable::Default { name: inner, word }), end))
        }
        b'{' if interpolation == Interpolation::Devcontainer => {
            let (inner, end) = bracketed("{", "}")?;
            let Some(colon) = inner.match_indices(':').nth(1).map(|(colon, _)| colon) else { return Some((Variable::Hole(inner), end)) };
            Some((Variable::Default { name: &inner[..colon], word: at + 3 + colon..end - 1 }, end))
        }
        _ if interpolation == Interpolation::Devcontainer => None,
        b'(' if interpolation == Interpolation::Kubernetes => {
            let end = rest.find(')')?;
            Some((Variable::Hole(&rest[1..end]), at + 1 + end + 1))
        }
        b'{' => {
            let close = closing_brace(rest)?;
            let inner = &rest[1..close];
            let end = at + 1 + close + 1;
            let name_len = name_length(inner);
            let (name, operator) = inner.split_at(name_len);
            let word_start = at + 2 + name_len;
            let word = |skip: usize| Variable::Default { name, word: word_start + skip..end - 1 };
            let found = match operator.as_bytes() {
                _ if name.is_empty() => return None,
                [b':', b'-' | b'=', ..] => word(2),
                [b'-' | b'=', ..] => word(1),
                [] if interpolation == Interpolation::Github => Variable::Environment(name),
                // `:?` and `?` demand a value, `:+` and `+` give another one: neither says what it is.
                _ => Variable::Hole(name),
            };
            Some((found, end))
        }
        _ => {
            let len = name_length(rest);
            let name = &rest[..len];
            let found = if interpolation == Interpolation::Github { Variable::Environment(name) } else { Variable::Hole(name) };
            (len > 0).then_some((found, at + 1 + len))
        }
    }
}

fn name_length(text: &str) -> usize {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if first { text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count() } else { 0 }
}

/// Where the brace that opens at the start of `text` closes.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at == 0 || bytes.get(at - 1) == Some(&b'$') => depth += 1,
            b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, interpolation: Interpolation) -> Vec<String> {
        let shown = |segment: Segment| match segment.kind {
            Kind::Literal => text[segment.range].to_owned(),
            Kind::Default(name) => format!("{name}={}", &text[segment.range]),
            Kind::Dollar => "$".to_owned(),
            Kind::Hole(name) => format!("?{name}"),
        };
        segments(text, interpolation).into_iter().map(shown).collect()
    }

    #[test]
    fn compose_variables() {
        let compose = |text| shown(text, Interpolation::Compose);
        assert_eq!(compose("nginx:1"), ["nginx:1"]);
        assert_eq!(compose("${REG:-docker.io}/a:${TAG}"), ["REG=docker.io", "/a:", "?TAG"]);
        assert_eq!(compose("${A:-${B:-x}/y}:1"), ["B=x", "A=/y", ":1"]);
        assert_eq!(compose("$IMG-x"), ["?IMG", "-x"]);
        assert_eq!(compose("a$$b"), ["a", "$", "b"]);
        assert_eq!(compose("${IMG:?must be set}"), ["?IMG"]);
        assert_eq!(compose("${EMPTY:-}x"), ["EMPTY=", "x"]);
        assert_eq!(compose("${open"), ["${open"]);
    }

    #[test]
    fn words_that_nest_without_end_are_no_reference() {
        let nested = |count: usize| format!("{}x{}", "${A:-".repeat(count), "}".repeat(count));
        assert_eq!(shown(&nested(600), Interpolation::Compose), ["A=x"]);
        assert_eq!(shown(&nested(100_000), Interpolation::Compose), [nested(100_000)]);
        assert_eq!(shown(&"${A:-".repeat(100_000), Interpolation::Compose), ["${A:-".repeat(100_000)]);
    }

    #[test]
    fn template_actions_are_holes() {
        assert_eq!(shown("quay.io/{{ .x }}:{{- .y -}}", Interpolation::Template), ["quay.io/", "?.x", ":", "?.y"]);
    }

    #[test]
    fn defaults_of_actions_are_texts() {
        let template = |text| shown(text, Interpolation::Template);
        assert_eq!(template("{{ reg|default('quay.io') }}/a:{{ tag }}"), ["reg=quay.io", "/a:", "?tag"]);
        assert_eq!(template("{{ reg | default(\"quay.io\", true) }}/a"), ["reg=quay.io", "/a"]);
        assert_eq!(template("{{- .reg | default \"quay.io\" -}}/a"), [".reg=quay.io", "/a"]);
        for text in [
            "{{ reg | default('a') | upper }}",
            "{{ reg | default(other) }}",
            "{{ a + b | default('c') }}",
            "{{ reg | replace('a', 'b') }}",
        ] {
            assert!(template(text).first().is_some_and(|first| first.starts_with('?')), "{text}");
        }
    }

    #[test]
    fn expressions_and_variables_of_pipelines() {
        let github = |text| shown(text, Interpolation::Github);
        assert_eq!(github("${{ env.REG }}/a:${{matrix.tag}}"), ["?env.REG", "/a:", "?matrix.tag"]);
        assert_eq!(github("$REG/a:${TAG}"), ["?env.REG", "/a:", "?env.TAG"]);
        let gitlab = |text| shown(text, Interpolation::Gitlab);
        assert_eq!(gitlab("$REG/a:${TAG}-$$x"), ["?REG", "/a:", "?TAG", "-", "$", "x"]);
        assert_eq!(gitlab("$[[ inputs.image ]]:1"), ["?inputs.image", ":1"]);
        assert_eq!(gitlab("${IMG:-a}"), ["?IMG:-a"]);
        let devcontainer = |text| shown(text, Interpolation::Devcontainer);
        assert_eq!(devcontainer("a/b:${localEnv:TAG:1.2}-$x"), ["a/b:", "localEnv:TAG=1.2", "-$x"]);
        assert_eq!(devcontainer("${templateOption:image}:1"), ["?templateOption:image", ":1"]);
    }

    #[test]
    fn kustomize_variables_are_holes() {
        assert_eq!(shown("a/$(IMG):1", Interpolation::Kubernetes), ["a/", "?IMG", ":1"]);
    }
}
