//! Embeds the rule files and the pages of lints: one generated table of names and texts for each folder. No list of them is kept by hand. What
//! is read whenever the program runs is embedded as JSON, which is read many times faster than YAML.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| io::Error::other("CARGO_MANIFEST_DIR is not set"))?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?);
    println!("cargo::rerun-if-changed=build.rs");
    for name in ["commands", "schema", "words"] {
        let place = format!("rules/{name}.yaml");
        println!("cargo::rerun-if-changed={place}");
        write(&out.join(format!("{name}.json")), as_json(&root.join(place))?)?;
    }
    for (folder, extension) in [("rules/mappings", "yaml"), ("rules/formats", "yaml"), ("docs/lints", "md")] {
        // A folder is watched with all that is in it, so a new file is noticed as a changed one is.
        println!("cargo::rerun-if-changed={folder}");
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let mut files = files(&root.join(folder), extension)?;
        if folder == "rules/formats" {
            for (id, place) in &mut files {
                let json = as_json(place)?;
                *place = out.join(format!("{id}.json"));
                write(place, json)?;
            }
        }
        write(&out.join(format!("{name}.rs")), table(&files))?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the file is the build's own, and a broken build is built again")]
fn write(path: &Path, text: String) -> io::Result<()> {
    fs::write(path, text)
}

fn as_json(place: &Path) -> io::Result<String> {
    let fault = |fault: &dyn std::fmt::Display| io::Error::other(format!("{}: {fault}", place.display()));
    let value: serde_json::Value = serde_yaml::from_str(&fs::read_to_string(place)?).map_err(|wrong| fault(&wrong))?;
    serde_json::to_string(&value).map_err(|wrong| fault(&wrong))
}

/// The name without its ending and the place of every file in a folder, sorted by name.
fn files(folder: &Path, wanted: &str) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let entry = entry?;
            let path = entry.path();
            if !entry.file_type().is_file() || path.extension().is_none_or(|extension| extension != wanted) {
                continue;
            }
            let name = path.file_stem().and_then(|stem| stem.to_str());
            let name = name.ok_or_else(|| io::Error::other(format!("{} is not UTF-8", path.display())))?;
            found.push((name.to_owned(), path.to_owned()));
        }
    }
    Ok(found)
}

/// `&[("name", include_str!("…/name.yaml")), …]`.
fn table(files: &[(String, PathBuf)]) -> String {
    let entries = files.iter().fold(String::new(), |mut table, (name, place)| {
        let _ = writeln!(table, "    ({name:?}, include_str!({:?})),", place.display().to_string());
        table
    });
    format!("&[\n{entries}]\n")
}
