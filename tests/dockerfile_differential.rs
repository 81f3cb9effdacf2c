//! Our scanner and tree-sitter-containerfile find the same references, before expansion, on every Dockerfile of the fixtures that the grammar
//! reads without an error.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use transship::locate::dockerfile::locate;
use transship::text::FileId;
use tree_sitter::{Node, Parser};

/// Fixture folders on which the two differ, each with the reason. A folder that no longer differs must leave the list.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "dockerfile/stage-names/before",
    "a FROM above the stage that it names means an image; the comparison knows the names of all stages and not their order",
)];

/// What the grammar sees: the texts that may be references, with the byte that they start at, and the stages' names.
#[derive(Default)]
struct Seen {
    texts: BTreeSet<(usize, String)>,
    stages: BTreeSet<String>,
}

impl Seen {
    fn text(&mut self, node: Node, skip: usize, bytes: &[u8]) {
        let mut range = node.byte_range();
        range.start += skip;
        // Quotes around the whole of it are not part of a reference.
        if let [first @ (b'"' | b'\''), .., last] = &bytes[range.clone()]
            && first == last
        {
            range = range.start + 1..range.end - 1;
        }
        self.texts.insert((range.start, String::from_utf8_lossy(&bytes[range]).into_owned()));
    }

    fn visit(&mut self, node: Node, bytes: &[u8]) {
        let text = |node: Node| String::from_utf8_lossy(&bytes[node.byte_range()]).into_owned();
        match node.kind() {
            "image_spec" => self.text(node, 0, bytes),
            "image_alias" => {
                self.stages.insert(text(node).to_lowercase());
            }
            "param" if node.parent().is_some_and(|parent| parent.kind() == "copy_instruction") => {
                let whole = text(node);
                if let Some(value) = whole.strip_prefix("--from=") {
                    self.text(node, whole.len() - value.len(), bytes);
                }
            }
            "mount_param_param" => {
                let whole = text(node);
                let inner = whole.trim_matches('"');
                if inner.to_lowercase().starts_with("from=") {
                    let start = node.start_byte() + usize::from(whole.starts_with('"')) + "from=".len();
                    self.texts.insert((start, inner["from=".len()..].to_owned()));
                }
            }
            _ => {}
        }
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            self.visit(child, bytes);
        }
    }

    /// The texts that name no stage, by what the grammar alone tells.
    fn images(&self) -> BTreeSet<(usize, String)> {
        let is_stage = |text: &str| text == "scratch" || self.stages.contains(&text.to_lowercase());
        self.texts.iter().filter(|(_, text)| !is_stage(text)).cloned().collect()
    }
}

fn dockerfiles(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            dockerfiles(&path, files);
        } else if ["Dockerfile", "Containerfile"].iter().any(|word| name.starts_with(word) || name.ends_with(&format!(".{word}"))) {
            files.push(path);
        }
    }
}

#[test]
fn finds_what_the_grammar_finds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files = Vec::new();
    dockerfiles(&root, &mut files);
    files.sort();
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_containerfile::LANGUAGE.into()).unwrap();
    let mut compared = 0;
    let mut differing = BTreeSet::new();
    let mut report = String::new();
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let tree = parser.parse(&bytes, None).unwrap();
        if tree.root_node().has_error() {
            continue;
        }
        compared += 1;
        let mut seen = Seen::default();
        seen.visit(tree.root_node(), &bytes);
        let theirs = seen.images();
        let raw = |found: &transship::locate::Found| {
            let text = String::from_utf8_lossy(&bytes[found.place.range()]).into_owned();
            (found.at != "syntax").then_some((found.place.start, text))
        };
        let ours: BTreeSet<(usize, String)> = locate(&bytes, FileId(0)).0.iter().filter_map(raw).collect();
        // A number is a stage to COPY and an image to a mount; the grammar does not tell them apart here.
        let theirs: BTreeSet<_> = theirs.into_iter().filter(|one| ours.contains(one) || one.1.parse::<i64>().is_err()).collect();
        if ours != theirs {
            let path = file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            let case = EXCEPTIONS.iter().find(|(case, _)| path.starts_with(case));
            differing.extend(case.map(|(case, _)| *case));
            if case.is_none() {
                let (ours_only, theirs_only) = (ours.difference(&theirs), theirs.difference(&ours));
                writeln!(report, "{path}\n  ours only: {ours_only:?}\n  theirs only: {theirs_only:?}").unwrap();
            }
        }
    }
    assert!(report.is_empty(), "{report}");
    assert!(compared >= 32, "only {compared} of {} files could be compared", files.len());
    let stale: Vec<_> = EXCEPTIONS.iter().filter(|(case, _)| !differing.contains(case)).collect();
    assert!(stale.is_empty(), "these no longer differ: {stale:?}");
}
