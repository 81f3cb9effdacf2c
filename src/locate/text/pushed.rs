//! Owns whether a name is one under which something is built, pushed or kept as a cache, by what it is called, and by what its variable is used for.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use super::command::{self, Said};
use super::key::{self, By, called, key_of_item, value_name};
use super::name::Name;
use super::{built, short};
use crate::occurrence::Role;

/// Keys and options under which a program builds or pushes an image, some of them with the keys around them (`to.image`).
static PUSHED: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("../../../rules/lists/pushed.txt").split_whitespace().collect());

/// Bytes of a text whose variables are followed, uses of one that are looked at, and variables that are given on.
const TEXT: usize = 64 << 10;
const USES: usize = 64;
const DEPTH: usize = 4;

/// The role of a name behind `before`, the part of the line that begins at `line`, where it is not pulled.
pub(super) fn role(text: &[u8], line: usize, before: &[u8], name: &Name) -> Option<Role> {
    let before = std::str::from_utf8(before).ok()?;
    if let Some(role) = of_field(before) {
        return Some(role);
    }
    let value_of = value_name(before);
    let outer = || key::outer(text, line, before, name.range.start);
    let is_said = |key: &str| PUSHED.contains(key) || is_pushed_below(key, &outer);
    let is_set = || built::assigned(text.get(line..name.range.end).unwrap_or_default()).is_some();
    let is_pushed = value_of.or_else(|| setting(before)).or_else(|| key_of_item(before)).is_some_and(is_said)
        || value_of == Some("name") && outer() == Some("image") && is_built_by_maven(text, name.range.end)
        || value_of.is_some_and(|variable| is_set() && is_only_pushed(text, variable, DEPTH));
    is_pushed.then_some(Role::Push)
}

/// The property that a call sets to what stands behind `before`: `imageName.set("`.
fn setting(before: &str) -> Option<&str> {
    called(before).filter(|called| called.by == By::Call)?.name.strip_suffix(".set")
}

/// Bytes in which the rest of an element is looked for.
const ELEMENT: usize = 4 << 10;

/// Whether the element `<image>` of which the name ends at a byte is one that a plugin of Maven builds, and does not only run.
fn is_built_by_maven(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..(at + ELEMENT).min(text.len())).unwrap_or_default();
    let rest = rest.get(..memchr::memmem::find(rest, b"</image>").unwrap_or(0)).unwrap_or_default();
    let near = text.get(at.saturating_sub(TEXT)..(at + TEXT).min(text.len())).unwrap_or_default();
    let has = |text: &[u8], word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    has(near, "-maven-plugin<") && (has(rest, "<build") || !has(rest, "<run>") && !has(rest, "<run/>"))
}

/// A variable under whose value something is built or pushed, beside what else it is used for.
#[derive(Clone, Debug)]
pub(crate) struct Pushed {
    /// Its name.
    pub(crate) variable: Arc<str>,
    /// Where.
    pub(crate) at: Vec<Range<usize>>,
}

impl Pushed {
    /// The variable whose value stands behind `before`, the part of the line that begins at `line`, if it is one.
    pub(super) fn under(text: &[u8], line: usize, before: &[u8]) -> Option<Self> {
        let variable = value_name(std::str::from_utf8(before).ok()?).filter(|name| may_be_followed(text, name))?;
        built::assigned(text.get(line..)?)?;
        let uses = built::uses(text, variable);
        let at: Vec<_> = uses.into_iter().take(USES).filter(|used| matches!(of_use(text, used, variable, DEPTH), Use::Pushed)).collect();
        (!at.is_empty()).then(|| Self { variable: Arc::from(variable), at })
    }
}

/// Whether a variable's uses are looked for in its text.
fn may_be_followed(text: &[u8], variable: &str) -> bool {
    text.len() <= TEXT && !variable.is_empty() && variable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether it is one of the keys that say it with those around them; `outer` says which one is.
fn is_pushed_below<'t>(called: &str, outer: &impl Fn() -> Option<&'t str>) -> bool {
    let ends = |path: &str| PUSHED.iter().any(|key| path.strip_suffix(key).is_some_and(|rest| rest.ends_with('.')));
    if called.contains('.') && ends(called) {
        return true;
    }
    let is_last = PUSHED.iter().any(|key| key.strip_suffix(called).is_some_and(|rest| rest.ends_with('.')));
    is_last && outer().is_some_and(|outer| ends(&format!(".{outer}.{called}")))
}

/// By the fields of an output or a cache before it: `type=registry,ref=`, `type=image,push=true,name=`.
fn of_field(before: &str) -> Option<Role> {
    let fields = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).next().unwrap_or_default();
    let kind = fields.find("type=").map(|at| &fields[at + "type=".len()..])?;
    let is_of = |kinds: &[&str]| kind.split(',').next().is_some_and(|kind| kinds.contains(&kind));
    match () {
        () if fields.ends_with("ref=") && is_of(&["registry"]) => Some(Role::Cache),
        () if fields.ends_with("name=") && is_of(&["image", "registry", "docker", "oci"]) => Some(Role::Push),
        () => None,
    }
}

/// Whether all that a variable's value is used for is building and pushing, in its own file.
fn is_only_pushed(text: &[u8], variable: &str, depth: usize) -> bool {
    if depth == 0 || !may_be_followed(text, variable) {
        return false;
    }
    let uses = built::uses(text, variable);
    if uses.len() > USES {
        return false;
    }
    let mut is_any = false;
    for used in uses {
        match of_use(text, &used, variable, depth) {
            Use::Pushed => is_any = true,
            Use::Shown => {}
            Use::Other => return false,
        }
    }
    is_any
}

/// What a variable's value is used for.
enum Use {
    /// Something is built or pushed under it.
    Pushed,
    /// It is printed, or tells of what was built.
    Shown,
    /// Something else.
    Other,
}

fn of_use(text: &[u8], used: &Range<usize>, variable: &str, depth: usize) -> Use {
    let before = text.get(..used.start).unwrap_or_default();
    let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let start = short::statement(text, line, used.start);
    let (own, statement) = (before.get(line..).unwrap_or_default(), before.get(start..).unwrap_or_default());
    match short::said(text, line, used.start) {
        Said::Image(Role::Push, _) => return Use::Pushed,
        // What was built gets another name.
        Said::Image(..) if memchr::memmem::find(statement, b" tag ").is_some() => return Use::Shown,
        Said::Image(..) | Said::Other => return Use::Other,
        Said::Nothing => {}
    }
    // `$(MAKE) docker-push IMG=$(BUNDLE_IMG)`
    let is_make = |program: &[u8]| matches!(program, b"make" | b"$(MAKE)" | b"${MAKE}");
    let is_shown = |program: &[u8]| matches!(program, b"echo" | b"printf");
    if command::words_around(statement).any(is_shown) {
        return Use::Shown;
    }
    let is_given_on =
        || built::assigned(text.get(line..used.end).unwrap_or_default()).is_some() || command::words_around(statement).any(is_make);
    let given_on = std::str::from_utf8(own).ok().filter(|_| is_given_on()).and_then(value_name);
    let is_pushed = given_on.is_some_and(|other| other != variable && is_only_pushed(text, other, depth - 1));
    if is_pushed { Use::Pushed } else { Use::Other }
}

#[cfg(test)]
mod tests {
    use super::super::name;
    use super::*;

    fn role_in(text: &str) -> Option<Role> {
        let at = text.find("quay.io").unwrap();
        let name = name::around(text.as_bytes(), &(at..at + 7)).unwrap();
        let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
        role(text.as_bytes(), line, &text.as_bytes()[line..at], &name)
    }

    #[test]
    fn a_variable_is_what_it_is_used_for() {
        for text in [
            "IMG ?= quay.io/acme/web\nbuild:\n\tdocker build -t $(IMG) .\n\tdocker push $(IMG)\n",
            "IMAGE=\"quay.io/acme/web\"\ndocker build -t \"$IMAGE:1\" .\necho \"built $IMAGE\"\n",
            "REG=quay.io\ndocker build -t \"$REG/acme/x:1\" .\ndocker push $REG/acme/x:1\n",
            "BASE ?= quay.io/acme/web\nIMG ?= $(BASE):1\na:\n\tdocker build -t ${IMG} .\n",
            "IMG ?= a\nBUNDLE ?= quay.io/acme/web\npush:\n\tdocker push $(IMG)\nbundle:\n\t$(MAKE) push IMG=$(BUNDLE)\n",
        ] {
            assert_eq!(role_in(text), Some(Role::Push), "{text}");
        }
        for text in [
            "IMG ?= quay.io/acme/web\n",
            "IMG ?= quay.io/acme/web\na:\n\tdocker push $(IMG)\n\tdocker run $(IMG)\n",
            "IMG ?= quay.io/acme/web\na:\n\tdocker build --build-arg BASE=$(IMG) -t web .\n",
            "BASE ?= quay.io/acme/web\nIMG ?= $(BASE):1\na:\n\tdocker push ${IMG}\n\tkubectl run a --image ${IMG}\n",
            "docker run quay.io/acme/web\n",
        ] {
            assert_eq!(role_in(text), None, "{text}");
        }
    }

    #[test]
    fn keys_around_a_key_say_what_it_is_for() {
        for text in [
            "<to><image>quay.io/acme/web</image></to>",
            "<to>\n  <auth><name/></auth>\n  <image>quay.io/acme/web</image>\n</to>",
            "<images><image><name>quay.io/acme/web:1</name><build/></image></images><artifactId>docker-maven-plugin</artifactId>",
            "<artifactId>spring-boot-maven-plugin</artifactId><image><name>quay.io/acme/web:1</name></image>",
            "tasks.named<BootBuildImage>(\"bootBuildImage\") { imageName.set(\"quay.io/acme/web:1\") }",
            "jib.to.image = 'quay.io/acme/web'",
            "jib { to { image = 'quay.io/acme/web' } }",
            "<jib.to.image>quay.io/acme/web</jib.to.image>",
            "quarkus.container-image.registry=quay.io",
            "quarkus:\n  container-image:\n    builder: jib\n    registry: quay.io\n",
            "{\"containerImage\": 1, \"to\": {\"image\": \"quay.io/acme/web\"}}",
        ] {
            assert_eq!(role_in(text), Some(Role::Push), "{text}");
        }
        for text in [
            "<from><image>quay.io/acme/web</image></from>",
            "<to><image>a/b</image></to>\n<image>quay.io/acme/web</image>",
            "<image><name>quay.io/acme/web:1</name><run><ports/></run></image><artifactId>docker-maven-plugin</artifactId>",
            "<image><name>quay.io/acme/web:1</name></image>",
            "to: x\nimage: quay.io/acme/web",
            "from { image = 'quay.io/acme/web' }",
            "auto.image = 'quay.io/acme/web'",
        ] {
            assert_eq!(role_in(text), None, "{text}");
        }
    }

    #[test]
    fn outputs_and_caches_are_told_by_their_fields() {
        for (role, text) in [
            (Role::Cache, "cache-to: type=registry,ref=quay.io/acme/web:cache,mode=max"),
            (Role::Cache, "b --cache-to=type=registry,mode=max,ref=quay.io/acme/web"),
            (Role::Push, "b --output type=image,name=quay.io/acme/web,push=true"),
            (Role::Push, "args: [\"--destination=quay.io/acme/web\"]"),
        ] {
            assert_eq!(role_in(text), Some(role), "{text}");
        }
        assert_eq!(role_in("Mount=type=image,source=quay.io/acme/web"), None);
    }
}
