//! Embeds the rule files and the pages of lints: one generated table of names and texts for each folder. No list of them is kept by hand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| io::Error::other("CARGO_MANIFEST_DIR is not set"))?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?);
    println!("cargo::rerun-if-changed=build.rs");
    for (folder, extension) in [("rules/mappings", "yaml"), ("rules/formats", "yaml"), ("docs/lints", "md")] {
        // A folder is watched with all that is in it, so a new file is noticed as a changed one is.
        println!("cargo::rerun-if-changed={folder}");
        let name = folder.rsplit('/').next().unwrap_or(folder);
        write(&out.join(format!("{name}.rs")), table(&root.join(folder), extension)?)?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the file is the build's own, and a broken build is built again")]
fn write(path: &Path, text: String) -> io::Result<()> {
    fs::write(path, text)
}

/// `&[("name", include_str!("…/name.yaml")), …]`, sorted by name.
fn table(folder: &Path, wanted: &str) -> io::Result<String> {
    let mut table = String::from("&[\n");
    if folder.is_dir() {
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let entry = entry?;
            let path = entry.path();
            if !entry.file_type().is_file() || path.extension().is_none_or(|extension| extension != wanted) {
                continue;
            }
            let name = path.file_stem().and_then(|stem| stem.to_str());
            let (Some(name), Some(path)) = (name, path.to_str()) else {
                return Err(io::Error::other(format!("{} is not UTF-8", path.display())));
            };
            let _ = writeln!(table, "    ({name:?}, include_str!({path:?})),");
        }
    }
    table.push_str("]\n");
    Ok(table)
}
