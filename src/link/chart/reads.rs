//! Owns which of its values a template read: with values that say the same there it prints the same, so that it is not executed again.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use super::changes::Changes;
use super::job::{Deployment, Job};
use super::value::{Run, Text, Value, computed};

/// Executions of one template that are remembered: most layers change nothing that it reads, and those that do are few.
const REMEMBERED: usize = 8;

/// Values in one that are looked at for what was changed in it.
const LOOKED_AT: usize = 1 << 14;

/// Values that are looked at for all executions of a chart: behind them each template is executed.
const LOOKED_AT_IN_ALL: usize = 1 << 23;

/// What an execution read of the values of its chart.
#[derive(Debug)]
pub(super) struct Reads {
    /// Where the chart's values lie in memory, and what was made of all of them: what has a name there is what has that name in the values, or not of them.
    values: HashSet<usize>,
    /// They, and what holds them: of these nobody reads anything but by a name.
    holders: HashSet<usize>,
    /// The names that were read; nothing, where all of the values were.
    names: Option<BTreeSet<Box<str>>>,
}

impl Reads {
    /// Of an execution with that `.`, which may have been changed.
    pub(super) fn of(dot: &Value, changes: &Changes) -> Self {
        let values = values_of(dot, changes);
        let holders = [&values, &dot.get("Values"), dot, &changes.current(dot.clone())].into_iter().filter_map(address).collect();
        // What is no mapping is read in any way.
        Self { values: address(&values).into_iter().collect(), holders, names: address(&values).map(|_| BTreeSet::new()) }
    }

    /// Notes that what has that name in a mapping is read.
    pub(super) fn follow(&mut self, from: &Value, name: &str) {
        if self.names.as_ref().is_some_and(|names| is_one_of(from, &self.values) && !names.contains(name)) {
            self.names.get_or_insert_default().insert(name.into());
        }
    }

    /// Notes that a value is looked at as a whole.
    pub(super) fn whole(&mut self, value: &Value) {
        if is_one_of(value, &self.holders) {
            self.names = None;
        }
    }

    /// Notes what a function of that name does with its arguments.
    pub(super) fn handed(&mut self, function: &str, arguments: &[Value]) {
        let is_values = |value: &Value| is_one_of(value, &self.values);
        if self.names.is_none() || !arguments.iter().any(|value| is_one_of(value, &self.holders)) {
            return;
        }
        match (function, arguments) {
            ("index" | "get" | "hasKey", [from, key, ..]) if is_values(from) => self.named(key),
            // They hand it on, or read what holds it.
            ("include" | "tpl" | "dict" | "list" | "tuple" | "set" | "unset" | "get" | "hasKey" | "first" | "last", _)
            | ("index", [_, _]) => {}
            // What holds others is not empty.
            ("not" | "empty" | "default" | "ternary", _) if !arguments.iter().any(is_values) => {}
            ("deepCopy", [from]) if is_values(from) => {}
            ("merge" | "mergeOverwrite", _) => self.merged(arguments),
            _ => self.names = None,
        }
    }

    /// Notes that what has a name that was found is read.
    fn named(&mut self, key: &Value) {
        match key.plain() {
            name if name.is_empty() || name.contains('.') || key.is_hidden() => self.names = None,
            name => {
                self.names.iter_mut().for_each(|names| _ = names.insert(name.as_str().into()));
            }
        }
    }

    /// Notes that what has one name in several mappings is made one.
    fn merged(&mut self, mappings: &[Value]) {
        let (held, others): (Vec<&Value>, Vec<&Value>) = mappings.iter().partition(|value| is_one_of(value, &self.holders));
        let keys = others.iter().flat_map(|other| if let Value::Map(pairs) = other { pairs.as_slice() } else { &[] }).map(|(key, _)| key);
        match held.as_slice() {
            [values] if is_one_of(values, &self.values) => keys.for_each(|key| self.named(&computed(Rc::clone(key)))),
            [Value::Map(pairs)] if !keys.clone().any(|key| pairs.under(key).is_some_and(|value| is_one_of(value, &self.holders))) => {}
            _ => self.names = None,
        }
    }

    /// Notes what a function of that name made of its arguments.
    pub(super) fn made(&mut self, function: &str, arguments: &[Value], value: &Value) {
        let first = arguments.first().into_iter();
        let is_all_of_them = match function {
            "set" | "unset" | "deepCopy" => first.clone().any(|first| is_one_of(first, &self.values)),
            "merge" | "mergeOverwrite" => arguments.iter().any(|argument| is_one_of(argument, &self.values)),
            _ => false,
        };
        let holds = matches!(function, "dict" | "list" | "tuple" | "set" | "unset" | "merge" | "mergeOverwrite")
            && arguments.iter().any(|argument| is_one_of(argument, &self.holders));
        self.values.extend(address(value).filter(|_| is_all_of_them));
        self.holders.extend(address(value).filter(|_| is_all_of_them || holds));
    }
}

fn is_one_of(value: &Value, places: &HashSet<usize>) -> bool {
    address(value).is_some_and(|address| places.contains(&address))
}

/// What was executed of a chart's templates.
#[derive(Default)]
pub(super) struct Executed {
    /// By the number of the template and the keys of its chart: the last executions.
    known: HashMap<(usize, Rc<[String]>), VecDeque<Execution>>,
    /// Whether executions may be like each other.
    is_asked: bool,
    now: Now,
    /// Values that may still be looked at.
    left: usize,
}

struct Execution {
    /// What it read, by its name, as it was then.
    read: Vec<(Rc<str>, Value)>,
    /// What it printed beside images.
    printed: u64,
}

/// The values of a deployment, as its templates have changed them by now.
#[derive(Default)]
struct Now {
    deployment: usize,
    /// Whether they have.
    is_changed: bool,
    /// Those that somebody asked for, by their names; nothing, where there is too much in one.
    known: HashMap<Rc<str>, Option<Value>>,
    /// How many changes there were before the template that is executed.
    changes: usize,
}

impl Executed {
    /// Nothing yet of these.
    pub(super) fn of(jobs: &[Job]) -> Self {
        Self { is_asked: jobs.iter().any(|job| job.of == Deployment::Layered), left: LOOKED_AT_IN_ALL, ..Self::default() }
    }

    /// What was printed beside images by an execution of which this one would read the same.
    pub(super) fn like(&mut self, job: &Job, changes: &Changes) -> Option<u64> {
        if self.now.deployment != job.deployment {
            self.now = Now { deployment: job.deployment, ..Now::default() };
        }
        let known = self.known.get_mut(&(job.template, Rc::clone(&job.keys)))?;
        let values = values_of(&job.dot, changes);
        let (now, left) = (&mut self.now, &mut self.left);
        let mut is_as_now =
            |(name, value): &(Rc<str>, Value)| now.at(&values, name, changes, left).is_some_and(|now| is_same(value, &now, left));
        let found = known.iter().position(|before| before.read.iter().all(&mut is_as_now)).and_then(|found| known.remove(found))?;
        let printed = found.printed;
        known.push_front(found);
        Some(printed)
    }

    /// What notes what is read, where somebody may read the same.
    pub(super) fn reads(&mut self, job: &Job, changes: &Changes) -> Option<Reads> {
        self.now.changes = changes.count();
        self.is_asked.then(|| Reads::of(&job.dot, changes))
    }

    /// Remembers what an execution read and printed; not one that changed the values for all that come behind it.
    pub(super) fn add(&mut self, job: &Job, reads: Option<Reads>, changes: &Changes, printed: u64) {
        let Some(reads) = reads else { return };
        if changes.are_in(&job.dot, self.now.changes, &mut self.left) {
            (self.now.is_changed, self.now.known) = (true, HashMap::new());
            return;
        }
        let values = values_of(&job.dot, changes);
        let read = |name: Box<str>| {
            let name = Rc::from(name);
            let value = self.now.at(&values, &name, changes, &mut self.left)?;
            Some((name, value))
        };
        if let Some(read) = reads.names.and_then(|names| names.into_iter().map(read).collect()) {
            let known = self.known.entry((job.template, Rc::clone(&job.keys))).or_default();
            known.truncate(REMEMBERED - 1);
            known.push_front(Execution { read, printed });
        }
    }
}

impl Now {
    /// What has that name in the values.
    fn at(&mut self, values: &Value, name: &Rc<str>, changes: &Changes, left: &mut usize) -> Option<Value> {
        let fields = || name.split('.').filter(|field| !field.is_empty());
        if !self.is_changed {
            return Some(fields().fold(values.clone(), |value, field| value.get(field)));
        }
        let found = || {
            let value = fields().fold(values.clone(), |value, field| changes.current(value.get(field)));
            let most = LOOKED_AT.min(*left);
            let mut own = most;
            let found = changes.whole(&value, &mut own);
            *left -= most - own;
            found
        };
        self.known.entry(Rc::clone(name)).or_insert_with(found).clone()
    }
}

/// The values of a chart by now.
fn values_of(dot: &Value, changes: &Changes) -> Value {
    changes.current(changes.current(dot.clone()).get("Values"))
}

fn address(value: &Value) -> Option<usize> {
    match value {
        Value::Map(held) => Some(held.address()),
        Value::List(held) => Some(held.address()),
        _ => None,
    }
}

/// Whether both say the same, by the same bytes, as far as what is `left` to be looked at tells.
fn is_same(one: &Value, other: &Value, left: &mut usize) -> bool {
    let Some(less) = left.checked_sub(1) else { return false };
    *left = less;
    match (one, other) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Number(_, one), Value::Number(_, other)) | (Value::Text(one), Value::Text(other)) => is_same_text(one, other),
        (Value::Map(one), Value::Map(other)) => {
            let is_same_at = |at: usize| match (one.get(at), other.get(at)) {
                (Some((key, one)), Some((name, other))) => key == name && is_same(one, other, left),
                _ => false,
            };
            one.is_shared_with(other) || one.len() == other.len() && (0..one.len()).all(is_same_at)
        }
        (Value::List(one), Value::List(other)) => {
            one.is_shared_with(other)
                || one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| is_same(one, other, left))
        }
        (Value::Unknown(one), Value::Unknown(other)) => one == other,
        _ => false,
    }
}

fn is_same_text(one: &Text, other: &Text) -> bool {
    let is_same_run = |(one, other): (&Run, &Run)| {
        one.span == other.span && one.origin == other.origin && one.spelling == other.spelling && *one.text == *other.text
    };
    Rc::ptr_eq(one, other) || one.len() == other.len() && one.iter().zip(other.iter()).all(is_same_run)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::held::Held;
    use super::super::{Budget, Chart, ChartFile, Layer, Readings, Rendering};
    use super::{Changes, Value, is_same};
    use crate::format::Formats;
    use crate::text::{FileId, Span};

    const VALUES: &str = "web: {image: acme/web, off: acme/off, on: true}\nglobal: {hub: quay.io}\nlist: [acme/one]\nother: 1\nnone: {}\n";

    /// What is laid over the values: nothing that a template reads, and all kinds of what one may.
    const LAYERS: [&str; 11] = [
        "other: 2\n",
        "other: 3\nmore: acme/more\n",
        "web: {image: acme/other}\n",
        "web: {more: acme/more}\n",
        "web: {on: false}\n",
        "web: {image: null}\n",
        "global: {hub: ghcr.io}\n",
        "list: [acme/two]\n",
        "none: {image: acme/none}\n",
        "web: {image: acme/web}\n",
        "late: acme/late\n",
    ];

    /// Ways to come to a value, each with helpers; `%` stands where an image does.
    const WAYS: [&str; 45] = [
        "{{ .Values.web.image }}",
        "{{ $root := . }}{{ $root.Values.web.image }}",
        "{{ $values := .Values }}{{ $values.web.image }}",
        "{{ with .Values }}{{ .web.image }}{{ end }}",
        "{{ with .Values.web }}{{ .image }}{{ end }}",
        "{{ index .Values \"web\" \"image\" }}",
        "{{ index .Values.web \"image\" }}",
        "{{ get .Values \"late\" }}",
        "{{ (get .Values \"web\").image }}",
        "{{ if hasKey .Values \"late\" }}acme/is{{ else }}acme/not{{ end }}",
        "{{ dig \"web\" \"image\" \"acme/x\" .Values }}",
        "{{ (pick .Values \"web\").web.image }}",
        "{{ include \"image\" . }}",
        "{{ include \"image\" (dict \"Values\" .Values) }}",
        "{{ include \"within\" (dict \"a\" (dict \"root\" $)) }}",
        "{{ include \"within\" (dict \"a\" (set (dict) \"root\" $)) }}",
        "{{ include \"first\" (list . 1) }}",
        "{{ (first (list . 1)).Values.web.image }}",
        "{{ (index (list .Values | toYaml | fromYamlArray) 0).web.image }}",
        "{{ range list .Values }}{{ .web.image }}{{ end }}",
        "{{ tpl \"{{ .Values.web.image }}\" . }}",
        "{{ range $key, $value := .Values }}{{ if eq $key \"late\" }}{{ $value }}{{ end }}{{ end }}/x",
        "{{ range .Values.list }}{{ . }}{{ end }}",
        "{{ (.Values | toYaml | fromYaml).web.image }}",
        "{{ .Values.global.hub }}/{{ .Values.web.image }}",
        "{{ $_ := set .Values.web \"image\" (.Values.late | default \"acme/set\") }}{{ .Values.web.image }}",
        "{{ $_ := set .Values \"late\" .Values.web.image }}{{ .Values.late }}",
        "{{ $_ := set . \"Values\" (dict \"web\" .Values.web) }}{{ .Values.web.image }}",
        "{{ $_ := set .Values \"self\" .Values }}{{ .Values.self.self.web.image }}",
        "{{ $_ := mergeOverwrite .Values.none (dict \"image\" .Values.web.image) }}{{ .Values.none.image }}",
        "{{ (merge (dict) .Values.none .Values.web).image }}",
        "{{ $values := set (deepCopy .Values) \"other\" 5 }}{{ $values.web.image }}",
        "{{ $values := set (deepCopy .Values) \"web\" .Values.none }}{{ $values.web.image | default \"acme/no\" }}",
        "{{ $values := merge (dict \"other\" 5) .Values }}{{ $values.web.image }}",
        "{{ $values := merge (dict \"late\" \"\") .Values }}{{ $values.late | default \"acme/no\" }}",
        "{{ $values := mergeOverwrite (deepCopy .Values) (dict \"late\" \"\") }}{{ $values.late | default .Values.web.image }}",
        "{{ include \"image\" (merge (dict \"more\" 1) .) }}",
        "{{ include \"image\" (merge (dict \"Values\" (dict \"web\" (dict \"image\" \"\"))) .) }}",
        "{{ include \"image\" (mergeOverwrite (dict \"more\" 1) (deepCopy .)) }}",
        "{{ include \"image\" (pick . \"Values\") }}",
        "{{ (index . \"Values\" \"web\").image }}",
        "{{ (get . \"Values\").web.image }}",
        "{{ ((. | default dict).Values).web.image }}",
        "{{ if empty (omit .Values \"web\" \"global\" \"list\" \"other\" \"none\") }}acme/is{{ else }}acme/not{{ end }}",
        "{{ ternary .Values.web.image \"acme/b\" (empty .Values.none) }}",
    ];

    const HELPERS: &str = r#"{{ define "image" }}{{ .Values.web.image }}{{ end }}
{{ define "within" }}{{ .a.root.Values.web.image }}{{ end }}
{{ define "first" }}{{ (index . 0).Values.web.image }}{{ end }}"#;

    /// The references that a chart prints with each of these stacks, all at once or each by itself.
    fn printed(templates: &[String], stacks: &[&[usize]], at_once: bool) -> BTreeSet<String> {
        let file = |path, number, text: &'static str| ChartFile { path, file: FileId(number), bytes: text.as_bytes() };
        let layer = |at: &usize| Layer::File(file("layer.yaml", 100 + u32::try_from(*at).unwrap(), LAYERS[*at]));
        let all: Vec<Vec<Layer<'_>>> = stacks.iter().map(|stack| stack.iter().map(layer).collect()).collect();
        let templates =
            (2..).zip(templates).map(|(number, text)| ChartFile { path: "templates/a.yaml", file: FileId(number), bytes: text.as_bytes() });
        let templates: Vec<_> = templates.chain([file("templates/_h.tpl", 1, HELPERS)]).collect();
        let together = if at_once { vec![all] } else { all.into_iter().map(|stack| vec![stack]).collect() };
        let images = together.into_iter().flat_map(|stacks| {
            let values = Some(file("values.yaml", 0, VALUES));
            let named = Some(Span::new(FileId(0), 0..0));
            let chart = Chart { values, named, stacks, templates: templates.clone(), ..Chart::default() };
            Rendering::new(&chart, &Readings::of(&chart)).images(&Formats::builtin(), &Budget::default()).on
        });
        images.map(|image| format!("{:?}", image.pieces)).collect()
    }

    #[test]
    fn behind_what_may_be_looked_at_nothing_is_the_same() {
        let list = |length: usize| Value::List(Held::new(vec![Value::Nil; length]));
        let is_told = |left: usize| is_same(&list(9), &list(9), &mut { left });
        assert!(is_told(10) && !is_told(9) && !is_told(0));
        let held = Value::List(Held::new(vec![list(9)]));
        let changes = Changes::default();
        let (was, is) = (Value::Map(Held::default()), Value::Map(Held::default()));
        changes.note(&was, &is);
        assert!(!changes.are_in(&held, 0, &mut 20) && changes.are_in(&held, 0, &mut 5), "what may be changed is taken for it");
    }

    #[test]
    fn many_layers_print_what_each_prints_by_itself() {
        let template = |way: &&str| format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: {way}\n");
        let stacks: Vec<&[usize]> = vec![&[0], &[1], &[2], &[0, 3], &[4], &[5], &[6], &[7], &[8], &[9], &[10], &[1, 10], &[2, 6], &[0]];
        let mut moved = BTreeSet::new();
        for way in &WAYS {
            let templates = [template(way)];
            let alone = printed(&templates, &stacks, false);
            assert!(!alone.is_empty(), "{way}");
            assert_eq!(printed(&templates, &stacks, true), alone, "{way}");
            moved.extend((alone.len() > 1).then_some(*way));
        }
        assert!(moved.len() > 35, "{moved:?}");
        // Templates of one chart, of which some change what the others read.
        for all in [WAYS.iter().rev().map(template).collect::<Vec<_>>(), WAYS.iter().map(template).collect()] {
            assert_eq!(printed(&all, &stacks, true), printed(&all, &stacks, false));
            for pair in all.windows(2) {
                assert_eq!(printed(pair, &stacks, true), printed(pair, &stacks, false), "{pair:?}");
            }
        }
    }
}
