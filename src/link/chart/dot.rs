//! Owns what `.` of a chart's templates holds (Helm `pkg/chartutil`, `ToRenderValues`).

use std::rc::Rc;

use super::held::Held;
use super::value::{Run, Value, computed, number, unknown};
use super::{Chart, ChartFile};
use crate::locate::same_length_text;

/// The chart's files that are no templates, where a template asks for one.
pub(super) fn files_of(chart: &Chart<'_>) -> Value {
    let asks = |file: &ChartFile<'_>| memchr::memmem::find(file.bytes, b".Files.Get").is_some();
    if !chart.templates.iter().any(asks) {
        return unknown("Files");
    }
    let text = |file: &ChartFile<'_>| {
        let whole: Rc<str> = same_length_text(file.bytes).into();
        Value::Text(Rc::new(vec![Run::literal(&whole, file.file, 0..whole.len())]))
    };
    Value::Map(Held::new(chart.candidates.iter().chain(&chart.others).map(|file| (Rc::from(file.path), text(file))).collect()))
}

/// `.` of the templates.
pub(super) fn root(values: &Value, metadata: &Value, files: &Value) -> Value {
    let map = |pairs: Vec<(&str, Value)>| Value::Map(Held::new(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect()));
    let text = |value: Value| computed(value.plain());
    let chart = map(vec![
        ("Name", text(metadata.get("name"))),
        ("Version", text(metadata.get("version"))),
        ("AppVersion", text(metadata.get("appVersion"))),
        ("Annotations", metadata.get("annotations")),
        ("Type", text(metadata.get("type"))),
    ]);
    let release = map(vec![
        ("Name", computed("release-name")),
        ("Namespace", computed("default")),
        ("Service", computed("Helm")),
        ("IsInstall", Value::Bool(true)),
        ("IsUpgrade", Value::Bool(false)),
        ("Revision", number(1)),
    ]);
    let version = map(vec![
        ("Version", computed("v1.35.0")),
        ("GitVersion", computed("v1.35.0")),
        ("Major", computed("1")),
        ("Minor", computed("35")),
    ]);
    let capabilities = map(vec![("KubeVersion", version), ("APIVersions", unknown("APIVersions"))]);
    let template = map(vec![("Name", unknown("Template.Name")), ("BasePath", computed("templates"))]);
    map(vec![
        ("Values", values.clone()),
        ("Chart", chart),
        ("Release", release),
        ("Capabilities", capabilities),
        ("Template", template),
        ("Files", files.clone()),
    ])
}
