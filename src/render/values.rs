//! Owns the way from a renderer's output to a flat list of values: which object, which path in it, which text.

use std::collections::HashMap;
use std::fmt::Write;

use super::scalar::{Type, resolve};
use crate::locate::{Node, NodeId, Tree, documents, same_length_text};

/// Bytes that the paths and texts of one rendering may take together; aliases of aliases could ask for any number.
const BUDGET: usize = 256 << 20;

/// Everything that one unit renders to.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    objects: Vec<Object>,
    values: Vec<Value>,
    /// Number of the value in `values`, by its id.
    by_id: HashMap<String, usize>,
}

/// One document of the output: a Kubernetes object, or a whole Compose project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its `kind`; empty for a Compose project.
    pub kind: String,
    /// Its `metadata.name`, kustomize's content hash replaced by `HASH`.
    pub name: String,
    /// The template that made it, as helm says (`chart/charts/sub/templates/x.yaml`).
    pub source: Option<String>,
}

/// One scalar of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    id: String,
    path_at: usize,
    /// Number of its object in `Rendered::objects`.
    pub object: usize,
    /// The text; kustomize's content hashes are replaced by `HASH`.
    pub text: String,
    /// Whether it is text or something else.
    pub of: Type,
    /// Whether it may be shown.
    pub secrecy: Secrecy,
}

/// Whether a value may be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secrecy {
    /// It may.
    #[default]
    Open,
    /// It stands in a Secret, wherever that stands: by itself, in a list, in what some operator makes one of.
    Secret,
}

/// Why output could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A document of the output is no YAML.
    #[error("the output is no YAML: {0}")]
    Yaml(String),
    /// Aliases make more values of it than can be held.
    #[error("the output's aliases expand to more than {} MiB", BUDGET >> 20)]
    TooLarge,
}

impl Value {
    /// Object and path in one text that is unique in its rendering (`Deployment/web#1.spec.replicas`): the second object of a kind and name
    /// ends in `#2`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The path in the object (`.spec.containers[0].image`).
    pub fn path(&self) -> &str {
        self.id.get(self.path_at..).unwrap_or_default()
    }
}

impl Rendered {
    /// Reads a renderer's output.
    ///
    /// # Errors
    /// [`Unreadable`] when one of its documents is no YAML, or when its aliases expand to too much.
    pub fn read(output: &[u8]) -> Result<Self, Unreadable> {
        let text = same_length_text(output);
        let mut rendered = Self::default();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut source = None;
        let mut budget = BUDGET;
        for range in documents(&text) {
            let text = text.get(range).unwrap_or_default();
            // Helm splits a template's documents and says before each where it comes from.
            if let Some(said) = text.lines().find_map(|line| line.strip_prefix("# Source: ")) {
                source = Some(said.trim_end().to_owned());
            }
            let tree = Tree::read(text).map_err(|broken| Unreadable::Yaml(broken.message))?;
            let Some(root) = tree.root().filter(|&root| matches!(tree.node(root), Node::Mapping(_))) else { continue };
            let object =
                Object { kind: text_of(&tree, root, &["kind"]), name: text_of(&tree, root, &["metadata", "name"]), source: source.clone() };
            let mut id = without_hashes(&format!("{}/{}", object.kind, object.name));
            let count = seen.entry(id.clone()).or_default();
            *count += 1;
            let _ = write!(id, "#{count}");
            let number = rendered.objects.len();
            rendered.objects.push(Object { name: without_hashes(&object.name), ..object });
            let mut walk = Walk {
                tree: &tree,
                object: number,
                path_at: id.len(),
                id,
                secrecy: Secrecy::Open,
                into: &mut rendered,
                budget: &mut budget,
            };
            walk.node(root, 0)?;
        }
        Ok(rendered)
    }

    /// The values in the order of the output.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The value with that [id](Value::id).
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.by_id.get(id).and_then(|&number| self.values.get(number))
    }

    /// The object of a value.
    pub fn object_of(&self, value: &Value) -> Option<&Object> {
        self.objects.get(value.object)
    }

    fn insert(&mut self, value: Value) {
        // Keys with dots can spell one path twice (`a.b: 1` beside `a: {b: 2}`): the last counts.
        if let Some(old) = self.by_id.get(&value.id).and_then(|&number| self.values.get_mut(number)) {
            *old = value;
            return;
        }
        self.by_id.insert(value.id.clone(), self.values.len());
        self.values.push(value);
    }
}

struct Walk<'a, 't> {
    tree: &'a Tree<'t>,
    object: usize,
    path_at: usize,
    id: String,
    secrecy: Secrecy,
    into: &'a mut Rendered,
    budget: &'a mut usize,
}

impl Walk<'_, '_> {
    /// Depth is the parser's (255 levels), and an alias within its own anchor would be endless: both end at 512.
    fn node(&mut self, at: NodeId, depth: usize) -> Result<(), Unreadable> {
        if depth > 512 {
            return Err(Unreadable::TooLarge);
        }
        match self.tree.node(at) {
            // The last of equal keys counts: Helm's output is a template's text, so it may hold any.
            Node::Mapping(_) => {
                let around = self.secrecy;
                if matches!(text_of(self.tree, at, &["kind"]).as_str(), "Secret" | "SecretList") {
                    self.secrecy = Secrecy::Secret;
                }
                let done = self.tree.all_pairs(at).into_iter().try_for_each(|(key, value)| self.below(&format!(".{key}"), value, depth));
                self.secrecy = around;
                done
            }
            Node::Sequence(_) => {
                let mut items = self.tree.items(at).iter().enumerate();
                items.try_for_each(|(index, &item)| self.below(&format!("[{index}]"), item, depth))
            }
            Node::Scalar(scalar) => {
                let (of, text) = resolve(&scalar.text, scalar.notation);
                self.leaf(of, text)
            }
            Node::Alias(_) | Node::Dangling => self.leaf(Type::Other, "null"),
        }
    }

    fn below(&mut self, step: &str, at: NodeId, depth: usize) -> Result<(), Unreadable> {
        let length = self.id.len();
        self.id.push_str(step);
        let done = self.node(at, depth + 1);
        self.id.truncate(length);
        done
    }

    fn leaf(&mut self, of: Type, text: &str) -> Result<(), Unreadable> {
        let text = without_hashes(text);
        // The id is kept twice; the rest is what the tables take.
        let size = 2 * self.id.len() + text.len() + 96;
        *self.budget = self.budget.checked_sub(size).ok_or(Unreadable::TooLarge)?;
        self.into.insert(Value { id: self.id.clone(), path_at: self.path_at, object: self.object, text, of, secrecy: self.secrecy });
        Ok(())
    }
}

fn text_of(tree: &Tree<'_>, at: NodeId, keys: &[&str]) -> String {
    let found = keys.iter().try_fold(at, |at, key| tree.get(at, key));
    found.and_then(|at| tree.scalar(at)).map(|scalar| scalar.text.clone().into_owned()).unwrap_or_default()
}

/// Kustomize appends a hash of the content to the names of generated `ConfigMap`s and Secrets (`api/hasher/hasher.go`: ten of
/// `bcdfghkmt2456789`). The name changes with the content, so it says nothing of its own.
pub(super) fn without_hashes(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = String::new();
    let mut kept = 0;
    for at in memchr::memchr_iter(b'-', bytes) {
        let is_hash = at >= kept
            && bytes.get(at + 1..at + 11).is_some_and(|hash| hash.iter().all(|b| b"bcdfghkmt2456789".contains(b)))
            && !bytes.get(at + 11).is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if is_hash {
            plain.push_str(text.get(kept..at).unwrap_or_default());
            plain.push_str("-HASH");
            kept = at + 11;
        }
    }
    if kept == 0 {
        return text.to_owned();
    }
    plain.push_str(text.get(kept..).unwrap_or_default());
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flat(text: &str) -> Vec<(String, String)> {
        let rendered = Rendered::read(text.as_bytes()).unwrap();
        rendered.values().iter().map(|value| (value.id().to_owned(), value.text.clone())).collect()
    }

    #[test]
    fn each_scalar_has_a_path_and_objects_of_one_name_are_counted() {
        let text = "kind: A\nmetadata: {name: x}\nspec: {c: [{image: r}, {image: s}]}\n---\nkind: A\nmetadata: {name: x}\n";
        let ids: Vec<String> = flat(text).into_iter().map(|(id, _)| id).collect();
        let wanted =
            ["A/x#1.kind", "A/x#1.metadata.name", "A/x#1.spec.c[0].image", "A/x#1.spec.c[1].image", "A/x#2.kind", "A/x#2.metadata.name"];
        assert_eq!(ids, wanted);
    }

    #[test]
    fn a_secret_in_a_list_is_a_secret() {
        let text = "kind: List\nitems:\n- {kind: Secret, stringData: {a: s}}\n- {kind: Pod, spec: o}\n---\nkind: SecretList\nitems: [{data: {a: s}}]\n\
                    ---\nkind: Template\nobjects: [{spec: {template: &t {kind: Secret, data: {a: s}}}}, {a: o, b: *t}]\n";
        let rendered = Rendered::read(text.as_bytes()).unwrap();
        for value in rendered.values().iter().filter(|value| ["s", "o"].contains(&value.text.as_str())) {
            assert_eq!(value.secrecy == Secrecy::Secret, value.text == "s", "{}", value.id());
        }
    }

    #[test]
    fn content_hashes_are_no_part_of_a_name() {
        assert_eq!(without_hashes("web-config-b5m9ttgh82"), "web-config-HASH");
        assert_eq!(without_hashes("a-b5m9ttgh82-c-96fm5mkb7d."), "a-HASH-c-HASH.");
        assert_eq!(without_hashes("redis-b5m9ttgh82x"), "redis-b5m9ttgh82x");
        assert_eq!(without_hashes("debian-12-r4"), "debian-12-r4");
    }

    #[test]
    fn the_last_of_equal_keys_counts_and_merges_are_overridden() {
        let text = "kind: A\nb: &b {x: 1, y: 2}\nc: {<<: *b, x: 3}\nd: 1\nd: {e: 2}\n";
        let found = flat(text);
        assert!(found.contains(&("A/#1.c.x".into(), "3".into())) && found.contains(&("A/#1.c.y".into(), "2".into())));
        assert!(found.contains(&("A/#1.d.e".into(), "2".into())) && !found.iter().any(|(id, _)| id == "A/#1.d"));
    }

    #[test]
    fn each_object_knows_its_template() {
        let text = "---\n# Source: a/templates/x.yaml\nkind: A\n---\n# Source: a/charts/b/templates/y.yaml\nkind: B\n";
        let rendered = Rendered::read(text.as_bytes()).unwrap();
        let sources: Vec<_> = rendered.objects.iter().map(|object| object.source.as_deref()).collect();
        assert_eq!(sources, [Some("a/templates/x.yaml"), Some("a/charts/b/templates/y.yaml")]);
    }

    #[test]
    fn an_alias_bomb_is_refused_in_bounded_memory() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..12 {
            let below = format!("*a{},", level - 1).repeat(10);
            let _ = writeln!(text, "a{level}: &a{level} [{below}]");
        }
        assert_eq!(Rendered::read(text.as_bytes()).unwrap_err(), Unreadable::TooLarge);
    }

    proptest! {
        #[test]
        fn any_output_is_read_or_refused(text in "[a-z:\\[\\]{}&*<>|, \n-]{0,200}") {
            let _ = Rendered::read(text.as_bytes());
        }

        #[test]
        fn names_without_a_hash_stay(text in "[a-z0-9/:.]{0,40}") {
            prop_assert_eq!(without_hashes(&text), text);
        }
    }
}
