//! Owns `charts:` of rule files: with what charts are rendered, beside what the command line says.

use globset::GlobSet;

use super::files::Files;
use super::globs::globs;

/// With what charts are rendered.
#[derive(Clone, Debug, Default)]
pub struct ChartOptions {
    /// The folders of the charts, from the tree's root; `None` for all charts.
    pub folders: Option<GlobSet>,
    /// Values files, from a chart's folder or from the tree's root.
    pub values: GlobSet,
    /// `KEY=VALUE`, as `helm --set` takes them.
    pub set: Vec<String>,
    /// The version of Kubernetes.
    pub kube_version: Option<String>,
    /// What the cluster serves.
    pub api_versions: Vec<String>,
    /// The namespace of the release.
    pub namespace: Option<String>,
}

/// `charts:` of all rule files, those of what is extended first.
pub(super) fn charts(files: &mut Files<'_>) -> Vec<ChartOptions> {
    let (mut charts, mut faults) = (Vec::new(), Vec::new());
    for index in files.outwards_in().into_iter().rev() {
        let Some(loaded) = files.all.get(index) else { continue };
        for entry in loaded.file.root.get("charts").map(crate::mapping::Node::items).unwrap_or_default() {
            let texts = |key| entry.texts_at(key).into_iter().map(|text| text.text).collect::<Vec<String>>();
            let text = |key| entry.text_at(key).map(|text| text.text);
            charts.push(ChartOptions {
                folders: entry.get("folders").map(|_| globs(&loaded.file, &entry.texts_at("folders"), &mut faults)),
                values: globs(&loaded.file, &entry.texts_at("values"), &mut faults),
                set: texts("set"),
                kube_version: text("kube_version"),
                api_versions: texts("api_versions"),
                namespace: text("namespace"),
            });
        }
    }
    files.faults.extend(faults);
    charts
}
