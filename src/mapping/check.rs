//! Owns what can be wrong between mappings: ties, mappings that can never match, circles, targets that are caught again, collisions.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::condition::Holds;
use super::meet::{Atom, both_cover, may_meet};
use super::pattern::{Fit, Pattern, Reach};
use super::template::Tail;
use super::{Context, Decision, Fault, Mapping, MappingSet, Place, Subject, Test};
use crate::reference::{HOLE, Reference};

/// How many steps mappings are compared with each other: thousands of wildcards may all meet, and nobody writes them.
const STEPS: usize = 1 << 26;
/// Steps that a mapping takes to be looked at beside another.
const PAIR: usize = 64;

/// The steps that are left.
struct Left(Cell<usize>);

impl Left {
    /// Whether there are so many; they are taken.
    fn pays(&self, steps: usize) -> bool {
        let left = self.0.get().checked_sub(steps);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Whether a name exists that both cover; no more is said once nothing is left.
    fn both_cover(&self, a: &[Atom], b: &[Atom]) -> bool {
        self.pays(PAIR) && may_meet(a, b) && self.pays(a.len() * b.len()) && both_cover(a, b)
    }
}

/// Checks the mappings against each other. `denied` says which entry of the deny list names a reference.
pub(crate) fn check(set: &MappingSet, tests: &[Test], denied: &dyn Fn(&Reference) -> Option<String>, faults: &mut Vec<Fault>) {
    let (left, before) = (Left(Cell::new(STEPS)), faults.len());
    ties(set, &left, faults);
    shadowed(set, &left, faults);
    unstable(set, &left, faults);
    if left.0.get() == 0 {
        // What was found so far is thousands of pairs.
        faults.truncate(before);
        let first = set.iter().find(|mapping| mapping.pattern().is_none_or(Pattern::is_glob)).or_else(|| set.iter().next());
        let fault =
            |first: &Mapping| Fault::new(first.place.clone(), "more mappings may cover the same names than are compared with each other");
        faults.extend(first.map(|first| fault(first).help("spell out the beginnings of what they cover, or write fewer of them")));
        return;
    }
    denied_targets(set, denied, faults);
    collisions(set, tests, faults);
}

fn ties(set: &MappingSet, left: &Left, faults: &mut Vec<Fault>) {
    for (at, first) in set.iter().enumerate().take_while(|_| left.0.get() > 0) {
        for (_, second) in set.starting_as(&first.cover.start()).filter(|(index, second)| *index > at && second.rank() == first.rank()) {
            let even = first.layer == second.layer && first.is_conditional() == second.is_conditional();
            if even && meet(first, second, left) && !first.when.excludes(&second.when) {
                let message = format!("mappings `{}` and `{}` cover the same references with equal right", first.id, second.id);
                let (early, late) = in_order_of_place(first, second);
                let fault = Fault::new(late.place.clone(), message).label("this one").related(early.place.clone(), "and this one");
                faults.push(fault.help("leave one of them out, make it more specific, or give each a `when` that excludes the other"));
            }
        }
    }
}

fn in_order_of_place<'a>(a: &'a Mapping, b: &'a Mapping) -> (&'a Mapping, &'a Mapping) {
    if key(a) <= key(b) { (a, b) } else { (b, a) }
}

/// Whether a reference exists that both patterns cover. Of two regular expressions only equal ones are known to.
fn meet(a: &Mapping, b: &Mapping, left: &Left) -> bool {
    let (Some(x), Some(y)) = (a.pattern(), b.pattern()) else { return left.pays(PAIR) && a.key() == b.key() };
    let tags = match (&x.tag, &y.tag) {
        (Some(x), Some(y)) => left.both_cover(x, y),
        _ => true,
    };
    let digests = x.digest.is_none() || y.digest.is_none() || x.digest == y.digest;
    tags && digests && left.both_cover(&x.below(), &y.below())
}

fn shadowed(set: &MappingSet, left: &Left, faults: &mut Vec<Fault>) {
    for (at, mapping) in set.iter().enumerate().take_while(|_| left.0.get() > 0) {
        let Some(sample) = mapping.cover.sample().and_then(|sample| Reference::parse_with_holes(&sample).ok()) else { continue };
        let subject = Subject::new(&sample);
        if let Some(fault) = empty(mapping, &subject) {
            faults.push(fault);
            continue;
        }
        // An outer layer may well take the place of an inner one; the other way round, what was written here does nothing.
        let by = set.near(&subject).take_while(|(index, _)| *index < at).map(|(_, earlier)| earlier).find(|earlier| {
            // Those of equal rank are a tie, which has been told.
            let outranks = earlier.layer >= mapping.layer && earlier.rank() != mapping.rank() && !earlier.is_conditional();
            left.pays(PAIR) && outranks && matches!(earlier.covers(&subject, None), Fit::Yes(_))
        });
        if let Some(by) = by {
            let message = format!("mapping `{}` can never match", mapping.id);
            let fault = Fault::new(mapping.place.clone(), message).label("all that this covers").related(
                by.place.clone(),
                "is decided by this one, which is more specific: prefixes come before globs, globs before `match`",
            );
            faults.push(
                fault.help(format!("add `except: [\"{}\"]` to `{}`, or write this one as a prefix or a repository", mapping.from, by.id)),
            );
        }
    }
}

/// The fault of a mapping that excludes all it covers.
fn empty(mapping: &Mapping, subject: &Subject<'_>) -> Option<Fault> {
    let excepted = mapping.exceptions.iter().find(|(_, pattern)| matches!(pattern.fit(subject), Fit::Yes(_)));
    if let Some((place, _)) = excepted {
        let fault = Fault::new(mapping.place.clone(), format!("mapping `{}` can never match", mapping.id));
        return Some(fault.label("all that this covers").related(place.clone(), "is excepted here"));
    }
    let impossible = |tag: Option<&str>| {
        let text = match tag {
            Some(tag) => format!("{}:{tag}", subject.reference.name()),
            None => subject.reference.name().to_string(),
        };
        let reference = Reference::parse_with_holes(&text).ok()?;
        if let Holds::No(unmet) = mapping.when.holds(&Subject::new(&reference), None) { Some(unmet) } else { None }
    };
    let fixed = mapping.pattern().is_some_and(|pattern| pattern.tag.is_some());
    let unmet = impossible(subject.reference.tag())?;
    // Where `from` leaves the tag open there may be none at all, and a digest instead.
    let still = if fixed { true } else { impossible(None).is_some() && unmet == "official" };
    still.then(|| {
        let fault = Fault::new(mapping.place.clone(), format!("mapping `{}` can never match", mapping.id));
        fault.label(format!("`when: {unmet}` never holds for what this covers"))
    })
}

/// One target that is caught again: whose, which candidate, by whom.
struct Caught<'a> {
    mapping: &'a Mapping,
    candidate: usize,
    by: &'a Mapping,
}

fn unstable(set: &MappingSet, left: &Left, faults: &mut Vec<Fault>) {
    let mut caught = Vec::new();
    for mapping in set.iter().take_while(|_| left.0.get() > 0) {
        for (candidate, (template, (_, target))) in mapping.templates.iter().zip(&mapping.targets).enumerate() {
            let samples = mapping.target_samples(template, target);
            // What each sample needs anew is asked last: there may be thousands of others.
            let meets = |by: &Mapping| by.pattern().is_none_or(|pattern| left.both_cover(&pattern.below(), &target.below()));
            let near = set.starting_as(&target.start()).map(|(_, by)| by);
            // What it makes of a name in two such folders is refused when it is met.
            let rises = |by: &Mapping| mapping.rises() && std::ptr::eq(by, mapping);
            let near: Vec<&Mapping> = near.filter(|by| meets(by) && !rises(by) && !mapping.when.excludes_place(&by.when)).collect();
            if let Some(by) = samples.iter().find_map(|sample| catcher(set, &near, mapping, target, sample)) {
                caught.push(Caught { mapping, candidate, by });
            }
        }
    }
    let circles = circles(&caught);
    let of: BTreeMap<_, usize> =
        circles.iter().enumerate().flat_map(|(number, circle)| circle.iter().map(move |one| (key(one), number))).collect();
    let mut told = BTreeSet::new();
    for found in &caught {
        let number = of.get(&key(found.mapping));
        let Some(circle) = number.filter(|number| of.get(&key(found.by)) == Some(number)).and_then(|number| circles.get(*number)) else {
            faults.push(again(found));
            continue;
        };
        if told.insert(number) {
            faults.extend(turning(circle, found));
        }
    }
}

/// The fault of mappings that make each other's sources.
fn turning(circle: &[&Mapping], found: &Caught<'_>) -> Option<Fault> {
    let mut ids: Vec<String> = circle.iter().map(|mapping| format!("`{}`", mapping.id)).collect();
    ids.sort();
    let mut places: Vec<&Place> = circle.iter().map(|mapping| &mapping.place).collect();
    places.sort_by_key(|place| (place.source.order, place.span.start));
    let (last, rest) = places.split_last()?;
    let what = if rest.is_empty() { "catches its own targets" } else { "turn in a circle" };
    let names = if rest.is_empty() { format!("mapping {}", ids.concat()) } else { format!("mappings {}", ids.join(", ")) };
    let mut fault = Fault::new((*last).clone(), format!("{names} {what}")).label("its targets are covered by one of these again");
    for place in rest {
        fault = fault.related((*place).clone(), "and these by another");
    }
    if rest.is_empty() {
        fault.label = Some("this covers what `to` makes".into());
        fault.help = Some(except_help(found));
    }
    Some(fault)
}

/// Where a mapping stands: its name among the others.
fn key(mapping: &Mapping) -> (usize, usize) {
    (mapping.place.source.order, mapping.place.span.start)
}

/// The mappings that lead to each other, each in one of the lists (Kosaraju's components of the graph of who catches whom).
fn circles<'a>(all: &[Caught<'a>]) -> Vec<Vec<&'a Mapping>> {
    let (mut onwards, mut backwards) = (BTreeMap::<_, Vec<&Mapping>>::new(), BTreeMap::<_, Vec<&Mapping>>::new());
    for edge in all {
        onwards.entry(key(edge.mapping)).or_default().push(edge.by);
        backwards.entry(key(edge.by)).or_default().push(edge.mapping);
    }
    let mut seen = BTreeSet::new();
    let order: Vec<&Mapping> = all.iter().flat_map(|edge| finished(edge.mapping, &onwards, &mut seen)).collect();
    let mut seen = BTreeSet::new();
    order.into_iter().rev().map(|mapping| finished(mapping, &backwards, &mut seen)).collect()
}

/// What is reached from `first` and was not `seen` before, each after all that it leads to.
fn finished<'a>(
    first: &'a Mapping,
    edges: &BTreeMap<(usize, usize), Vec<&'a Mapping>>,
    seen: &mut BTreeSet<(usize, usize)>,
) -> Vec<&'a Mapping> {
    let mut finished = Vec::new();
    let mut open = vec![(first, 0)];
    while let Some((mapping, at)) = open.pop() {
        if at == 0 && !seen.insert(key(mapping)) {
            continue;
        }
        match edges.get(&key(mapping)).and_then(|next| next.get(at)) {
            Some(next) => open.extend([(mapping, at + 1), (next, 0)]),
            None => finished.push(mapping),
        }
    }
    finished
}

fn again(found: &Caught<'_>) -> Fault {
    let Caught { mapping, candidate, by } = found;
    let to = mapping.to.get(*candidate).map_or("", String::as_str);
    let place = mapping.targets.get(*candidate).map_or(&mapping.place, |(place, _)| place);
    Fault::new(place.clone(), format!("the target `{to}` of mapping `{}` is caught again by mapping `{}`", mapping.id, by.id))
        .label("what comes out here would be changed once more by the next run")
        .related(by.place.clone(), "this covers it")
        .help(except_help(found))
}

/// What to do, so that the mapping that catches a target still covers what it is for.
fn except_help(found: &Caught<'_>) -> String {
    let to = found.mapping.targets.get(found.candidate).map(|(_, pattern)| pattern.spelled().replace("{}", "*")).unwrap_or_default();
    let last = found.by.to.first().map_or("", String::as_str);
    let wide = found.by.pattern().is_none_or(|pattern| pattern.is_glob() || pattern.reach == Reach::Prefix);
    match source_below(found) {
        // Exceptions would leave nothing of it.
        Some(source) if source == found.mapping.from && found.mapping.file == found.by.file => {
            format!("let `to` name the last target at once: `{last}`")
        }
        Some(source) => format!("write a mapping of its own for it, `{{from: {source}, to: {last}}}`, beside mapping `{}`", found.by.id),
        None if wide => format!("add `except: [\"{to}\"]` to mapping `{}`", found.by.id),
        None => format!("let `to` name the last target at once (`{last}`), or except it from mapping `{}`", found.by.id),
    }
}

/// What `from` covers and `by` catches all of, when both are plain.
fn source_below(found: &Caught<'_>) -> Option<String> {
    let from = found.mapping.pattern().filter(|pattern| pattern.reach == Reach::Prefix)?.literal()?;
    let (_, to) = found.mapping.targets.get(found.candidate)?;
    let by = found.by.pattern()?;
    let source = format!("{from}{}", by.literal()?.strip_prefix(to.literal()?)?);
    if by.reach == Reach::Prefix { Some(source) } else { Reference::parse(&source).ok().map(|source| source.familiar()) }
}

/// The mapping that would change a target, if any; only those that are `near` can.
fn catcher<'a>(set: &'a MappingSet, near: &[&'a Mapping], mapping: &Mapping, target: &Pattern, sample: &Reference) -> Option<&'a Mapping> {
    let subject = Subject::new(sample);
    for by in near {
        match by.covers(&subject, None) {
            Fit::No(_) => {}
            Fit::Yes(captures) => {
                let stays = by
                    .apply(&subject, &captures)
                    .is_ok_and(|made| made.candidates.first().is_some_and(|first| first.canonical() == sample.canonical()));
                // A condition on the place may not hold, and then the next one is asked.
                if !stays {
                    return Some(by);
                }
                if !by.is_conditional() {
                    return None;
                }
            }
            Fit::Maybe(_) if by.is_identity() || made_by_another(set, mapping, target, by) => {}
            Fit::Maybe(_) => return Some(by),
        }
    }
    None
}

/// Whether what `by` covers among the targets never comes from `mapping`, since a closer mapping decides about its source.
fn made_by_another(set: &MappingSet, mapping: &Mapping, target: &Pattern, by: &Mapping) -> bool {
    let plain = mapping.flatten.is_none() && mapping.templates.iter().all(|template| template.tail == Tail::Append);
    let (Some(from), Some(to)) = (mapping.pattern().and_then(Pattern::literal), target.literal()) else { return false };
    let Some(by_pattern) = by.pattern() else { return false };
    let Some(below) = by_pattern.literal().and_then(|name| name.strip_prefix(to)).filter(|below| plain && !below.is_empty()) else {
        return false;
    };
    let rest = if by_pattern.reach == Reach::Prefix { format!("{below}{HOLE}") } else { below.to_owned() };
    let Ok(source) = Reference::parse_with_holes(&format!("{from}{rest}:{HOLE}")) else { return false };
    set.decide_in(&source, None)
        .is_some_and(|(decides, decision)| !std::ptr::eq(decides, mapping) && !matches!(decision, Decision::Undecided { .. }))
}

fn denied_targets(set: &MappingSet, denied: &dyn Fn(&Reference) -> Option<String>, faults: &mut Vec<Fault>) {
    for mapping in set.iter() {
        for (candidate, (template, (place, target))) in mapping.templates.iter().zip(&mapping.targets).enumerate() {
            let samples = mapping.target_samples(template, target);
            if let Some(entry) = samples.iter().find_map(denied) {
                let to = mapping.to.get(candidate).map_or("", String::as_str);
                let fault = Fault::new(place.clone(), format!("the target `{to}` of mapping `{}` is denied", mapping.id));
                let fault = fault.label(format!("`registries: deny` names `{entry}`"));
                faults.push(fault.help("let `to` name another registry, or allow this one by a longer entry under `registries: allow`"));
            }
        }
    }
}

/// Where two sources meet in one target because levels were dropped.
fn collisions(set: &MappingSet, tests: &[Test], faults: &mut Vec<Fault>) {
    let mut sources: BTreeMap<String, (String, Place, Option<&Mapping>)> = BTreeMap::new();
    let exact = set.iter().filter_map(|mapping| {
        let name = mapping.pattern().filter(|pattern| pattern.reach == Reach::Repository)?.literal()?;
        Some((
            Reference::parse(name).ok()?,
            mapping.place.clone(),
            Context { format: "", path: "", class: crate::occurrence::Class::Deploy },
        ))
    });
    let given = tests.iter().map(|test| {
        let context = Context { format: &test.format, path: &test.file, class: test.class };
        (test.given.clone(), test.place.clone(), context)
    });
    for (source, place, context) in exact.chain(given) {
        let Some((by, Decision::Mapped(target))) = set.decide_in(&source, Some(&context)) else { continue };
        let Some(to) = target.candidates.first().map(|first| first.name().to_string()) else { continue };
        let from = source.name().to_string();
        let flat = by.flatten.is_some().then_some(by);
        let Some((other, first, earlier)) = sources.get(&to) else {
            sources.insert(to, (from, place, flat));
            continue;
        };
        if *other == from || flat.or(*earlier).is_none() {
            continue;
        }
        let fault = Fault::new(place, format!("`{other}` and `{from}` meet in one target, `{to}`"));
        let fault = fault.label("this source").related(first.clone(), "and this one");
        faults.push(fault.help("flatten fewer levels, or give one of them a mapping of its own with another name"));
    }
}
