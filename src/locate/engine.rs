//! Owns the choice of the engine for a document, and of the format for each document of a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::doc::{Broken, Source, Tree, documents, is_of, lenient, read, readable, same_length_text, split, visit};
use super::dockerfile::BuildArgs;
use super::evidence::evidence;
use super::template::{
    Action, ActionKind, WORD, actions, branches, closed, has_marks, mask, mask_lines, strings, tag_name, tag_ranges, tags,
};
use super::{Fault, File, Found, Linked, Located, PLACES, Variable, class, glance};
use crate::format::{Engine, Format, Formats, Interpolation, Site};
use crate::occurrence::{Caution, Class, Confidence, Keep, Occurrence, Origin, Piece, Spelling};
use crate::text::{FileId, Span};

/// What every document of a file is read with.
#[derive(Clone, Copy)]
pub(super) struct Context<'c> {
    /// The file that spans name.
    pub(super) file: FileId,
    /// All formats, for documents inside others.
    pub(super) formats: &'c Formats,
    /// What other files give to this one.
    pub(super) linked: &'c Linked,
    /// How deep the document lies inside others.
    pub(super) depth: u8,
    /// Why nothing in it is edited.
    pub(super) keep: Option<Keep>,
    /// A document of the file that was read before.
    pub(super) known: Option<&'c Known<'c>>,
}

/// A YAML document that was read.
pub(crate) struct Known<'a> {
    /// Its text.
    pub(crate) text: &'a str,
    /// What was read.
    pub(crate) tree: Tree<'a>,
}

/// Finds the references of a file that stands alone.
#[must_use]
pub fn locate(file: &File<'_>, formats: &Formats) -> Located {
    locate_known(file, formats, None)
}

/// Finds the references of a file, some of whose pieces stand in other files.
#[must_use]
pub fn locate_linked(file: &File<'_>, formats: &Formats, linked: &Linked) -> Located {
    located_by(&formats.of_file(file.path, file.surroundings), file, formats, linked, None)
}

/// Finds the references of a file that stands alone, one of whose documents was read before.
pub(crate) fn locate_known(file: &File<'_>, formats: &Formats, known: Option<&Known<'_>>) -> Located {
    located_by(&formats.of_file(file.path, file.surroundings), file, formats, &Linked::default(), known)
}

/// Finds the references of a file that is known to be of one format, whatever its name is.
#[must_use]
pub fn locate_as(file: &File<'_>, formats: &Formats, linked: &Linked, id: &str) -> Located {
    let format: Vec<&Arc<Format>> = formats.get(id).into_iter().collect();
    located_by(&format, file, formats, linked, None)
}

/// Finds the references among the variables of a file, which is no document of any format: those that the position `variable` of the format
/// `id` means.
#[must_use]
pub fn locate_variables(file: &File<'_>, variables: &BTreeMap<String, Variable>, formats: &Formats, id: &str) -> Located {
    let Some((format, site)) = formats.get(id).and_then(|format| Some((format, format.site_at("variable")?))) else {
        return Located::default();
    };
    let mut located = Located::default();
    let is_meant = |name: &str| site.before.as_ref().is_none_or(|before| before.is_match(name));
    for (name, variable) in variables.iter().filter(|(name, _)| is_meant(name)) {
        let Some(text) = &variable.text else { continue };
        let piece = Piece { text: text.clone(), span: variable.span, origin: Origin::Literal, spelling: variable.spelling };
        let (confidence, cautions) = (Confidence::High, Vec::new());
        let found = Found { at: "variable", place: variable.span, pieces: vec![piece], platform: None, confidence, cautions };
        let mut occurrence = at_site(found, site, format);
        occurrence.class = class::of_path(file.path).unwrap_or(occurrence.class);
        if let Some(sure) = evidence(&occurrence, site.table.guard, Interpolation::None, name) {
            occurrence.confidence = occurrence.confidence.max(sure);
            located.occurrences.push(occurrence);
        }
    }
    located.sort();
    located
}

fn located_by(claimed: &[&Arc<Format>], file: &File<'_>, formats: &Formats, linked: &Linked, known: Option<&Known<'_>>) -> Located {
    let claimed: Vec<&Arc<Format>> = claimed.iter().copied().filter(|format| format.may_be_in(file.bytes)).collect();
    let is_written = class::is_generated(file.path, file.bytes);
    let generated = is_written || claimed.iter().any(|format| format.is_generated(file.path));
    let context = Context { file: file.id, formats, linked, depth: 0, keep: generated.then_some(Keep::Generated), known };
    // The formats are asked in their order; those that follow one another and have one engine read the file together.
    let mut runs = claimed.chunk_by(|a, b| a.table.engine == b.table.engine);
    let mut broken = None;
    let mut known = |run: &[&Arc<Format>]| {
        let found = ask(run, file.bytes, context)?;
        // Any text can be read as a broken Dockerfile: another format may know better.
        let is_dockerfile = run.first().is_some_and(|format| format.table.engine == Engine::Dockerfile);
        if is_dockerfile && found.occurrences.is_empty() {
            broken.get_or_insert(found);
            return None;
        }
        Some(found)
    };
    let mut located = runs.find_map(&mut known).or(broken).unwrap_or_default();
    for occurrence in &mut located.occurrences {
        occurrence.class = class::of_path(file.path).unwrap_or(occurrence.class);
        if is_written {
            occurrence.class = Class::Generated;
        }
        // Nearly all have fewer than there is room for.
        occurrence.pieces.shrink_to_fit();
    }
    located.sort();
    located.keep_within(PLACES, file.id);
    located
}

/// What formats of one engine find in a text; `None` when none of them knows anything of it.
fn ask(formats: &[&Arc<Format>], bytes: &[u8], context: Context<'_>) -> Option<Located> {
    let format = formats.first()?;
    match format.table.engine {
        Engine::Dockerfile => Some(dockerfile(bytes, context, format)),
        // What no document holds is found by its search.
        Engine::Text => None,
        Engine::Template => Some(template(&same_length_text(bytes), format, context)),
        engine => stream(engine, &same_length_text(bytes), formats, context),
    }
}

/// Finds the references of a document inside another; spans count from its first byte.
pub(super) fn inside(text: &str, format: &Arc<Format>, context: Context<'_>) -> Located {
    ask(&[format], text.as_bytes(), context).unwrap_or_default()
}

/// Finds the references of a text that is in no file.
pub(crate) fn inside_text(text: &str, file: FileId, format: &Arc<Format>, formats: &Formats) -> Located {
    inside(text, format, Context { file, formats, linked: &Linked::default(), depth: 0, keep: None, known: None })
}

/// A Dockerfile as it is built without arguments, and with those that another file gives: both name images.
fn dockerfile(bytes: &[u8], context: Context<'_>, format: &Format) -> Located {
    // What is given to a document is not given to those inside it.
    let given = context.linked.variables.iter().filter(|_| context.depth == 0);
    let given: BuildArgs = given.filter_map(|(name, variable)| Some((name.clone(), vec![variable.piece(name)?]))).collect();
    let text = same_length_text(bytes);
    let masked = has_marks(&text).then(|| mask_lines(&text));
    let bytes = masked.as_ref().map_or(bytes, |masked| masked.as_bytes());
    let mut plain = super::dockerfile::read(bytes, context.file, &BuildArgs::new());
    // What is left of a template whose tags lie in each other is no instruction; names in it are found as in any text.
    if masked.is_some() {
        plain.faults.clear();
    }
    let built = if given.is_empty() { Vec::new() } else { super::dockerfile::read(bytes, context.file, &given).found };
    let at_its_site = |mut found: Found| {
        found.pieces = found.pieces.into_iter().flat_map(|piece| without_tags(piece, &text)).collect();
        found.cautions.extend(context.keep.map(Caution::Keep));
        format.site_at(found.at).map(|site| at_site(found, site, format))
    };
    Located {
        occurrences: built.into_iter().chain(plain.found).filter_map(at_its_site).collect(),
        faults: plain.faults,
        ..Located::default()
    }
}

/// A piece of a text, cut at the tags in it that another program fills in.
fn without_tags(piece: Piece, text: &str) -> Vec<Piece> {
    let tags =
        if piece.spelling == Spelling::Verbatim && piece.text.len() == piece.span.len() { tag_ranges(&piece.text) } else { Vec::new() };
    let part = |from: usize, to: usize| Piece { text: piece.text[from..to].to_owned(), span: piece.span.slice(from, to), ..piece.clone() };
    let (mut at, mut cut) = (0, Vec::new());
    for tag in tags {
        cut.extend((tag.start > at).then(|| part(at, tag.start)));
        let span = piece.span.slice(tag.start, tag.end);
        cut.push(Piece::hole(tag_name(text.get(span.range()).unwrap_or_default()), span));
        at = tag.end;
    }
    if at == 0 {
        return vec![piece];
    }
    cut.extend((at < piece.text.len()).then(|| part(at, piece.text.len())));
    cut
}

fn at_site(found: Found, site: &Site, format: &Format) -> Occurrence {
    let mut cautions = found.cautions;
    cautions.extend(site.table.keep.or(format.table.keep).map(Caution::Keep));
    Occurrence {
        format: Arc::clone(&format.id),
        site: Arc::clone(&site.id),
        role: site.table.role,
        class: format.table.class,
        confidence: found.confidence.max(site.table.confidence),
        place: found.place,
        pieces: found.pieces,
        platform: found.platform,
        cautions,
    }
}

/// A reference at a site of a format of which no piece is known yet.
pub(crate) fn nothing_at(site: &Site, format: &Format, place: Span) -> Occurrence {
    let (confidence, cautions) = (Confidence::High, Vec::new());
    at_site(Found { at: "", place, pieces: Vec::new(), platform: None, confidence, cautions }, site, format)
}

/// What begins a tag that no notation has where it stands.
const TEMPLATES: [&str; 4] = ["{{", "{%", "<%", "[["];

/// How a tag stands in the place of a value, without quotes.
const BARE: [&str; 2] = [": {{", "- {{"];

/// The documents of a text: each belongs to the first format that knows it.
fn stream(engine: Engine, text: &str, claimed: &[&Arc<Format>], context: Context<'_>) -> Option<Located> {
    let text = readable(engine, text);
    let mut located = None;
    for range in split(engine, &text) {
        if located.as_ref().is_some_and(Located::is_full) {
            break;
        }
        let document = &text[range.clone()];
        let wanted: Vec<&Arc<Format>> = claimed.iter().copied().filter(|format| format.may_be_in(document.as_bytes())).collect();
        // Templates of other tools (cookiecutter, Jinja, helmfile) stand in such files too.
        let is_template = TEMPLATES.iter().any(|mark| document.contains(mark));
        if wanted.iter().all(|format| glance::is_skipped(format, document) || !(is_template || glance::may_be_of(format, document))) {
            continue;
        }
        if is_template && BARE.iter().any(|mark| document.contains(mark)) {
            // Such a tag reads as a mapping in a mapping, which nobody writes.
            let actions = actions(document);
            let masked = mask(document, &actions, word_in(engine));
            if let Ok(tree) = read(engine, &masked) {
                if let Some(format) = of(&wanted, &tree) {
                    let mut found = tree_of(&tree, [&masked, document], &actions, format, context);
                    found.shift(context.file, range.start);
                    located.get_or_insert_with(Located::default).append(found);
                }
                continue;
            }
        }
        let known = context.known.filter(|known| engine == Engine::Yaml && std::ptr::eq(known.text, document));
        let fresh = known.is_none().then(|| read(engine, document)).transpose();
        let found = match fresh.as_ref().map(|fresh| fresh.as_ref().or(known.map(|known| &known.tree))) {
            Ok(tree) => tree.and_then(|tree| Some(tree_of(tree, [document, document], &[], of(&wanted, tree)?, context))),
            Err(broken) if is_template || wanted.iter().any(|format| glance::seems_of(format, document)) => {
                mended(engine, document, &wanted, context, broken)
            }
            // Another notation, and no sign that it should be this one: a file of another kind with the same ending.
            Err(_) => None,
        };
        if let Some(mut found) = found {
            found.shift(context.file, range.start);
            located.get_or_insert_with(Located::default).append(found);
        }
    }
    located
}

/// The first of the formats whose test a document passes.
fn of<'f>(wanted: &[&'f Arc<Format>], tree: &Tree<'_>) -> Option<&'f Arc<Format>> {
    wanted.iter().copied().find(|format| is_of(&format.table.document, tree))
}

/// Looks the sites up in a document's tree. `texts` are what the tree was read from, and the same before actions were masked.
fn tree_of(tree: &Tree<'_>, [text, original]: [&str; 2], actions: &[Action], format: &Format, context: Context<'_>) -> Located {
    let (mut occurrences, faults) = visit(Source { context, format, text, actions, original, tree, root: tree.root() });
    if !std::ptr::eq(text, original) {
        // What is read for another text than the one that stands there is no part that an edit may keep.
        let stands = |piece: &Piece| piece.is_editable() && piece.span.file == context.file;
        let is_other = |piece: &&mut Piece| stands(piece) && original.get(piece.span.range()).is_some_and(|own| *own != *piece.text);
        for piece in occurrences.iter_mut().flat_map(|one| &mut one.pieces).filter(is_other) {
            piece.spelling = Spelling::Encoded;
        }
    }
    Located { occurrences, faults, ..Located::default() }
}

fn fault(broken: &Broken, engine: Engine, file: FileId) -> Fault {
    let notation = match engine {
        Engine::Json => "JSON",
        Engine::Toml => "TOML",
        Engine::Blocks => "text",
        Engine::Yaml | Engine::Template | Engine::Dockerfile | Engine::Calls | Engine::Text => "YAML",
    };
    Fault { span: Span::new(file, broken.at..broken.at), message: format!("not valid {notation}: {}", broken.message) }
}

/// A document that breaks its grammar: it is read as other programs do, with the tags of templates masked, with one branch of each condition at a
/// time, or else up to where it breaks.
fn mended(engine: Engine, document: &str, wanted: &[&Arc<Format>], context: Context<'_>, broken: &Broken) -> Option<Located> {
    let is_yaml = !matches!(engine, Engine::Toml | Engine::Blocks);
    // Signs that people may have meant are taken for tags last; quotes in tags are none of the document's.
    for actions in [Vec::new(), actions(document), tags(document)] {
        let masked = mask(document, &actions, word_in(engine));
        let lenient = lenient(&masked).filter(|_| is_yaml);
        for text in [Some(masked).filter(|text| text != document), lenient].into_iter().flatten() {
            if let Ok(tree) = read(engine, &text) {
                return Some(tree_of(&tree, [&text, document], &actions, of(wanted, &tree)?, context));
            }
        }
    }
    let (tags, word) = (tags(document), word_in(engine));
    let ways = branches(document, &tags, word);
    let trees = ways.iter().map(|way| read(engine, way)).collect::<Result<Vec<_>, _>>().unwrap_or_default();
    if !trees.is_empty() {
        let found =
            ways.iter().zip(&trees).filter_map(|(way, tree)| Some(tree_of(tree, [way, document], &tags, of(wanted, tree)?, context)));
        return found.reduce(Located::with);
    }
    let mut located = before_break(engine, document, wanted, context, broken).unwrap_or_default();
    located.faults.push(fault(broken, engine, context.file));
    Some(located)
}

/// What stands for a value that a template prints: TOML has no bare words but numbers.
const fn word_in(engine: Engine) -> u8 {
    if matches!(engine, Engine::Toml) { b'1' } else { WORD }
}

/// How many lines before a break are given up, one by one, until what stands before them can be read.
const GIVEN_UP: usize = 32;

/// How many bytes are read for that: of a long document fewer lines are given up.
const READ_FOR_IT: usize = 8 << 20;

/// What stands before the place where a document breaks.
fn before_break(engine: Engine, document: &str, wanted: &[&Arc<Format>], context: Context<'_>, broken: &Broken) -> Option<Located> {
    let actions = tags(document);
    let masked = mask(document, &actions, word_in(engine));
    let mut end = broken.at.min(masked.len());
    for _ in 0..GIVEN_UP.min(READ_FOR_IT / end.max(1)).max(1) {
        end = masked.get(..end)?.rfind('\n')?;
        let (before, original) = (masked.get(..=end)?, document.get(..=end)?);
        if let Ok(tree) = read(engine, before)
            && let Some(format) = of(wanted, &tree)
        {
            return Some(tree_of(&tree, [before, original], &within(&actions, &(0..before.len())), format, context));
        }
    }
    None
}

/// A Go template: its documents are masked and read as YAML; one that cannot be is read line by line.
fn template(whole: &str, format: &Format, context: Context<'_>) -> Located {
    let (text, all, open) = closed(whole);
    let masked = mask(text, &all, WORD);
    let mut located = Located::default();
    if let Some(at) = open {
        let message = "a template action that is not closed; nothing behind it is read".to_owned();
        located.faults.push(Fault { span: Span::new(context.file, at..at + 2), message });
    }
    for range in documents(&masked) {
        if located.is_full() {
            break;
        }
        let (document, original) = (&masked[range.clone()], &text[range.clone()]);
        let inner: Vec<Action> = within(&all, &range);
        let mut found = match Tree::read(document) {
            Ok(tree) => tree_of(&tree, [document, original], &inner, format, context),
            Err(_) => lines([document, original], &inner, format, context),
        };
        found.shift(context.file, range.start);
        located.append(found);
    }
    located.occurrences.extend(action_strings(text, &all, context.file, format));
    located
}

fn within(actions: &[Action], range: &std::ops::Range<usize>) -> Vec<Action> {
    let first = actions.partition_point(|action| action.range.end <= range.start);
    let inside = actions.iter().skip(first).take_while(|action| action.range.start < range.end);
    let cut = |at: usize| at.clamp(range.start, range.end) - range.start;
    inside.map(|action| Action { range: cut(action.range.start)..cut(action.range.end), kind: action.kind }).collect()
}

/// Each line with a needle as a document of its own.
fn lines([masked, original]: [&str; 2], actions: &[Action], format: &Format, context: Context<'_>) -> Located {
    let mut located = Located::default();
    let mut start = 0;
    for line in masked.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '-']);
        let at = start + (line.len() - content.len());
        start += line.len();
        if located.is_full() {
            break;
        }
        if !format.may_be_in(content.as_bytes()) {
            continue;
        }
        let range = at..at + content.len();
        if let (Ok(tree), Some(original)) = (Tree::read(content), original.get(range.clone())) {
            let mut found = tree_of(&tree, [content, original], &within(actions, &range), format, context);
            found.shift(context.file, at);
            located.append(found);
        }
    }
    located
}

/// References in the string literals of actions (`default "quay.io/a/b:1" .image`). The site's guard tells them from `kubernetes.io/ingress.class`.
fn action_strings(text: &str, actions: &[Action], file: FileId, format: &Format) -> Vec<Occurrence> {
    let Some(site) = format.site_at("action-string") else { return Vec::new() };
    let written = actions.iter().filter(|action| action.kind != ActionKind::Comment && action.range.len() > 8);
    let found = written.flat_map(|action| strings(text, action)).filter_map(|range| {
        let place = Span::new(file, range.clone());
        let pieces = vec![Piece::literal(&text[range], place)];
        let found = Found { at: "action-string", place, pieces, platform: None, confidence: site.table.confidence, cautions: Vec::new() };
        let occurrence = at_site(found, site, format);
        evidence(&occurrence, site.table.guard, Interpolation::None, "").map(|_| occurrence)
    });
    found.take(PLACES + 1).collect()
}
