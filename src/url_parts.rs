//! The parts of a URL: its scheme, its authority, and what follows. Only the authority names a host; the other parts may be secret.

/// Shown instead of a part that may be secret.
pub(crate) const HIDDEN: &str = "...";

/// The characters that end an authority. Browsers read `\` as `/`.
const ENDS: [char; 4] = ['/', '?', '#', '\\'];

/// The characters that end an authority or its user information, percent-encoded, in lower case.
const ENCODED_ENDS: [&str; 5] = ["%2f", "%3f", "%23", "%5c", "%40"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UrlParts<'t> {
    /// Empty for a URL that begins with `//`. `None` if the text does not begin as a URL.
    pub(crate) scheme: Option<&'t str>,
    /// Host and port, without user information.
    pub(crate) authority: &'t str,
    /// Path, query and fragment.
    pub(crate) rest: &'t str,
}

impl<'t> UrlParts<'t> {
    /// Splits a URL, or an authority without a scheme. User information ends at the last `@` of the authority.
    pub(crate) fn of(text: &'t str) -> UrlParts<'t> {
        let (scheme, after_scheme) = split_scheme(text).map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
        let end = after_scheme.find(ENDS).unwrap_or(after_scheme.len());
        let (authority, rest) = after_scheme.split_at_checked(end).unwrap_or((after_scheme, ""));
        UrlParts { scheme, authority: authority.rsplit_once('@').map_or(authority, |(_, host)| host), rest }
    }

    /// Whether the authority may be the beginning of user information that has a `/`, `?`, `#` or `\` which is not percent-encoded.
    pub(crate) fn may_be_user_information(&self) -> bool {
        self.rest.contains('@')
    }

    /// Returns the authority for messages, or [`HIDDEN`] if it may have a secret.
    pub(crate) fn shown(&self) -> &'t str {
        if self.may_be_user_information() || has_encoded_end(self.authority) { HIDDEN } else { self.authority }
    }
}

/// Whether a text has a character that ends an authority or its user information, percent-encoded.
pub(crate) fn has_encoded_end(text: &str) -> bool {
    text.contains('%') && {
        let lower = text.to_ascii_lowercase();
        ENCODED_ENDS.iter().any(|end| lower.contains(end))
    }
}

fn split_scheme(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = without_slashes(text) {
        return Some(("", rest));
    }
    let (scheme, rest) = text.split_once(':')?;
    Some((scheme, without_slashes(rest).filter(|_| is_scheme(scheme))?))
}

/// Removes the two slashes that begin an authority.
pub(crate) fn without_slashes(text: &str) -> Option<&str> {
    text.strip_prefix(['/', '\\'])?.strip_prefix(['/', '\\'])
}

pub(crate) fn is_scheme_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_scheme_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn splits(text: &str, scheme: Option<&str>, authority: &str, rest: &str) {
        assert_eq!(UrlParts::of(text), UrlParts { scheme, authority, rest }, "{text}");
    }

    #[test]
    fn authority_ends_at_the_first_slash_question_mark_or_number_sign() {
        splits("https://h:8080/p?q=1#f", Some("https"), "h:8080", "/p?q=1#f");
        splits("https://h?q=a/b", Some("https"), "h", "?q=a/b");
        splits("https://h#f", Some("https"), "h", "#f");
        splits("HTTPS:\\\\h\\p", Some("HTTPS"), "h", "\\p");
        splits("//h/p", Some(""), "h", "/p");
        splits("h/p", None, "h", "/p");
        splits("1a://h", None, "1a:", "//h");
        splits("", None, "", "");
    }

    #[test]
    fn user_information_ends_at_the_last_at_sign_of_the_authority() {
        splits("https://user:p@ss@h/p", Some("https"), "h", "/p");
        splits("user@h", None, "h", "");
        splits("https://h/p?q=a@b", Some("https"), "h", "/p?q=a@b");
        splits("https://@[::1]:8080", Some("https"), "[::1]:8080", "");
    }

    #[test]
    fn authority_that_may_have_a_secret_is_not_shown() {
        for text in ["https://user:pa/ss@h/", "user:pa?ss@h", "https%3A%2F%2Fuser%3Apass%40h", "h%3fkey", "user%40x"] {
            assert_eq!(UrlParts::of(text).shown(), HIDDEN, "{text}");
        }
        assert_eq!(UrlParts::of("https://user:pass@h:99999/x").shown(), "h:99999");
        assert_eq!(UrlParts::of("[fe80::1%eth0]").shown(), "[fe80::1%eth0]");
    }
}
