//! Owns the way from a rule file's tree to compiled mappings.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::automaton::Automaton;
use super::condition::{When, whole_regex};
use super::fault::{Quote, Voice};
use super::node::{Content, Node, Text, parse};
use super::one::{Cover, Digest, Flatten, Mapping, regex_start};
use super::own;
use super::pattern::{Pattern, Reach};
use super::template::{Tail, Template, Token, Var, Vars, fill, names};
use super::{Date, Fault, Place, SCHEMA, Source, Test, slip, targets};
use crate::reference::{Reference, Scheme};

/// A rule file, read but not compiled: its vars may come from another file.
#[derive(Clone, Debug)]
pub(crate) struct RuleFile {
    pub(crate) source: Arc<Source>,
    pub(crate) root: Node,
}

/// How many expressions a file may have.
const EXPRESSIONS: usize = 256;

/// After how many faults the mappings of a file are not looked at any further.
const FAULTS: usize = 64;

/// The layer of the command line.
pub(crate) const COMMAND_LINE: usize = 0;

/// Who compiles a file: where it stands among the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) file: usize,
    pub(crate) layer: usize,
}

impl RuleFile {
    /// Reads a rule file and checks its shape. Of a text that is none by its first key nothing is quoted: it may be any file, with any secret.
    pub(crate) fn read(source: Arc<Source>, faults: &mut Vec<Fault>) -> Self {
        let nothing = || Node { value: Content::Null, span: 0..0 };
        if !own::begins(&source.text) {
            let source = Arc::new(Source { text: String::new(), ..Source::clone(&source) });
            let fault = Fault::new(Place { source: Arc::clone(&source), span: 0..0 }, format!("`{}` is no rule file", source.name));
            faults.push(fault.help(format!("begin it with one of {}", own::keys())));
            return Self { root: nothing(), source };
        }
        let root = match parse(&source.text) {
            Ok(root) => root,
            Err((span, message)) => {
                let quote = if own::is_line(&source.text, span.start) { Quote::Lines } else { Quote::Nothing };
                let fault = Fault::new(Place { source: Arc::clone(&source), span }, message);
                faults.push(fault.label("this is no rule file from here on").quoting(quote));
                nothing()
            }
        };
        let file = Self { source, root };
        if !matches!(file.root.value, Content::Null) {
            file.typed(&file.root, &SCHEMA, "a rule file", faults);
        }
        file
    }

    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        Place { source: Arc::clone(&self.source), span: span.clone() }
    }

    /// A mapping as `--map` spells it, `FROM=TO`.
    pub(crate) fn of_option(source: Arc<Source>, faults: &mut Vec<Fault>) -> Self {
        let whole = 0..source.text.len();
        let Some((from, to)) = source.text.split_once('=') else {
            let fault = Fault::new(Place { source: Arc::clone(&source), span: whole.clone() }, "this is no mapping");
            faults.push(fault.label("expected FROM=TO, for example `lablup/=cr.backend.ai/stable/`"));
            return Self { source, root: Node { value: Content::Null, span: whole } };
        };
        let entry = |key: &str, text: &str, span: Range<usize>| {
            (Text { text: key.to_owned(), span: span.clone() }, Node { value: Content::Scalar(text.to_owned()), span })
        };
        let entries = vec![entry("from", from, 0..from.len()), entry("to", to, from.len() + 1..whole.end)];
        let mapping = Node { value: Content::Mapping(entries), span: whole.clone() };
        let mappings = Node { value: Content::Sequence(vec![mapping]), span: whole.clone() };
        let root = Content::Mapping(vec![(Text { text: "mappings".to_owned(), span: whole.clone() }, mappings)]);
        Self { root: Node { value: root, span: whole }, source }
    }

    /// The names under `vars`, with their own values.
    pub(crate) fn vars(&self) -> impl Iterator<Item = (&Text, Option<Var>)> {
        let entries = self.root.get("vars").map(|vars| &vars.value);
        let entries = if let Some(Content::Mapping(entries)) = entries { entries.as_slice() } else { &[] };
        let var = |value: &Node| value.text().map(|text| Var { place: self.place(&text.span), value: text.text });
        entries.iter().map(move |(name, value)| (name, var(value)))
    }

    /// What `read` makes of a text with its vars filled in. Where it could be read with something plain in the place of a var, the value of the
    /// var is at fault; else the text is: it `cannot`.
    pub(crate) fn filled<T>(
        &self,
        text: &Text,
        vars: &Vars,
        cannot: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Box<Fault>> {
        let why = match read(&fill(&text.text, vars)) {
            Ok(value) => return Ok(value),
            Err(why) => why,
        };
        let fits = |name: &str, value: &str| {
            let plain = |var: &Var| Vars::from([(name.to_owned(), Var { value: value.to_owned(), place: var.place.clone() })]);
            vars.get(name).is_some_and(|var| read(&fill(&fill(&text.text, &plain(var)), vars)).is_ok())
        };
        let name = names(&text.text).find(|name| ["x.invalid/x", "x"].iter().any(|value| fits(name, value)));
        let Some((name, var)) = name.and_then(|name| vars.get_key_value(name)) else {
            let place = self.place(&text.span);
            let any = |name: &str| (name.to_owned(), Var { value: "x.invalid".to_owned(), place: place.clone() });
            let reads = |plain: &str| read(&fill(&fill(plain, vars), &names(plain).map(any).collect())).is_ok();
            let help = slip::help(&text.text, reads);
            let fault = Fault::new(place.clone(), format!("`{}` {cannot}", text.text)).label(why);
            return Err(Box::new(Fault { help, ..fault }));
        };
        let fault = Fault::new(var.place.clone(), format!("the value of the var `{name}` does not fit where it is used")).label(why);
        let fault = fault.related(self.place(&text.span), format!("with it this {cannot}"));
        Err(Box::new(Fault { help: slip::help(&var.value, |plain| fits(name, plain)), ..fault }))
    }

    /// Compiles the mappings; those with a fault are left out.
    pub(crate) fn compile(&self, vars: &Vars, standing: Standing, faults: &mut Vec<Fault>) -> Vec<Mapping> {
        let mut mappings: Vec<Mapping> = Vec::new();
        let mut ids: BTreeMap<String, Place> = BTreeMap::new();
        let (mut expressions, before) = (0_usize, faults.len());
        for node in self.root.get("mappings").map(Node::items).unwrap_or_default() {
            if faults.len() - before > FAULTS {
                let fault = Fault::new(self.place(&node.span), format!("more than {FAULTS} faults in the mappings of this file"));
                faults.push(fault.label("not looked at from here on").help("mend those above first"));
                break;
            }
            expressions += usize::from(node.get("match").is_some());
            if let Some(pattern) = node.text_at("match").filter(|_| expressions > EXPRESSIONS) {
                if expressions == EXPRESSIONS + 1 {
                    let fault = Fault::new(self.place(&pattern.span), format!("more than {EXPRESSIONS} mappings with `match`"));
                    faults.push(fault.label("each takes much memory").help("write prefixes and wildcards as `from`"));
                }
                continue;
            }
            if let Some(id) = node.text_at("id") {
                let place = self.place(&id.span);
                if let Some(first) = ids.get(&id.text) {
                    let fault = Fault::new(place, format!("the id `{}` is there twice", id.text));
                    faults.push(fault.label("used again here").related(first.clone(), "used first here"));
                } else {
                    ids.insert(id.text, place);
                }
            }
            let mut compiler = Compiler { file: self, vars, faults };
            match node.text_at("kind").map(|kind| kind.text).as_deref() {
                Some("chart") => mappings.extend(compiler.chart(node, standing)),
                _ => mappings.extend(compiler.mapping(node, standing)),
            }
        }
        mappings
    }

    /// The file's tests, those of its mappings included.
    pub(crate) fn tests(&self, vars: &Vars, faults: &mut Vec<Fault>) -> Vec<Test> {
        let of_mappings = self.root.get("mappings").map(Node::items).unwrap_or_default().iter().filter_map(|node| node.get("tests"));
        let nodes = of_mappings.chain(self.root.get("tests")).flat_map(Node::items);
        nodes.filter_map(|node| Compiler { file: self, vars, faults }.test(node)).collect()
    }
}

/// What is read of one file, with the values of its vars.
pub(super) struct Compiler<'a> {
    pub(super) file: &'a RuleFile,
    pub(super) vars: &'a Vars,
    pub(super) faults: &'a mut Vec<Fault>,
}

impl Compiler<'_> {
    pub(super) fn fault(&self, span: &Range<usize>, message: impl Into<String>) -> Fault {
        Fault::new(self.file.place(span), message)
    }

    fn wrong(&mut self, text: &Text, key: &str, why: String) {
        self.faults.push(self.fault(&text.span, format!("`{}` cannot be read as `{key}`", text.text)).label(why));
    }

    pub(super) fn filled<T>(&mut self, text: &Text, key: &str, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let read = self.file.filled(text, self.vars, &format!("cannot be read as `{key}`"), read);
        read.map_err(|fault| self.faults.push(*fault)).ok()
    }

    pub(super) fn mapping(&mut self, node: &Node, standing: Standing) -> Option<Mapping> {
        let Content::Mapping(entries) = &node.value else { return None };
        let here = entries.first().map_or_else(|| node.span.clone(), |(key, _)| key.span.clone());
        let (from, cover) = self.cover(node, &here)?;
        let digest = node.text_at("digest").and_then(|word| word.text.parse().ok());
        let flatten = node.text_at("flatten").and_then(|text| match text.text.as_str() {
            "all" => Some((text.span, Flatten::All)),
            levels => levels.parse().ok().map(|levels| (text.span, Flatten::Levels(levels))),
        });
        let to = node.texts_at("to");
        if to.is_empty() && node.get("to").is_some_and(|to| matches!(to.value, Content::Sequence(_))) {
            self.faults.push(self.fault(&here, "a mapping without `to`").label("expected `to`: what the references become"));
        }
        let mut templates: Vec<_> = to.iter().filter_map(|text| self.template(text, &cover)).collect();
        if let Some((span, _)) = flatten.as_ref().filter(|_| templates.iter().any(|to| to.tail == Tail::Whole)) {
            self.faults.push(
                self.fault(span, "`flatten` shortens what a prefix leaves over, and here nothing is")
                    .label("expected `from` and `to` to be prefixes"),
            );
        }
        let changing = to.iter().zip(&templates).find(|(_, template)| changes(template, &cover));
        // `--map` has no words for it: there a digest that the target may not share is left to people.
        let digest = digest.or_else(|| (standing.layer == COMMAND_LINE && changing.is_some()).then_some(Digest::Refuse));
        if let (None, Some(changing)) = (digest, changing) {
            let fault = self.fault(&changing.0.span, "a mapping that changes the tag or the image must say what happens to a digest");
            let fault = fault.label("expected `digest: keep`, `drop` or `refuse` beside it");
            self.faults.push(fault.help("`drop` when the target is built anew; `refuse` to decide by hand"));
        }
        let (exceptions, except) = self.exceptions(node);
        let when = self.when(node);
        let file = self.file;
        if templates.len() != to.len() || templates.is_empty() {
            return None;
        }
        let targets = to
            .iter()
            .zip(&templates)
            .filter_map(|(text, template)| targets::pattern(template).ok().map(|pattern| (file.place(&text.span), pattern)));
        let mut targets: Vec<_> = targets.collect();
        // Most have one candidate, and a rule file has many mappings.
        templates.shrink_to_fit();
        targets.shrink_to_fit();
        let id = node.text_at("id").map_or_else(|| from.text.clone(), |id| id.text);
        let voice = |text: &Text| {
            let values = names(&text.text).filter_map(|name| self.vars.get(name)).map(|var| var.place.source.voice);
            values.fold(file.source.voice, Voice::max)
        };
        let voices = (voice(&from), to.iter().map(voice).collect());
        Some(Mapping {
            id: id.into(),
            place: file.place(&from.span),
            from: from.text,
            to: to.into_iter().map(|text| text.text).collect(),
            except,
            about: node.text_at("about").map(|about| about.text),
            message: node.text_at("message").map(|message| message.text),
            link: node.text_at("link").map(|link| link.text),
            until: node.text_at("until").and_then(|day| Date::parse(&day.text)),
            digest: digest.unwrap_or_default(),
            flatten: flatten.map(|(_, flatten)| flatten),
            charts: None,
            retired: None,
            layer: standing.layer,
            file: standing.file,
            voices,
            cover,
            templates,
            targets,
            exceptions,
            when,
        })
    }

    fn cover(&mut self, node: &Node, here: &Range<usize>) -> Option<(Text, Cover)> {
        match (node.text_at("from"), node.text_at("match")) {
            (Some(_), Some(second)) => {
                self.faults.push(self.fault(&second.span, "a mapping with both `from` and `match`").label("expected one of them"));
                None
            }
            (Some(from), None) => {
                let pattern = self.filled(&from, "from", Pattern::parse)?;
                Some((from, Cover::Pattern(pattern)))
            }
            (None, Some(pattern)) => match whole_regex(&pattern.text) {
                Ok(regex) => {
                    let start = regex_start(&pattern.text);
                    let automaton = Arc::new(Automaton::new(regex.as_str()));
                    Some((pattern, Cover::Regex { regex, start, automaton }))
                }
                Err(why) => {
                    self.wrong(&pattern, "match", why);
                    None
                }
            },
            // Where a key is there with something else in it, the shape has said so.
            (None, None) if node.get("from").or_else(|| node.get("match")).is_none() => {
                self.faults.push(self.fault(here, "a mapping without `from`").label("expected `from`: what it covers"));
                None
            }
            (None, None) => None,
        }
    }

    fn template(&mut self, text: &Text, cover: &Cover) -> Option<Template> {
        let captures: Vec<&str> = match cover {
            Cover::Pattern(pattern) => pattern.captures().collect(),
            Cover::Regex { regex, .. } => regex.capture_names().flatten().collect(),
        };
        let template = self.filled(text, "to", |filled| Template::parse(&text.text, filled, &captures))?;
        let prefix = matches!(cover, Cover::Pattern(pattern) if pattern.reach == Reach::Prefix);
        let folds = !template.uses(&Token::Path) && !template.uses(&Token::Name);
        if template.tail == Tail::Append && !prefix {
            let fault = self.fault(&text.span, format!("`{}` is a prefix, and `from` leaves nothing over to append", text.text));
            let fault = fault.label("expected a repository, as `from` is no prefix");
            self.faults.push(fault.help(format!("write `{}{{name}}`", text.text)));
            return None;
        }
        if template.tail == Tail::Whole && prefix && folds {
            let fault = self.fault(&text.span, format!("`{}` makes one image of all that `from` covers", text.text));
            let fault = fault.label("expected a prefix (`…/`), or a template with `{path}` or `{name}`");
            self.faults.push(fault.help(format!("write `{}/`", text.text)));
            return None;
        }
        Some(template)
    }

    pub(super) fn exceptions(&mut self, node: &Node) -> (Vec<(Place, Pattern)>, Vec<String>) {
        let exception = |text: Text| {
            let pattern = self.filled(&text, "except", Pattern::parse)?;
            Some(((self.file.place(&text.span), pattern), text.text))
        };
        node.texts_at("except").into_iter().filter_map(exception).unzip()
    }

    /// The conditions of `when`.
    pub(super) fn when(&mut self, node: &Node) -> When {
        let file = self.file;
        let unread = |span, why| self.faults.push(Fault::new(file.place(&span), "this condition cannot be read").label(why));
        node.get("when").map(|when| When::read(when, unread)).unwrap_or_default()
    }

    fn test(&mut self, node: &Node) -> Option<Test> {
        let given = node.text_at("given")?;
        let (scheme, reference) = self.filled(&given, "given", |filled| {
            if let Some(name) = names(filled).next() {
                return Err(format!("`{{{name}}}` is no var of this file"));
            }
            let (scheme, name) = Scheme::split(filled).map_or((None, filled), |(scheme, rest)| (Some(scheme), rest));
            Reference::parse(name).map(|reference| (scheme, reference)).map_err(|error| error.to_string())
        })?;
        let want = node.texts_at("want");
        let listed = node.get("want").is_some_and(|want| matches!(want.value, Content::Sequence(_)));
        let at = want.first().map_or_else(|| given.span.clone(), |want| want.span.clone());
        let text = |key| node.text_at(key).map(|text| text.text).unwrap_or_default();
        Some(Test {
            place: self.file.place(&at),
            given: reference,
            scheme,
            want: want.iter().map(|want| fill(&want.text, self.vars)).collect(),
            listed,
            format: text("format"),
            file: text("file"),
            class: text("class").parse().unwrap_or_default(),
        })
    }
}

/// Whether a candidate has another tag or another image than the reference.
fn changes(template: &Template, cover: &Cover) -> bool {
    let pattern = match cover {
        Cover::Pattern(pattern) => Some(pattern),
        Cover::Regex { .. } => None,
    };
    let tag = template.tag.as_deref().is_some_and(|tag| {
        let same = pattern.and_then(Pattern::literal_tag).is_some_and(|from| tag == [Token::Text(from)]);
        tag != [Token::Tag] && !same
    });
    tag || template.digest.is_some() || changes_image(template, pattern)
}

/// Whether the last segment is another.
fn changes_image(template: &Template, pattern: Option<&Pattern>) -> bool {
    if template.tail == Tail::Append {
        return false;
    }
    match template.name.last() {
        // What a capture or a part ends in is of the source.
        Some(Token::Path | Token::Name | Token::Capture(_)) => false,
        Some(Token::Text(text)) => {
            let last = text.rsplit('/').next().unwrap_or_default();
            pattern.and_then(Pattern::last_segment).as_deref() != Some(last)
        }
        Some(Token::Tag) | None => true,
    }
}
