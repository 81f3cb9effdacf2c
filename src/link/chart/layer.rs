//! Owns the values that are laid over a chart's own: a file, or what stands inside of another document.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::ChartFile;
use super::budget::Budget;
use super::functions::to_yaml;
use super::held::Held;
use super::output::Output;
use super::readings::VALUES;
use super::value::{Run, Value, from_text, from_tree, slice, unknown};
use crate::format::{Format, Formats, LayerKind, LayerTable};
use crate::locate::{Decoded, NodeId, Tree};
use crate::occurrence::{Occurrence, Origin, Piece, Spelling};
use crate::reference::HOLE;
use crate::text::{FileId, Span};

/// Values over a chart's own.
#[derive(Clone, Debug, Hash)]
pub enum Layer<'a> {
    /// A file of them.
    File(ChartFile<'a>),
    /// A file of them that is a template, and what it sees.
    Template(ChartFile<'a>, Rc<Context<'a>>),
    /// What stands inside of a document.
    Inline(Inline),
}

/// What templates of values see.
#[derive(Clone, Debug, Default, Hash)]
pub struct Context<'a> {
    /// The name of the environment, where it is known.
    pub(in crate::link) name: Option<String>,
    /// Its values, from the bottom to the top.
    pub(in crate::link) layers: Vec<Layer<'a>>,
}

/// Bytes of a text in whose place something else stands in the end, and what is written there.
pub(in crate::link) type Filled = (Range<usize>, Arc<str>);

/// Values inside of a document.
#[derive(Clone, Debug, Hash)]
pub struct Inline(pub(super) Value);

impl<'a> Layer<'a> {
    /// The files that its values stand in.
    pub(in crate::link) fn files(&self) -> Vec<FileId> {
        match self {
            Self::File(file) => vec![file.file],
            Self::Template(file, context) => std::iter::once(file.file).chain(context.layers.iter().flat_map(Self::files)).collect(),
            Self::Inline(inline) => inline.bytes().map(|bytes| bytes.file).into_iter().collect(),
        }
    }

    /// The file, where it is one.
    pub(super) const fn of_file(&self) -> Option<ChartFile<'a>> {
        match self {
            Self::File(file) => Some(*file),
            Self::Template(..) | Self::Inline(_) => None,
        }
    }
}

impl Inline {
    /// Values that stand where their texts say.
    pub(super) const fn of(value: Value) -> Self {
        Self(value)
    }

    /// Values that are not known: everything may be said otherwise by them.
    pub(in crate::link) fn unknown(what: &str) -> Self {
        Self(unknown(what))
    }

    /// Whether some of its texts stand there.
    pub(in crate::link) fn holds(&self, place: Span) -> bool {
        let mut found = false;
        self.0.each_text(&mut |text| found |= text.iter().any(|run| run.span.overlaps(place)));
        found
    }

    /// Whether one of its keys is one of those, or may be, since they are not known.
    pub(in crate::link) fn has_key(&self, is_one: &dyn Fn(&str) -> bool) -> bool {
        fn has(value: &Value, is_one: &dyn Fn(&str) -> bool) -> bool {
            match value {
                Value::Map(pairs) => pairs.iter().any(|(key, value)| is_one(key) || has(value, is_one)),
                Value::List(items) => items.iter().any(|item| has(item, is_one)),
                Value::Unknown(_) => true,
                _ => false,
            }
        }
        has(&self.0, is_one)
    }

    /// A mapping. Spans are the document's, until [`Inline::standing`] says where it stands.
    pub(in crate::link) fn tree(tree: &Tree<'_>, node: NodeId, document: &str) -> Self {
        Self(from_tree(tree, node, document, PLACE, VALUES, &Budget::of_file()))
    }

    /// A mapping that is a text in the document.
    pub(in crate::link) fn text(tree: &Tree<'_>, node: NodeId, document: &str) -> Option<Self> {
        Some(Self(from_text(&text(tree, node, document, 0)?, VALUES, &Budget::of_file())))
    }

    /// Values by their names (`image.tag`), as `helm --set` takes them; each with how many bytes of its text precede it.
    pub(in crate::link) fn parameters<'t>(all: impl Iterator<Item = (&'t str, NodeId, usize)>, tree: &Tree<'_>, document: &str) -> Self {
        let mut whole = Value::Map(Held::default());
        for (name, node, from) in all {
            if let Some(value) = text(tree, node, document, from) {
                whole = whole.overlaid(&below(&steps(name), typed(value)));
            }
        }
        Self(whole)
    }

    /// The same, of words of a call, whose spans count from the file's first byte; each with whether it may be more than a text.
    pub(in crate::link) fn words(all: Vec<(String, Vec<Piece>, bool)>) -> Self {
        let value = |pieces: Vec<Piece>| Value::Text(Rc::new(pieces.into_iter().map(Run::from).collect()));
        let each = all.into_iter().map(|(name, pieces, any)| (name, if any { typed(value(pieces)) } else { value(pieces) }));
        Self(each.fold(Value::Map(Held::default()), |whole, (name, value)| whole.overlaid(&below(&steps(&name), value))))
    }

    /// The same, with holes where `held` says of bytes of the document that something else stands there in the end.
    pub(in crate::link) fn holed(self, held: &dyn Fn(Range<usize>) -> Vec<Filled>) -> Self {
        let hole = |run: &Run, range: Range<usize>, variable: Arc<str>| {
            let origin = Origin::Modified { variable: Arc::clone(&variable), by: variable };
            Run { text: HOLE.to_string().into(), span: Span::new(run.span.file, range), origin, spelling: Spelling::Encoded }
        };
        let parts = |run: &Run| -> Vec<Run> {
            let all = if run.span.file == PLACE { held(run.span.range()) } else { Vec::new() };
            if all.is_empty() {
                return vec![run.clone()];
            }
            if let Some((_, name)) = all.first().filter(|_| run.text.len() != run.span.len()) {
                return vec![hole(run, run.span.range(), Arc::clone(name))];
            }
            let (mut found, mut from) = (Vec::new(), 0);
            for (range, name) in all {
                found.extend(slice(std::slice::from_ref(run), from, range.start));
                found.push(hole(run, run.span.start + range.start..run.span.start + range.end, name));
                from = range.end;
            }
            found.extend(slice(std::slice::from_ref(run), from, run.text.len()));
            found
        };
        Self(self.0.map_texts(&|text| Rc::new(text.iter().flat_map(parts).collect())))
    }

    /// What it says at those keys.
    pub(in crate::link) fn said(&self, keys: &[&str]) -> Option<String> {
        Some(keys.iter().fold(self.0.clone(), |value, key| value.get(key)).plain()).filter(|text| !text.is_empty())
    }

    /// What a change of an object says of the values that stand in it at one of these places: a part of the object, or a list of operations on it
    /// (RFC 6902).
    pub(in crate::link) fn amended(&self, tables: &[LayerTable]) -> Vec<Self> {
        let keys = |table: &LayerTable| table.path.trim_start_matches('.').split('.').map(str::to_owned).collect::<Vec<_>>();
        let read = |table: &LayerTable, value: Value| match (table.r#as, &value) {
            (LayerKind::Tree, Value::Map(_)) => Some(value),
            (LayerKind::Text, Value::Text(_)) => Some(from_text(&value, VALUES, &Budget::of_file())),
            _ => None,
        };
        let found: Vec<Option<Value>> = match &self.0 {
            Value::List(operations) => {
                let each = operations.iter().flat_map(|one| tables.iter().map(move |table| (one, table)));
                each.map(|(one, table)| read(table, operated(one, &keys(table))?)).collect()
            }
            object => tables.iter().map(|table| read(table, inside(object, &keys(table), DEEP)?)).collect(),
        };
        found.into_iter().flatten().map(Self).collect()
    }

    /// The same, in the document that begins at byte `base` of `file`.
    pub(in crate::link) fn standing(&self, file: FileId, base: usize) -> Self {
        let to = |span: Span| if span.file == PLACE { Span::new(file, span.start + base..span.end + base) } else { span };
        Self(self.0.map_texts(&|text| Rc::new(text.iter().map(|run| Run { span: to(run.span), ..run.clone() }).collect())))
    }
}

impl Inline {
    /// The references in the values, found as in a file of theirs.
    pub(in crate::link) fn located(&self, format: &Arc<Format>, formats: &Formats) -> Vec<Occurrence> {
        Output::new(to_yaml(&self.0, &Budget::of_file())).located(format, formats)
    }

    /// From the first byte of its texts to the last.
    pub(in crate::link) fn bytes(&self) -> Option<Span> {
        let mut all: Option<Span> = None;
        self.0.each_text(&mut |text| {
            for run in text.iter().filter(|run| run.span.file != FileId::NONE) {
                all = Some(all.map_or(run.span, |all| Span::new(all.file, all.start.min(run.span.start)..all.end.max(run.span.end))));
            }
        });
        all
    }
}

/// The file of a document whose file is not known yet.
const PLACE: FileId = FileId(0);

fn text(tree: &Tree<'_>, node: NodeId, document: &str, from: usize) -> Option<Value> {
    let scalar = tree.scalar(node)?;
    let decoded = Decoded::new(scalar, document);
    let pieces = decoded.pieces(from..scalar.text.len(), &Origin::Default { variable: VALUES.into() }, PLACE);
    Some(Value::Text(Rc::new(pieces.into_iter().map(Run::from).collect())))
}

/// A value as `helm --set` reads it (Helm `pkg/strvals`, `typedVal`): no text where it looks like something else.
fn typed(value: Value) -> Value {
    let text = value.plain();
    match text.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Nil,
        _ if text != "0" && text.starts_with('0') => value,
        _ => text.parse::<i64>().map_or_else(|_| value.clone(), |_| Value::Number(text.parse().unwrap_or_default(), value.pieces())),
    }
}

/// How deep in an object values for a chart stand at most.
const DEEP: u8 = 6;

/// The value at those keys, wherever in the object they begin.
fn inside(object: &Value, keys: &[String], deep: u8) -> Option<Value> {
    let Value::Map(pairs) = object else { return None };
    let found = keys.iter().fold(object.clone(), |value, key| value.get(key));
    if !matches!(found, Value::Nil) {
        return Some(found);
    }
    let deep = deep.checked_sub(1)?;
    pairs.iter().find_map(|(_, value)| inside(value, keys, deep))
}

/// What an operation puts below those keys; what is taken out there is null. What becomes of an item of a list is not known.
fn operated(operation: &Value, keys: &[String]) -> Option<Value> {
    let (path, what) = (operation.get("path").plain(), operation.get("op").plain());
    let steps: Vec<String> = path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let at = steps.windows(keys.len()).position(|window| window == keys)?;
    let rest = steps.get(at + keys.len()..)?;
    let is_item = |step: &String| step == "-" || step.bytes().all(|byte| byte.is_ascii_digit());
    let value = match rest.iter().position(is_item) {
        Some(item) => return Some(below(rest.get(..item)?, unknown(&path))),
        None if what == "remove" => Value::Nil,
        None if what == "test" => return None,
        None => operation.get("value"),
    };
    Some(rest.iter().rev().fold(value, |value, step| Value::Map(Held::new(vec![(Rc::from(step.as_str()), value)]))))
}

/// The keys of a name: dots part them, but for one behind a backslash (Helm `pkg/strvals`).
fn steps(name: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut letters = name.chars();
    while let Some(letter) = letters.next() {
        match (letter, steps.last_mut()) {
            ('.', _) => steps.push(String::new()),
            ('\\', Some(step)) => step.extend(letters.next()),
            (letter, Some(step)) => step.push(letter),
            (_, None) => {}
        }
    }
    steps
}

/// The mapping that holds the value at those keys.
fn below(steps: &[String], value: Value) -> Value {
    steps.iter().rev().fold(value, |value, step| {
        let (key, index) =
            step.strip_suffix(']').and_then(|step| step.split_once('[')).map_or((step.as_str(), None), |(key, at)| (key, at.parse().ok()));
        let value = match index {
            Some(index) => Value::List(Held::new(std::iter::repeat_n(Value::Nil, usize::min(index, 64)).chain([value]).collect())),
            None => value,
        };
        Value::Map(Held::new(vec![(Rc::from(key), value)]))
    })
}
