//! What holds files together: variables of a project's `.env`, kustomizations and the manifests they reach, a chart's values and templates.

pub mod chart;
pub mod compose;
pub mod env;
pub mod kustomize;
