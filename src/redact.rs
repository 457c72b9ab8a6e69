//! Removes what may be secret from texts that are shown or stored: user information, paths and queries of URLs.
//!
//! ```
//! use fuseboard::redact_urls;
//! assert_eq!(redact_urls("GET https://me:pass@api.example/v1?key=1 failed"), "GET https://api.example/...");
//! assert_eq!(redact_urls("/etc/breakers.yaml"), "/etc/breakers.yaml");
//! ```

use crate::url_parts::{HIDDEN, UrlParts, has_encoded_end, is_scheme_byte, without_slashes};
use std::borrow::Cow;

/// Returns a text as it is, or if it has a URL, the text up to the authority of its first URL.
///
/// What follows a URL is removed too, because only the URL's author knows where the URL ends. A text counts as a URL without a scheme if
/// it has a password (`user:password@host`), begins with `//`, or has a query (`?name=value`).
#[must_use]
pub fn redact_urls(text: &str) -> Cow<'_, str> {
    if is_url(text) { Cow::Owned(redacted(text)) } else { Cow::Borrowed(text) }
}

/// Returns the part of an invalid value that messages may show. Unlike in [`redact_urls`], every `@` counts as the end of user information.
pub(crate) fn redact_value(text: &str) -> Cow<'_, str> {
    if text.contains('@') || has_encoded_end(text) || is_url(text) { Cow::Owned(redacted(text)) } else { Cow::Borrowed(text) }
}

/// Whether a text has a URL, with or without its scheme.
pub(crate) fn is_url(text: &str) -> bool {
    start_of_url(text).is_some() || has_scheme(text) || has_password(text) || has_query(text)
}

/// Whether a text has a URL with a scheme, which may be percent-encoded.
pub(crate) fn has_scheme(text: &str) -> bool {
    const ENCODED: [&str; 4] = ["%3a%2f%2f", "%3a%5c%5c", "%3a%2f%5c", "%3a%5c%2f"];
    let is_encoded = || {
        let lower = text.to_ascii_lowercase();
        ENCODED.iter().any(|slashes| lower.contains(slashes))
    };
    start_of_scheme(text).is_some() || (text.contains('%') && is_encoded())
}

/// Returns the index where the first URL with a scheme, or a word that begins with two slashes, begins.
fn start_of_url(text: &str) -> Option<usize> {
    let is_start = |(at, _): &(usize, &str)| {
        let (before, after) = text.split_at_checked(*at).unwrap_or((text, ""));
        without_slashes(after).is_some_and(|rest| rest.starts_with(|first: char| !first.is_whitespace()))
            && before.chars().next_back().is_none_or(char::is_whitespace)
    };
    let of_slashes = text.match_indices(['/', '\\']).find(is_start).map(|(at, _)| at);
    of_slashes.into_iter().chain(start_of_scheme(text)).min()
}

fn start_of_scheme(text: &str) -> Option<usize> {
    let is_end_of_scheme = |(colon, _): &(usize, &str)| text.get(colon + 1..).and_then(without_slashes).is_some();
    let (colon, _) = text.match_indices(':').find(is_end_of_scheme)?;
    let scheme = text.as_bytes().iter().take(colon).rev().take_while(|byte| is_scheme_byte(**byte)).count();
    Some(colon - scheme)
}

fn has_password(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(before, _)| before.rsplit(char::is_whitespace).next().unwrap_or(before).contains(':'))
}

fn has_query(text: &str) -> bool {
    text.split_once('?').is_some_and(|(_, query)| query.contains('='))
}

fn redacted(text: &str) -> String {
    let (before, url) = start_of_url(text).and_then(|start| text.split_at_checked(start)).unwrap_or(("", text));
    // Before a URL there may be another one without a scheme.
    if has_encoded_end(before) || before.contains(['@', '?']) {
        return HIDDEN.to_owned();
    }
    let parts = UrlParts::of(url);
    let scheme = parts.scheme.map_or(String::new(), |scheme| if scheme.is_empty() { "//".to_owned() } else { format!("{scheme}://") });
    let rest = if parts.rest.len() > 1 && parts.shown() != HIDDEN { "/..." } else { "" };
    format!("{before}{scheme}{}{rest}", parts.shown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_cut_to_its_authority() {
        for (text, shown) in [
            ("https://me:SECRET@h:8080/SECRET?k=SECRET#SECRET", "https://h:8080/..."),
            ("HTTPS:\\\\me:SECRET@h\\SECRET", "HTTPS://h/..."),
            ("//SECRET@h/SECRET", "//h/..."),
            ("no answer from //h/SECRET", "no answer from //h/..."),
            ("GET https://SECRET@h/SECRET: no answer", "GET https://h/..."),
            ("no answer from https://h/", "no answer from https://h"),
            ("me:p@SECRET@h", "h"),
            ("Max retries exceeded with url: /v1?api_key=SECRET", "Max retries exceeded with url: /..."),
            ("h/v1?api_key=SECRET", "h/..."),
            ("https://me:SEC/RET@h/", "https://..."),
            ("https://a/ https://me:SECRET@b/", "https://..."),
            ("x@SECRET?https://h", "..."),
            ("https%3A%2F%2Fme%3ASECRET%40h", "..."),
            ("redis://:SECRET@[::1]:6379/0", "redis://[::1]:6379/..."),
            ("file:///SECRET", "file:///..."),
            ("1://SECRET@h/SECRET", "..."),
        ] {
            assert_eq!(redact_urls(text), shown, "{text}");
        }
    }

    #[test]
    fn text_without_a_url_is_unchanged() {
        for text in
            ["", "db", "celery@worker-1", "Error: x@1", "a/b", "C:\\b.yaml", "orders%20db", "a?b", "a:b", "a // b", "a//b", "münchen"]
        {
            assert_eq!(redact_urls(text), text);
        }
    }

    #[test]
    fn every_at_sign_ends_user_information_in_an_invalid_value() {
        assert_eq!(redact_value("SECRET@h"), "h");
        assert_eq!(redact_value("SECRET%40h"), "...");
        assert_eq!(redact_value("fail_max"), "fail_max");
    }
}
