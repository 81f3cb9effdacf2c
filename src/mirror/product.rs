//! Owns what a registry's name says of the product behind it, such as what it wants to have before a copy comes.

use std::collections::{BTreeMap, BTreeSet};

use super::script::{listed, quote};
use super::{Options, Row};

macro_rules! products {
    ($($variant:ident $name:literal $kind:literal),* $(,)?) => {
        /// A registry's product, or the service that runs it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Product {
            $($variant,)*
        }

        impl Product {
            /// Its name, for people.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Harbor's name for the registry's kind (its registry adapters).
            pub(super) const fn harbor_kind(self) -> &'static str {
                match self { $(Self::$variant => $kind),* }
            }
        }
    };
}

products! {
    Harbor "Harbor" "harbor",
    DockerHub "Docker Hub" "docker-hub",
    Quay "Quay" "quay",
    GitHub "GitHub's registry" "github-ghcr",
    GitLab "GitLab's registry" "gitlab",
    Google "Google's registry" "google-gcr",
    Azure "Azure Container Registry" "azure-acr",
    Ecr "Amazon ECR" "aws-ecr",
    Swr "Huawei's SWR" "huawei-SWR",
    Artifactory "Artifactory" "jfrog-artifactory",
    // Harbor's adapters for these ask for more than a registry's name says.
    Alibaba "Alibaba's registry" "docker-registry",
    Tencent "Tencent's registry" "docker-registry",
    Publisher "a publisher's own registry" "docker-registry",
}

impl Product {
    /// What `domain` is, as far as its name or the person who runs the engine says so. `None` may be anything, Harbor too.
    pub(super) fn of(domain: &str, options: &Options) -> Option<Self> {
        let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| domain.ends_with(suffix));
        let has = |parts: &[&str]| parts.iter().any(|part| domain.contains(part));
        Some(match domain {
            // What is said counts more than what a name looks like.
            _ if options.harbors.contains(domain) => Self::Harbor,
            crate::reference::DOCKER_HUB => Self::DockerHub,
            "quay.io" => Self::Quay,
            "ghcr.io" => Self::GitHub,
            "registry.gitlab.com" => Self::GitLab,
            "gcr.io" => Self::Google,
            "registry.k8s.io"
            | "public.ecr.aws"
            | "mcr.microsoft.com"
            | "nvcr.io"
            | "registry.redhat.io"
            | "registry.access.redhat.com" => Self::Publisher,
            _ if ends(&[".gcr.io", "-docker.pkg.dev"]) => Self::Google,
            _ if super::acr::registry(domain).is_some() => Self::Azure,
            _ if has(&[".dkr.ecr.", ".dkr.ecr-fips.", ".dkr-ecr."]) => Self::Ecr,
            _ if domain.starts_with("swr.") => Self::Swr,
            _ if ends(&[".jfrog.io"]) => Self::Artifactory,
            _ if ends(&[".aliyuncs.com"]) => Self::Alibaba,
            _ if ends(&[".tencentcloudcr.com", ".tencentyun.com"]) => Self::Tencent,
            _ => return None,
        })
    }

    /// What `domain` is, if that is known not to be Harbor.
    pub(super) fn other_than_harbor(domain: &str, options: &Options) -> Option<Self> {
        Self::of(domain, options).filter(|product| *product != Self::Harbor)
    }
}

/// What must be there before the copies are made, for a script's comments: projects of Harbor, and repositories of Amazon ECR.
pub(super) fn before<'a>(rows: impl IntoIterator<Item = &'a Row> + Clone, options: &Options) -> Vec<String> {
    let mut lines = projects(rows.clone(), |domain| Product::of(domain, options) == Some(Product::Harbor));
    lines.extend(repositories(rows));
    lines
}

/// The projects of the targets in each Harbor, which makes none on a push.
pub(super) fn projects<'a>(rows: impl IntoIterator<Item = &'a Row>, is_harbor: impl Fn(&str) -> bool) -> Vec<String> {
    let mut projects: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| is_harbor(&row.target_domain())) {
        let project = row.target_path().split('/').next().unwrap_or_default().to_owned();
        projects.entry(row.target_domain()).or_default().insert(project);
    }
    projects.into_iter().map(|(domain, projects)| format!("These projects of {domain} must be there: {}", listed(&projects))).collect()
}

/// Commands that make the targets' repositories: Amazon ECR makes none on a push unless a template says so. Where a tag is replaced there is one.
fn repositories<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<String> {
    let mut all: BTreeMap<(String, String, String), bool> = BTreeMap::new();
    for row in rows {
        if let Some((account, region)) = super::ecr::registry(&row.target_domain()) {
            *all.entry((account, region, row.target_path())).or_default() |= row.replaces().is_some();
        }
    }
    let missing = all.into_iter().filter(|(_, is_there)| !is_there).map(|((account, region, path), _)| {
        let [account, region, path] = [account, region, path].map(|word| quote(&word));
        format!("aws ecr create-repository --registry-id {account} --region {region} --repository-name {path}")
    });
    let mut lines: Vec<String> = missing.collect();
    if !lines.is_empty() {
        lines.insert(
            0,
            "These repositories of Amazon ECR must be there, unless a template of the registry creates them on a push:".to_owned(),
        );
    }
    lines
}
