//! Owns what a format may ask of the folders around a file.

use serde::Deserialize;

/// What the folders around a file say about it. Found by the walk, since engines touch no files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Surroundings {
    /// Nothing in particular.
    #[default]
    Plain,
    /// `Chart.yaml` is in the same folder.
    ChartRoot,
    /// A folder above has `Chart.yaml`, and the file is under its `templates/`.
    ChartTemplates,
    /// A folder above has `Chart.yaml`.
    InChart,
}
