//! Owns the values of a rendering: as Go's, but every text knows the bytes that it comes from.

use std::collections::HashMap;
use std::ops::{Deref, Range};
use std::rc::Rc;
use std::sync::Arc;

use super::budget::Budget;
use super::held::{Held, Nests};
use crate::locate::{Decoded, Node, NodeId, Tree};
use crate::occurrence::{Addition, Adds, Origin, Piece, Spelling, Style};
use crate::reference::HOLE;
use crate::text::{FileId, Span};

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Nothing.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A number, and its text with the bytes it comes from.
    Number(f64, Text),
    /// A text.
    Text(Text),
    /// A mapping, in order.
    Map(Held<(Rc<str>, Value)>),
    /// A list.
    List(Held<Value>),
    /// Not known, and what it is.
    Unknown(Arc<str>),
}

/// What a value that is read costs beside its text and its path.
const NODE: usize = 192;
/// Bytes of the name of something that is not known, behind which no field is told any more.
const LONG: usize = 256;

/// A text in runs.
pub(super) type Text = Rc<Vec<Run>>;

/// A run of text, as a [`Piece`] is one; but values hand it on many times before anyone reads it, so its text is shared.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) text: Shared,
    pub(super) span: Span,
    pub(super) origin: Origin,
    pub(super) spelling: Spelling,
}

impl Run {
    /// A part of a file's text, as it stands there.
    pub(super) fn literal(whole: &Rc<str>, file: FileId, range: Range<usize>) -> Self {
        let span = Span::new(file, range.clone());
        Self { text: Shared::Part(Rc::clone(whole), range), span, origin: Origin::Literal, spelling: Spelling::Verbatim }
    }

    /// Text that stands nowhere.
    pub(super) fn implied(text: impl Into<Shared>) -> Self {
        Self { text: text.into(), span: NOWHERE, origin: Origin::Implied, spelling: Spelling::Verbatim }
    }

    /// Text that was made of values of which no byte can be changed: other values would make another text.
    pub(super) fn made(text: impl Into<Shared>) -> Self {
        Self { spelling: Spelling::Encoded, ..Self::implied(text) }
    }

    /// Whether it was made of such values.
    pub(super) fn is_made(&self) -> bool {
        self.origin == Origin::Implied && self.spelling == Spelling::Encoded
    }

    /// Whether an edit may change its bytes.
    pub(super) const fn is_editable(&self) -> bool {
        self.origin.is_editable()
    }
}

impl From<Piece> for Run {
    fn from(Piece { text, span, origin, spelling }: Piece) -> Self {
        Self { text: text.into(), span, origin, spelling }
    }
}

impl From<Run> for Piece {
    fn from(Run { text, span, origin, spelling }: Run) -> Self {
        Self { text: text.to_string(), span, origin, spelling }
    }
}

/// A text that is handed on, whole or in part, without a copy.
#[derive(Clone, Debug)]
pub(super) enum Shared {
    Fixed(&'static str),
    Part(Rc<str>, Range<usize>),
}

impl Shared {
    /// Where it stands in the text that it is part of.
    pub(super) fn range(&self) -> Option<Range<usize>> {
        if let Self::Part(_, range) = self { Some(range.clone()) } else { None }
    }

    fn slice(&self, range: Range<usize>) -> Self {
        match self {
            Self::Fixed(text) => Self::Fixed(text.get(range).unwrap_or_default()),
            Self::Part(text, own) => Self::Part(Rc::clone(text), own.start + range.start..own.start + range.end),
        }
    }
}

impl Deref for Shared {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Part(text, range) => text.get(range.clone()).unwrap_or_default(),
        }
    }
}

impl From<&'static str> for Shared {
    fn from(text: &'static str) -> Self {
        Self::Fixed(text)
    }
}

impl From<Rc<str>> for Shared {
    fn from(text: Rc<str>) -> Self {
        Self::Part(Rc::clone(&text), 0..text.len())
    }
}

impl From<String> for Shared {
    fn from(text: String) -> Self {
        Rc::<str>::from(text).into()
    }
}

/// The byte place of a text that stands nowhere.
pub(super) const NOWHERE: Span = Span::NOWHERE;

/// A text that the template computes.
pub(super) fn computed(text: impl Into<Shared>) -> Value {
    Value::Text(Rc::new(vec![Run::implied(text)]))
}

/// A hole as a text.
const HOLE_TEXT: &str = "\u{fffc}";

/// Texts of its arguments that are looked at for what a function that is not executed made of them. Who hands it more hands it all values.
const HANDED: usize = 64;

/// What a function that is not executed makes of its arguments: not known, but with their bytes in it, so that nobody edits them as if they were
/// read as they stand.
pub(super) fn hidden(by: &str, arguments: &[Value]) -> Value {
    let mut texts = Vec::new();
    for argument in arguments {
        argument.each_text(&mut |text| texts.push(text));
    }
    let pieces: Vec<Run> = if texts.len() > HANDED { Vec::new() } else { texts.into_iter().flat_map(|text| text.to_vec()).collect() };
    match made_of(by, &pieces, HOLE_TEXT.to_owned()) {
        runs if runs.iter().all(|run| run.span == NOWHERE) => unknown(by),
        runs => Value::Text(Rc::new(runs)),
    }
}

/// The text that was made of the pieces: all of it in the run of the last that stands in a file.
pub(super) fn made_of(by: &str, pieces: &[Run], text: String) -> Vec<Run> {
    let by: Arc<str> = Arc::from(by);
    let stands = |run: &&Run| run.is_editable() && run.span != NOWHERE || matches!(run.origin, Origin::Modified { .. });
    let mut runs: Vec<Run> = Vec::new();
    for run in pieces.iter().filter(stands) {
        let variable = match &run.origin {
            Origin::Default { variable } | Origin::Modified { variable, .. } => Arc::clone(variable),
            _ => Arc::clone(&by),
        };
        let origin = Origin::Modified { variable, by: Arc::clone(&by) };
        let made = Run { text: "".into(), span: run.span, origin, spelling: Spelling::Encoded };
        runs.extend((runs.last().map(|last| last.span) != Some(run.span)).then_some(made));
    }
    match runs.last_mut() {
        Some(last) => last.text = text.into(),
        None if pieces.iter().any(|run| run.is_made() || matches!(run.origin, Origin::Absent { .. })) => runs.push(Run::made(text)),
        None => runs.push(Run::implied(text)),
    }
    runs
}

/// Something that is not known.
pub(super) fn unknown(what: &str) -> Value {
    Value::Unknown(Arc::from(what))
}

impl Value {
    /// Whether a condition holds (Go `template.IsTrue`). What is not known is taken to hold: then the text that depends on it is seen.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(truth) => *truth,
            Self::Number(number, _) => *number != 0.0,
            Self::Text(text) => text.iter().any(|piece| !piece.text.is_empty()),
            Self::Map(pairs) => !pairs.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Unknown(_) => true,
        }
    }

    /// A field of a mapping.
    pub(super) fn get(&self, key: &str) -> Self {
        match self {
            _ if !key.is_ascii() && key.contains(HOLE) => unknown("a key that is not known"),
            Self::Map(pairs) => pairs.under(key).cloned().unwrap_or(Self::Nil),
            Self::Unknown(what) if what.len() > LONG => self.clone(),
            Self::Text(_) if self.is_hidden() => self.clone(),
            Self::Unknown(what) => Self::Unknown(Arc::from(format!("{what}.{key}"))),
            _ => Self::Nil,
        }
    }

    /// The text without its bytes; holes stand for what is not known.
    pub(super) fn plain(&self) -> String {
        self.pieces().iter().map(|piece| &*piece.text).collect()
    }

    /// The value as it is printed.
    pub(super) fn pieces(&self) -> Text {
        match self {
            Self::Nil => Rc::new(Vec::new()),
            Self::Bool(truth) => Rc::new(vec![Run::made(if *truth { "true" } else { "false" })]),
            Self::Number(_, text) | Self::Text(text) => Rc::clone(text),
            Self::Map(_) | Self::List(_) => Rc::new(vec![Run::implied("map[]")]),
            Self::Unknown(what) => Rc::new(vec![Piece::hole(Arc::clone(what), NOWHERE).into()]),
        }
    }

    /// The value with `change` made to its text: its bytes cannot be edited any more.
    pub(super) fn modified(&self, by: &str, change: impl Fn(&str) -> String) -> Self {
        let (before, pieces) = (self.plain(), self.pieces());
        if before.contains(HOLE) {
            return unknown(by);
        }
        let after = change(&before);
        if after == before {
            return self.clone();
        }
        Self::Text(Rc::new(made_of(by, &pieces, after)))
    }

    /// The value with each of its texts hidden by something that is not known.
    pub(super) fn covered(&self, by: &str) -> Self {
        self.map_texts(&|text| Rc::new(made_of(by, text, HOLE_TEXT.to_owned())))
    }

    /// Whether it is not known: then something else stands for it, which no condition may read.
    pub(super) fn is_hidden(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Text(text) => {
                text.last().is_some_and(|run| &*run.text == HOLE_TEXT) && text.iter().rev().skip(1).all(|run| run.text.is_empty())
            }
            _ => false,
        }
    }

    /// A mapping laid over this one, key by key, as Helm lays a file of values over a chart's, and a parent's values over a subchart's: a null
    /// takes the key away.
    pub(super) fn overlaid(&self, over: &Self) -> Self {
        self.joined(over, |_, over| over.clone(), &Budget::of_file())
    }

    /// The value with what is empty in it filled from `below`, key by key (Sprig's `merge`, by mergo).
    pub(super) fn filled(&self, below: &Self, budget: &Budget) -> Self {
        self.joined(below, |own, below| if own.is_true() { own.clone() } else { below.clone() }, budget)
    }

    /// Two mappings in one, key by key; `choose` decides between what are not both mappings.
    fn joined(&self, other: &Self, choose: fn(&Self, &Self) -> Self, budget: &Budget) -> Self {
        let (Self::Map(own), Self::Map(more)) = (self, other) else { return choose(self, other) };
        if !budget.pays(self.cost() + other.cost()) {
            return self.clone();
        }
        let mut pairs: Vec<(Rc<str>, Self)> = own.to_vec();
        let mut places: HashMap<Rc<str>, usize> = own.iter().enumerate().map(|(at, (key, _))| (Rc::clone(key), at)).collect();
        for (key, value) in more.iter() {
            if let Some((_, have)) = places.get(key).and_then(|at| pairs.get_mut(*at)) {
                *have = have.joined(value, choose, budget);
            } else {
                places.insert(Rc::clone(key), pairs.len());
                pairs.push((Rc::clone(key), value.clone()));
            }
        }
        pairs.retain(|(_, value)| !matches!(value, Self::Nil));
        Self::Map(Held::new(pairs))
    }
}

/// A value that the template chose: its own texts in it are a choice. A mark between two values names nothing, and is none.
pub(super) fn chosen(value: &Value) -> Value {
    let Value::Text(text) = value else { return value.clone() };
    Value::Text(Rc::new(text.iter().cloned().map(as_choice).collect()))
}

/// The piece as part of a choice.
pub(super) fn as_choice(mut piece: Run) -> Run {
    if piece.origin == Origin::Literal && piece.text.contains(|c: char| c.is_ascii_alphanumeric()) {
        piece.origin = Origin::Choice;
    }
    piece
}

/// The pieces from byte `from` to `to` of the text.
pub(super) fn slice(pieces: &[Run], from: usize, to: usize) -> Vec<Run> {
    let mut found = Vec::new();
    let mut start = 0;
    for piece in pieces {
        if start >= to {
            break;
        }
        let end = start + piece.text.len();
        let (a, b) = (from.max(start), to.min(end));
        if a < b || (start == end && from <= start && start < to) {
            let text = piece.text.slice(a - start..b - start);
            let whole = a == start && b == end;
            let span = if whole || piece.text.len() != piece.span.len() { piece.span } else { piece.span.slice(a - start, b - start) };
            // What can be added can be added as a whole only.
            let origin = if whole || !matches!(piece.origin, Origin::Absent { .. }) { piece.origin.clone() } else { Origin::Implied };
            found.push(Run { text, span, origin, spelling: piece.spelling });
        }
        start = end;
    }
    found
}

/// A chart's values, from the tree of its `values.yaml`; `path` names them in messages.
pub(super) fn from_tree(tree: &Tree<'_>, id: NodeId, document: &str, file: FileId, path: &str, budget: &Budget) -> Value {
    read(&Reader { tree, document, file, budget }, id, path, 64)
}

/// What values are read from.
struct Reader<'t> {
    tree: &'t Tree<'t>,
    document: &'t str,
    file: FileId,
    budget: &'t Budget,
}

fn read(from: &Reader<'_>, id: NodeId, path: &str, depth: u8) -> Value {
    let Reader { tree, document, file, budget } = *from;
    // A few aliases stand for billions of values, and each has its path by heart.
    let cost = NODE + path.len() + tree.scalar(id).map_or(0, |scalar| scalar.text.len());
    let Some(depth) = depth.checked_sub(1).filter(|_| budget.pays(cost)) else { return unknown("a value that is not read") };
    match tree.node(id) {
        Node::Scalar(scalar) => {
            if scalar.is_null() {
                return Value::Nil;
            }
            let origin = Origin::Default { variable: Arc::from(path) };
            let decoded = Decoded::new(scalar, document);
            let mut pieces: Vec<Run> = decoded.pieces(0..scalar.text.len(), &origin, file).into_iter().map(Run::from).collect();
            if pieces.is_empty() {
                pieces.push(Run { text: "".into(), span: decoded.span(0..0, file), origin, spelling: Spelling::Verbatim });
            }
            let text = Rc::new(pieces);
            match &*scalar.text {
                _ if !scalar.is_plain() => Value::Text(text),
                "true" | "True" => Value::Bool(true),
                "false" | "False" => Value::Bool(false),
                number => match number.parse::<f64>() {
                    Ok(value) if number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E')) => {
                        numeric(value, number, text)
                    }
                    _ => Value::Text(text),
                },
            }
        }
        Node::Mapping(_) => {
            let pair = |(key, value): (&str, NodeId)| (Rc::from(key), read(from, value, &format!("{path}.{key}"), depth));
            Value::Map(Held::new(tree.all_pairs(id).into_iter().map(pair).collect()))
        }
        Node::Sequence(_) => {
            let items = tree.items(id).iter().enumerate().map(|(index, item)| read(from, *item, &format!("{path}[{index}]"), depth));
            Value::List(Held::new(items.collect()))
        }
        Node::Alias(_) | Node::Dangling => unknown(path),
    }
}

/// The value that a text spells in YAML, each scalar with the bytes that the text has them from.
pub(super) fn from_text(text: &Value, name: &str, budget: &Budget) -> Value {
    let (plain, pieces) = (text.plain(), text.pieces());
    let Ok(tree) = Tree::read(&plain) else { return unknown(name) };
    let value = tree.root().map_or_else(|| Value::Map(Held::default()), |root| from_tree(&tree, root, &plain, NOWHERE.file, name, budget));
    carried(&value, &pieces)
}

impl Value {
    /// The values of a packed chart: each text is one that can be added, below `keys`, to those of the chart that it is packed in. An item of a list
    /// cannot, since lists replace each other as wholes.
    pub(super) fn absent(&self, keys: &[String]) -> Self {
        match self {
            Self::Map(pairs) => {
                let inner = |key: &Rc<str>| keys.iter().cloned().chain([key.to_string()]).collect::<Vec<_>>();
                Self::Map(Held::new(pairs.iter().map(|(key, value)| (Rc::clone(key), value.absent(&inner(key)))).collect()))
            }
            Self::Text(text) => {
                let at = Arc::new(Addition { keys: keys.to_vec(), style: Style::Instead, adds: Adds::Text });
                let whole: String = text.iter().map(|run| &*run.text).collect();
                Self::Text(Rc::new(vec![Run { origin: Origin::Absent { at }, spelling: Spelling::Encoded, ..Run::implied(whole) }]))
            }
            other => other.clone(),
        }
    }

    /// Visits each of its texts, in order.
    pub(super) fn each_text<'v>(&'v self, visit: &mut dyn FnMut(&'v Text)) {
        match self {
            Self::Text(text) | Self::Number(_, text) => visit(text),
            Self::Map(pairs) => pairs.iter().for_each(|(_, value)| value.each_text(visit)),
            Self::List(items) => items.iter().for_each(|item| item.each_text(visit)),
            Self::Nil | Self::Bool(_) | Self::Unknown(_) => {}
        }
    }

    /// The value with each of its texts as `change` makes it.
    pub(super) fn map_texts(&self, change: &dyn Fn(&Text) -> Text) -> Self {
        match self {
            Self::Text(text) => Self::Text(change(text)),
            Self::Number(number, text) => Self::Number(*number, change(text)),
            Self::Map(pairs) => Self::Map(Held::new(pairs.iter().map(|(key, value)| (Rc::clone(key), value.map_texts(change))).collect())),
            Self::List(items) => Self::List(Held::new(items.iter().map(|item| item.map_texts(change)).collect())),
            Self::Nil | Self::Bool(_) | Self::Unknown(_) => self.clone(),
        }
    }
}

fn carried(value: &Value, pieces: &[Run]) -> Value {
    value.map_texts(&|text: &Text| {
        let whole = text.iter().all(|piece| piece.text.len() == piece.span.len());
        let sources = text.iter().flat_map(|piece| slice(pieces, piece.span.start, piece.span.end));
        if whole {
            Rc::new(sources.collect())
        } else {
            Rc::new(vec![Run::implied(text.iter().map(|piece| &*piece.text).collect::<String>())])
        }
    })
}

/// A number prints as Go prints it: `1.10` becomes `1.1`, and then its bytes are not what is read.
fn numeric(value: f64, typed: &str, text: Text) -> Value {
    let printed = if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { value.to_string() };
    if printed == typed {
        return Value::Number(value, text);
    }
    match Value::Text(text).modified("number", |_| printed.clone()) {
        Value::Text(text) => Value::Number(value, text),
        other => other,
    }
}

impl Nests for Value {
    fn depth(&self) -> u16 {
        match self {
            Self::Map(pairs) => pairs.depth(),
            Self::List(items) => items.depth(),
            _ => 0,
        }
    }
}

impl Nests for (Rc<str>, Value) {
    fn depth(&self) -> u16 {
        self.1.depth()
    }
}

/// A template's variables, innermost last; `$` is the one without a name.
pub(super) type Variables = Vec<(Rc<str>, Value)>;

/// A whole number.
pub(super) fn number(number: i64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "only truth and size matter")]
    let value = number as f64;
    Value::Number(value, computed(number.to_string()).pieces())
}
