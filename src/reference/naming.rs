//! Owns what the name of a value (a key, a variable, a flag) says of it: whether an image is meant, and which part of one.

/// What a name says of its value. The order is that of how much it says for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naming {
    /// Something else: `REDIS_URL`, `SERVICE_PATH`.
    Otherwise,
    /// Nothing for sure: `APP`, what means another kind of images (`heroImage`, `OS_IMAGE`), and what stands around them (`IMAGE_PROXY`).
    Nothing,
    /// That it has to do with an image: `imageK8S`, but also `imagePullPolicy`.
    Around,
    /// That an image may be meant: `BASE`, `PYTHON_BASE`, `imageUrl`.
    Suggests,
    /// An image: `PROXY_IMAGE`, `baseImage`, `IMAGE_NAME`, `--helper-image`, `imagePullSpec`, `repositoryAndTag`.
    Image,
}

/// Which part of a reference a key holds, where several keys of one mapping spell it together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPart {
    /// The domain, perhaps with the beginning of the path: `registry`, `hub`, `imageRegistry`, `registryUrl`.
    Registry,
    /// The domain, where the keys around say that an image is meant: `host`.
    Host,
    /// The path between the domain and the last segments: `namespace`, `imageNamespace`.
    Namespace,
    /// The path, perhaps with the domain, or all of it but the last segment: `repository`, `imageRepo`.
    Repository,
    /// The path or its last segment, where images are meant: `name`, `imageName`, `path`.
    Name,
    /// The reference, or what is left of it beside the other keys: `image`, `dockerImage`.
    Image,
    /// The tag: `tag`, `imageTag`, `version`.
    Tag,
    /// The digest: `digest`, `imageDigest`, `sha256`.
    Digest,
}

/// Words that follow `image` where the name of one is meant. Others (`DIR`, `PROXY`, `MODEL`) tell of something around it.
const OF_AN_IMAGE: &[&str] =
    &["name", "fullname", "repository", "repo", "uri", "ref", "reference", "default", "pull", "spec", "override", "and", "list"];

/// Words that follow `image` where its name is meant, or a file.
const WHERE_AN_IMAGE_IS: &[&str] = &["url", "path", "src", "source", "location", "address"];

/// Words before `repository` and the like that make an image's of it.
const OF_CONTAINERS: &[&str] = &["container", "docker", "oci"];

/// Words before `image` that make it a picture or a machine's disk.
const OTHER_IMAGES: &[&str] = &[
    "ami",
    "avatar",
    "background",
    "banner",
    "bg",
    "boot",
    "cover",
    "disk",
    "favicon",
    "header",
    "hero",
    "icon",
    "iso",
    "logo",
    "machine",
    "os",
    "og",
    "poster",
    "preview",
    "profile",
    "splash",
    "thumb",
    "thumbnail",
    "vm",
    "wallpaper",
];

/// Last words of names that often hold what an image is built on.
const BASES: &[&str] = &["base", "builder", "from", "runtime"];

/// Last words of names that hold something else.
const OTHERS: &[&str] = &[
    "addr",
    "address",
    "branch",
    "bucket",
    "cmd",
    "command",
    "dest",
    "digest",
    "dir",
    "directory",
    "dsn",
    "endpoint",
    "file",
    "folder",
    "gid",
    "home",
    "host",
    "hosts",
    "id",
    "index",
    "mod",
    "module",
    "owner",
    "package",
    "path",
    "pkg",
    "port",
    "prefix",
    "proxy",
    "registry",
    "root",
    "server",
    "sha",
    "source",
    "src",
    "tag",
    "uid",
    "url",
    "user",
    "version",
    "workdir",
];

impl Naming {
    /// Whether a name has a word that means an image, whatever else it says.
    #[must_use]
    pub fn has_image(name: &str) -> bool {
        // Nearly all names are told by their letters.
        let may = |word: &[u8]| name.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
        if !(may(b"mage") || may(b"img") || may(b"repo") || may(b"and")) {
            return false;
        }
        words(name.rsplit('/').next().unwrap_or_default()).any(is_image) || Self::of(name) == Self::Image
    }

    /// Reads a name, in any spelling: `docker_image`, `dockerImage`, `docker-image`, `docker.image`, `--docker-image`, `DOCKER_IMAGE_2`.
    #[must_use]
    pub fn of(name: &str) -> Self {
        // What precedes a slash is whose name it is: `image.toolkit.example.com/policy`.
        let name = name.rsplit('/').next().unwrap_or_default();
        let (mut at, mut count) = (None, 0_usize);
        for word in words(name) {
            at = if is_image(word) { Some(count) } else { at };
            count += 1;
        }
        let last = words(name).last().unwrap_or_default();
        let Some(at) = at else {
            let mut all = words(name);
            return match () {
                // The whole reference is told from its parts by the word between them: `RepositoryAndTag`.
                () if all.any(|word| word.eq_ignore_ascii_case("and")) && is_of(last, &["tag", "digest"]) => Self::Image,
                () if is_of(last, &["repository", "repo"]) && words(name).any(|word| is_of(word, OF_CONTAINERS)) => Self::Image,
                () if is_of(last, BASES) => Self::Suggests,
                () if is_of(last, OTHERS) => Self::Otherwise,
                () => Self::Nothing,
            };
        };
        let before = at.checked_sub(1).and_then(|before| words(name).nth(before));
        let rest = || words(name).skip(at + 1);
        match before {
            // OLM's own convention: the rest of the name is the image's.
            Some(word) if at == 1 && word.eq_ignore_ascii_case("related") && rest().next().is_some() => Self::Image,
            Some(word) if is_of(word, OTHER_IMAGES) && !words(name).take(at).any(|word| is_of(word, OF_CONTAINERS)) => Self::Nothing,
            _ if rest().all(|word| is_of(word, OF_AN_IMAGE)) => Self::Image,
            _ if rest().all(|word| is_of(word, WHERE_AN_IMAGE_IS)) => Self::Suggests,
            _ if is_of(last, OTHERS) => Self::Nothing,
            _ => Self::Around,
        }
    }
}

/// Whether the image of a node is meant: without a path that is a machine's (`--gcp-node-image=ubuntu`), and else one of kind or the like.
#[must_use]
pub fn is_of_a_node(name: &str) -> bool {
    words(name).zip(words(name).skip(1)).any(|(before, word)| before.eq_ignore_ascii_case("node") && is_image(word))
}

/// Last words of names whose value stands before names of images.
const BEFORE_NAMES: &[&str] = &["prefix", "registry", "registries", "hub", "mirror", "namespace", "organization", "org"];

/// Whether what a name calls is put before names of images: a registry, perhaps with the beginning of a path. One whose value may also be a whole
/// name (`IMAGE_REPO`) says it only if `value`, a path without its registry, is none.
#[must_use]
pub fn begins_names(name: &str, is_image: impl FnOnce() -> bool) -> bool {
    let last = words(name.rsplit('/').next().unwrap_or_default()).last().unwrap_or_default();
    match KeyPart::of(name) {
        Some(KeyPart::Registry | KeyPart::Namespace) => true,
        Some(KeyPart::Repository) => !is_image(),
        _ => is_of(last, BEFORE_NAMES),
    }
}

/// Whether a name ends with these words, in small letters with dashes between them: `ALLOWED_HOSTS` ends with `hosts` and with `allowed-hosts`.
#[must_use]
pub fn ends_with_words(name: &str, end: &str) -> bool {
    let all: Vec<&str> = words(name).collect();
    let wanted = end.split('-').count();
    let last = all.len().checked_sub(wanted).and_then(|from| all.get(from..));
    last.is_some_and(|last| last.iter().zip(end.split('-')).all(|(word, wanted)| word.eq_ignore_ascii_case(wanted)))
}

/// Last words of keys around an image that make it a machine's.
const MACHINES: &[&str] = &["ami", "disk", "disks", "iso", "machine", "os", "vm", "vms", "instance"];

/// Whether the image below a key is that of a machine: `bootDisk: {image: …}`, but not `containerDisk: {image: …}`.
#[must_use]
pub fn holds_a_machine(key: &str) -> bool {
    words(key).last().is_some_and(|last| is_of(last, MACHINES)) && !words(key).any(|word| is_of(word, OF_CONTAINERS))
}

impl KeyPart {
    /// Which part of a reference a key holds. That it is a reference must be said by the keys together, or by the key around them.
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        let mut all: [&str; 3] = [""; 3];
        for word in words(key) {
            all = [all[1], all[2], word];
        }
        let [_, before, last] = all;
        let is = |words: &[&str]| is_of(last, words);
        let behind = |words: &[&str]| is_of(before, words);
        Some(match () {
            () if is(&["registry", "hub"])
                || (is_of(last, &["url", "host", "server", "domain", "address", "name", "prefix"]) && behind(&["registry"])) =>
            {
                Self::Registry
            }
            () if is(&["namespace", "project", "organization", "org"]) => Self::Namespace,
            () if is(&["repository", "repo"]) || (is(&["name", "path", "url"]) && behind(&["repository", "repo"])) => Self::Repository,
            () if is_image(last) => Self::Image,
            () if is(&["name", "path", "url", "uri", "ref", "reference", "host"]) => match () {
                () if is(&["host"]) => Self::Host,
                () if is(&["uri", "ref", "reference"]) => Self::Image,
                () => Self::Name,
            },
            () if is(&["tag", "version"]) => Self::Tag,
            () if is(&["digest", "sha"]) => Self::Digest,
            () => return None,
        })
    }

    /// What is left of a key without the words that name the part, in small letters. Keys of one mapping with the same belong together:
    /// `webImageRegistry` and `web_image_tag`, or `registry` and `imageName`.
    #[must_use]
    pub fn stem(key: &str) -> String {
        let mut stem = String::new();
        for word in words(key).filter(|word| !is_of(word, OF_PARTS)) {
            stem.push_str(if stem.is_empty() { "" } else { "-" });
            stem.extend(word.chars().flat_map(char::to_lowercase));
        }
        stem
    }
}

/// Words that name a part, or say no more than that a container's image is meant.
const OF_PARTS: &[&str] = &[
    "registry",
    "hub",
    "url",
    "host",
    "server",
    "domain",
    "address",
    "name",
    "prefix",
    "namespace",
    "project",
    "organization",
    "org",
    "repository",
    "repo",
    "path",
    "uri",
    "ref",
    "reference",
    "tag",
    "version",
    "digest",
    "sha",
    "container",
    "docker",
    "oci",
    "image",
    "img",
];

/// Whether a word means an image. `BASEIMAGE` is one word, `images` are several.
fn is_image(word: &str) -> bool {
    let ends =
        |end: &str| word.len().checked_sub(end.len()).and_then(|at| word.get(at..)).is_some_and(|last| last.eq_ignore_ascii_case(end));
    ends("image") || ends("images") || is_of(word, &["img", "imgs"])
}

fn is_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|one| one.len() == word.len() && one.eq_ignore_ascii_case(word))
}

/// The words of a name, without numbers and signs: `BASE_IMAGE_2`, `--base-image`, `base.image` and `baseImage` have the same but for capitals. A
/// word begins with a capital behind a small letter, and with the last capital of a run that small letters follow (`OCIImage`).
fn words(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_alphabetic());
        let mut letters = rest.char_indices().peekable();
        let (_, mut before) = letters.next()?;
        let mut end = rest.len();
        while let Some((at, letter)) = letters.next() {
            let next_is_small = letters.peek().is_some_and(|(_, next)| next.is_lowercase());
            if !letter.is_alphabetic() || (letter.is_uppercase() && (before.is_lowercase() || next_is_small)) {
                end = at;
                break;
            }
            before = letter;
        }
        let (word, behind) = rest.split_at(end);
        rest = behind;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_the_last_word_or_what_its_name_is_called() {
        let names = "IMAGE BASE_IMAGE BASEIMAGE --helper-image baseImage IMAGE_NAME APP_IMAGE_REPOSITORY IMAGE2 APP_IMG docker_image web-image \
            imageRef workImagePullSpec Image.Ref OCIImage sidecarImages STRIMZI_KAFKA_IMAGES RepositoryAndTag dockerRepo imageOverride";
        for name in names.split_whitespace() {
            assert_eq!(Naming::of(name), Naming::Image, "{name}");
        }
        assert_eq!(Naming::of("RELATED_IMAGE_KAFKA_3"), Naming::Image);
    }

    #[test]
    fn other_kinds_of_images_say_nothing() {
        for name in "heroImage OS_IMAGE vmImageName APP repository IMAGE_DIR IMAGE_PROXY".split(' ').chain([""]) {
            assert_eq!(Naming::of(name), Naming::Nothing, "{name}");
        }
    }

    #[test]
    fn what_stands_around_images_says_that() {
        for name in "--image-format IMAGE_NGINX imageK8S imageConsulDataplane imagePullSecrets imagePullPolicy".split(' ') {
            assert_eq!(Naming::of(name), Naming::Around, "{name}");
        }
    }

    #[test]
    fn other_words_say_what_they_say() {
        for name in ["PYTHON_BASE", "imageUrl", "IMAGE_PATH"] {
            assert_eq!(Naming::of(name), Naming::Suggests, "{name}");
        }
        for name in ["REDIS_HOST", "USER_ID", "SERVICE_PATH", "dbUrl", "GO_MODULE"] {
            assert_eq!(Naming::of(name), Naming::Otherwise, "{name}");
        }
    }

    #[test]
    fn keys_say_which_part_they_hold() {
        for (part, keys) in [
            (KeyPart::Registry, "registry hub imageRegistry containerRegistry registryUrl dockerRegistryHost"),
            (KeyPart::Host, "host imageHost"),
            (KeyPart::Namespace, "namespace imageNamespace"),
            (KeyPart::Repository, "repository repo imageRepo dbRepository image_repository repositoryName"),
            (KeyPart::Name, "name imageName path imagePath"),
            (KeyPart::Image, "image dockerImage img imageRef"),
            (KeyPart::Tag, "tag imageTag version"),
            (KeyPart::Digest, "digest image_digest sha256"),
        ] {
            for key in keys.split(' ') {
                assert_eq!(KeyPart::of(key), Some(part), "{key}");
            }
        }
        for key in ["pullPolicy", "imagePullSecrets", "enabled", ""] {
            assert_eq!(KeyPart::of(key), None, "{key}");
        }
    }

    #[test]
    fn what_stands_before_names_is_told_by_its_name() {
        for name in "REGISTRY DOCKER_REGISTRY registryPrefix IMAGE_PREFIX repo_prefix --image-prefix registry-url namespace".split(' ') {
            assert!(begins_names(name, || true), "{name}");
        }
        assert!(begins_names("image_repo", || false) && !begins_names("image_repo", || true));
        for name in ["IMAGE", "BASE", "image", "prefixes", ""] {
            assert!(!begins_names(name, || false), "{name}");
        }
    }

    #[test]
    fn the_last_words_are_the_same_in_any_spelling() {
        for name in ["NO_PROXY", "no_proxy", "httpNoProxy", "--no-proxy"] {
            assert!(ends_with_words(name, "no-proxy"), "{name}");
        }
        assert!(!ends_with_words("proxy", "no-proxy") && !ends_with_words("ghosts", "hosts") && !ends_with_words("", "hosts"));
    }

    #[test]
    fn parts_of_one_reference_have_the_same_words_beside() {
        let is_beside = |one: &str, other: &str| KeyPart::stem(one) == KeyPart::stem(other);
        assert!(is_beside("registry", "imageName") && is_beside("webImageRegistry", "web_image_tag"));
        assert!(is_beside("dbRegistry", "dbRepository") && is_beside("containerRegistry", "imageTag"));
        assert!(!is_beside("dbRegistry", "repository") && !is_beside("chartVersion", "image"));
    }
}
