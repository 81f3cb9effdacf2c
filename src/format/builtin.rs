//! Owns the formats in the binary: the files of `rules/formats`.

/// The text of every file of `rules/formats`, in order of name.
pub(super) const FORMATS: &[&str] = &[
    include_str!("../../rules/formats/compose.yaml"),
    include_str!("../../rules/formats/compose-v1.yaml"),
    include_str!("../../rules/formats/dockerfile.yaml"),
    include_str!("../../rules/formats/helm-chart.yaml"),
    include_str!("../../rules/formats/helm-chart-images.yaml"),
    include_str!("../../rules/formats/helm-lock.yaml"),
    include_str!("../../rules/formats/helm-template.yaml"),
    include_str!("../../rules/formats/helm-values.yaml"),
    include_str!("../../rules/formats/kubernetes.yaml"),
    include_str!("../../rules/formats/kustomization.yaml"),
    include_str!("../../rules/formats/kustomize-patch.yaml"),
];
