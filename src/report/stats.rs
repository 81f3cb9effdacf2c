//! Owns the numbers of an inventory: how many references there are of each registry, mapping, format, class and folder; and its images as a bill of
//! materials.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::VERSION;
use super::rows::Row;
use crate::text::harmless;

/// How the numbers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For people.
    #[default]
    Table,
    /// One JSON object.
    Json,
    /// A bill of materials: CycloneDX 1.6, each image with the files and lines that name it.
    Cyclonedx,
}

type Counts = BTreeMap<String, usize>;

/// The numbers of the rows taken in so far.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Stats {
    references: usize,
    registries: Counts,
    mappings: Counts,
    formats: Counts,
    classes: Counts,
    folders: Counts,
    #[serde(skip)]
    images: BTreeMap<String, Image>,
}

/// An image, and where it is named.
#[derive(Clone, Debug, Default)]
struct Image {
    domain: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
    places: Vec<(String, usize)>,
}

/// What is counted where something is not known.
const UNKNOWN: &str = "(not known)";

impl Stats {
    /// Takes in a row.
    pub fn take(&mut self, row: &Row) {
        let count = |counts: &mut Counts, key: &str| *counts.entry(key.to_owned()).or_default() += 1;
        self.references += 1;
        count(&mut self.registries, row.domain.as_deref().unwrap_or(UNKNOWN));
        count(&mut self.mappings, row.mapping.as_deref().unwrap_or("(none)"));
        count(&mut self.formats, &row.format);
        count(&mut self.classes, &row.class.to_string());
        count(&mut self.folders, row.path.split_once('/').map_or(".", |(folder, _)| folder));
        let (Some(canonical), Some(domain), Some(repository)) = (&row.canonical, &row.domain, &row.repository) else { return };
        let image = self.images.entry(canonical.clone()).or_insert_with(|| Image {
            domain: domain.clone(),
            repository: repository.clone(),
            tag: row.tag.clone(),
            digest: row.digest.clone(),
            places: Vec::new(),
        });
        image.places.push((row.path.clone(), row.line));
    }

    /// Writes them.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, form: Form, out: &mut dyn Write) -> io::Result<()> {
        match form {
            Form::Table => self.table(out),
            Form::Json => {
                let Value::Object(mut all) = serde_json::to_value(self)? else { return Ok(()) };
                all.insert("version".to_owned(), VERSION.into());
                all.insert("images".to_owned(), self.images.len().into());
                writeln!(out, "{}", Value::Object(all))
            }
            Form::Cyclonedx => writeln!(out, "{}", self.materials()),
        }
    }

    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        let all = [
            ("registry", &self.registries),
            ("mapping", &self.mappings),
            ("format", &self.formats),
            ("class", &self.classes),
            ("folder", &self.folders),
        ];
        for (title, counts) in all {
            let mut sorted: Vec<(&String, &usize)> = counts.iter().collect();
            sorted.sort_by_key(|(name, number)| (Reverse(**number), *name));
            writeln!(out, "by {title}")?;
            for (name, number) in sorted {
                writeln!(out, "  {number:>6}  {}", harmless(name))?;
            }
        }
        let (references, images) = (crate::text::count(self.references, "reference"), crate::text::count(self.images.len(), "image"));
        writeln!(out, "{references} to {images}")
    }

    /// Rules: <https://cyclonedx.org/docs/1.6/json/>; package URLs of images are of the type `oci`
    /// (<https://github.com/package-url/purl-spec>), which need a digest.
    fn materials(&self) -> Value {
        let components = self.images.iter().map(|(canonical, image)| {
            let places = image.places.iter().map(|(path, line)| json!({"location": path, "line": line}));
            let mut component = json!({
                "type": "container",
                "bom-ref": canonical,
                "name": format!("{}/{}", image.domain, image.repository),
                "evidence": {"occurrences": places.collect::<Vec<_>>()},
            });
            if let Some(version) = image.tag.as_ref().or(image.digest.as_ref()) {
                component["version"] = version.as_str().into();
            }
            if let Some((algorithm, digest)) = image.digest.as_ref().and_then(|digest| digest.split_once(':')) {
                let name = image.repository.rsplit('/').next().unwrap_or_default();
                let tag = image.tag.as_ref().map_or_else(String::new, |tag| format!("&tag={tag}"));
                let repository = format!("{}/{}", image.domain, image.repository);
                component["purl"] = format!("pkg:oci/{name}@{algorithm}%3A{digest}?repository_url={repository}{tag}").into();
            }
            component
        });
        json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"tools": {"components": [{"type": "application", "name": "transship", "version": env!("CARGO_PKG_VERSION")}]}},
            "components": components.collect::<Vec<_>>(),
        })
    }
}
