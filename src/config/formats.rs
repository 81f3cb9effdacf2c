//! Owns the formats that rule files bring along, and every place where one is named.

use super::files::{Files, Loaded};
use crate::format::{BadFormat, FormatTable, Formats, extended, schema};
use crate::mapping::{Fault, Node, Text};

/// The formats of a run. The files are asked from the inner layer to the outer, so that of equal ids the outer one counts.
pub(super) fn formats(files: &mut Files) -> Formats {
    let schema = schema();
    let mut faults = Vec::new();
    let (mut values, mut tables, mut written) = (Vec::new(), Vec::new(), Vec::new());
    for loaded in files.outwards_in().into_iter().rev().filter_map(|index| files.all.get(index)) {
        for node in loaded.file.root.get("formats").map(Node::items).unwrap_or_default() {
            let Some(own) = loaded.file.typed(node, &schema, "an entry of formats", &mut faults) else { continue };
            let table = match extended(own, &values) {
                Ok(table) => table,
                Err(id) => {
                    let span = node.get("extends").map_or(&node.span, |id| &id.span);
                    let known = values.iter().filter_map(|table| table["id"].as_str());
                    let builtin = Formats::builtin();
                    let ids: Vec<&str> = known.chain(builtin.iter().map(|format| &*format.id)).collect();
                    faults.push(unknown(loaded, &Text { text: id, span: span.clone() }, &ids));
                    continue;
                }
            };
            match serde_json::from_value::<FormatTable>(table.clone()) {
                Ok(read) => {
                    values.push(table);
                    tables.push(read);
                    written.push((loaded, node));
                }
                Err(error) => faults.push(Fault::new(loaded.file.place(&node.span), error.to_string())),
            }
        }
    }
    let formats = Formats::with(tables).unwrap_or_else(|all| {
        faults.extend(all.iter().filter_map(|(index, fault)| written.get(*index).map(|(loaded, node)| at_its_place(loaded, node, fault))));
        Formats::builtin()
    });
    // While a format has faults, its id is not known.
    if faults.is_empty() {
        let ids: Vec<&str> = formats.iter().map(|format| &*format.id).collect();
        for loaded in &files.all {
            let wrong = named(&loaded.file.root).into_iter().filter(|name| !ids.contains(&&*name.text));
            faults.extend(wrong.map(|name| unknown(loaded, &name, &ids)));
        }
    }
    files.faults.extend(faults);
    formats
}

/// The fault where the user wrote what is wrong; where a table that was extended says it, at the entry.
fn at_its_place(loaded: &Loaded, node: &Node, fault: &BadFormat) -> Fault {
    let table = fault.entry.map_or(Some(node), |(list, index)| node.get(list)?.items().get(index));
    let value = table.and_then(|table| table.get(fault.word));
    let item = value.and_then(|value| value.items().iter().find(|item| item.text().is_some_and(|text| text.text == fault.value)));
    let span = item.or(value).or(table).map_or(&node.span, |node| &node.span);
    Fault::new(loaded.file.place(span), fault.fault.clone())
}

/// Every name of a format in a rule file, but those that are extended.
fn named(root: &Node) -> Vec<Text> {
    let items = |node: &'_ Node, key: &str| node.get(key).map(|node| node.items().to_vec()).unwrap_or_default();
    let mappings = items(root, "mappings");
    let tests = mappings.iter().flat_map(|mapping| items(mapping, "tests")).chain(items(root, "tests"));
    let formats = items(root, "formats");
    let sites = formats.iter().flat_map(|format| items(format, "sites"));
    let links: Vec<Node> = formats.iter().flat_map(|format| items(format, "links")).collect();
    let units = links.iter().filter_map(|link| link.text_at("unit"));
    let conditions = mappings.iter().filter_map(|mapping| mapping.get("when")).flat_map(|when| when.texts_at("formats"));
    let named = tests.chain(sites).chain(links.clone()).filter_map(|node| node.text_at("format"));
    conditions.chain(named).chain(units).collect()
}

fn unknown(loaded: &Loaded, name: &Text, ids: &[&str]) -> Fault {
    let fault = Fault::new(loaded.file.place(&name.span), format!("there is no format `{}`", name.text));
    fault.label("docs/files.md lists the formats").meant(&name.text, ids.iter().copied())
}
