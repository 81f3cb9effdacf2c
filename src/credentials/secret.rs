//! Owns the wrapper that keeps a secret out of every output.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A text that must never be printed: `Debug` shows a placeholder, there is no `Display` and no serialisation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// The secret itself, to be sent and not to be kept.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with every copy of the secret replaced by `[secret]`, in base64, percent-encoded and in other case as well: a registry may repeat
    /// what it was sent, in a form of its own. Secrets of fewer than four bytes are left, since they would tear harmless words apart.
    pub fn redact(&self, text: &str) -> String {
        // No form is shorter than the secret itself.
        if self.0.len() < 4 || self.0.len() > text.len() {
            return text.to_owned();
        }
        let forms = [self.0.to_string(), percent_encoded(&self.0), STANDARD_NO_PAD.encode(&*self.0), URL_SAFE_NO_PAD.encode(&*self.0)];
        forms.iter().fold(text.to_owned(), |text, form| without(&text, form))
    }
}

/// `text` without any copy of `form`, in whatever case.
fn without(text: &str, form: &str) -> String {
    // The lower case of ASCII letters has their length, so that places are the same in both.
    let (lower, form) = (text.to_ascii_lowercase(), form.to_ascii_lowercase());
    let mut shown = String::new();
    let mut rest = 0;
    for (at, found) in lower.match_indices(&form) {
        shown.push_str(text.get(rest..at).unwrap_or_default());
        shown.push_str("[secret]");
        rest = at + found.len();
    }
    shown.push_str(text.get(rest..).unwrap_or_default());
    shown
}

/// `text` as it stands in a query or a form (RFC 3986 section 2.3: only unreserved characters stay).
pub fn percent_encoded(text: &str) -> String {
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if is_kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[secret]");
    }

    #[test]
    fn a_repeated_secret_is_taken_out_of_a_message() {
        assert_eq!(Secret::new("hunter2").redact("no user with hunter2"), "no user with [secret]");
    }

    #[test]
    fn a_secret_is_taken_out_in_every_form_that_it_is_sent_in() {
        let secret = Secret::new("p/w d?ö");
        for form in ["P/W D?ö", "p%2Fw%20d%3F%C3%B6", "p%2fw%20d%3f%c3%b6", "cC93IGQ/w7Y=", "cC93IGQ_w7Y"] {
            let shown = secret.redact(&format!("é {form}é"));
            assert!(shown.starts_with("é [secret]") && shown.ends_with('é') && shown.len() <= 15, "{form}: {shown}");
        }
    }
}
