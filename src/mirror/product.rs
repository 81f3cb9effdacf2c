//! Owns what a registry's name says of the product behind it.

use super::Options;

macro_rules! products {
    ($($variant:ident $name:literal),* $(,)?) => {
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
        }
    };
}

products! {
    Harbor "Harbor",
    DockerHub "Docker Hub",
    Quay "Quay",
    GitHub "GitHub's registry",
    GitLab "GitLab's registry",
    Google "Google's registry",
    Azure "Azure Container Registry",
    Ecr "Amazon ECR",
    Swr "Huawei's SWR",
    Artifactory "Artifactory",
    Alibaba "Alibaba's registry",
    Tencent "Tencent's registry",
    Publisher "a publisher's own registry",
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
