//! Owns what the name of a value (a key, a variable, a flag) says of it.

/// What a name says of its value. The order is that of how much it says for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// Something else: `REDIS_URL`, `SERVICE_PATH`.
    Otherwise,
    /// Nothing for sure: `APP`, and what stands around images or means another kind of them: `IMAGE_PROXY`, `heroImage`, `OS_IMAGE`.
    Nothing,
    /// That an image may be meant: `BASE`, `PYTHON_BASE`.
    Suggests,
    /// An image: `PROXY_IMAGE`, `baseImage`, `IMAGE_NAME`, `--helper-image`.
    Image,
}

/// Words that follow `image` where the name of one is meant. Others (`DIR`, `PROXY`, `MODEL`) tell of something around it.
const OF_AN_IMAGE: &str = "name fullname repository repo uri ref reference tag default";

/// Words before `image` that make it a picture or a machine's disk.
const OTHER_IMAGES: &str = "ami avatar background banner bg boot cover disk favicon header hero icon iso logo machine os og poster \
    preview profile splash thumb thumbnail vm wallpaper";

/// Last words of names that often hold what an image is built on.
const BASES: &str = "base builder from runtime";

/// Last words of names that hold something else.
const OTHERS: &str = "addr address branch bucket cmd command dest dir directory dsn endpoint file folder gid home host hosts id \
    index mod module owner package path pkg port prefix proxy registry root server source src uid url user workdir";

impl Naming {
    /// Reads a name.
    pub(super) fn of(name: &str) -> Self {
        let words = words(name);
        let at = words.iter().rposition(|word| word.ends_with("image") || word == "img");
        let last = words.last().map(String::as_str).unwrap_or_default();
        match at.map(|at| (words.get(..at).unwrap_or_default(), words.get(at + 1..).unwrap_or_default())) {
            // OLM's own convention: the rest of the name is the image's.
            Some((before, rest)) if before == ["related"] && !rest.is_empty() => Self::Image,
            Some((before, _)) if before.last().is_some_and(|word| is_of(word, OTHER_IMAGES)) => Self::Nothing,
            Some((_, rest)) if rest.iter().all(|word| is_of(word, OF_AN_IMAGE)) => Self::Image,
            None if is_of(last, BASES) => Self::Suggests,
            None if is_of(last, OTHERS) => Self::Otherwise,
            _ => Self::Nothing,
        }
    }
}

fn is_of(word: &str, words: &str) -> bool {
    words.split(' ').any(|one| one == word)
}

/// The words of a name in lower case, without numbers: `BASE_IMAGE_2`, `--base-image` and `baseImage` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in name.chars() {
        if !c.is_alphabetic() || (c.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_the_last_word_or_what_its_name_is_called() {
        for name in "IMAGE BASE_IMAGE BASEIMAGE --helper-image baseImage IMAGE_NAME APP_IMAGE_REPOSITORY IMAGE2 APP_IMG".split(' ') {
            assert_eq!(Naming::of(name), Naming::Image, "{name}");
        }
        assert_eq!(Naming::of("RELATED_IMAGE_KAFKA_3"), Naming::Image);
    }

    #[test]
    fn what_stands_around_images_and_other_kinds_of_them_say_nothing() {
        let names = "IMAGE_DIR IMAGE_PROXY --image-format IMAGE_NGINX heroImage OS_IMAGE vmImageName APP imagePullSecrets";
        for name in names.split(' ').chain([""]) {
            assert_eq!(Naming::of(name), Naming::Nothing, "{name}");
        }
    }

    #[test]
    fn other_words_say_what_they_say() {
        assert_eq!(Naming::of("PYTHON_BASE"), Naming::Suggests);
        for name in ["REDIS_HOST", "USER_ID", "SERVICE_PATH", "dbUrl", "GO_MODULE"] {
            assert_eq!(Naming::of(name), Naming::Otherwise, "{name}");
        }
    }
}
