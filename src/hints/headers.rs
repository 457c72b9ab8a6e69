//! The headers that are read. Names are compared without case.

use crate::permit::Hint;

/// The unit of a number in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Milliseconds,
    Seconds,
    /// Seconds, or the time of day if the number is too large for a wait.
    SecondsOrTime,
}

/// Headers that ask for a wait, in order of precedence.
pub(super) const WAITS: [(&str, Scale); 4] = [
    ("retry-after-ms", Scale::Milliseconds),
    ("x-ms-retry-after-ms", Scale::Milliseconds),
    ("retry-after", Scale::Seconds),
    ("grpc-retry-pushback-ms", Scale::Milliseconds),
];

/// Headers that say when a quota is renewed, in order of precedence. They ask for a wait only if the quota is used up.
pub(super) const RESETS: [&str; 2] = ["ratelimit-reset", "x-ratelimit-reset"];

/// Headers that say how much of a quota is left.
pub(super) const REMAINING: [&str; 2] = ["ratelimit-remaining", "x-ratelimit-remaining"];

/// The server's own clock.
pub(super) const DATE: &str = "date";

/// Returns the values of one header.
pub(super) fn values<'a>(hints: &[&'a Hint], header: &'static str) -> impl Iterator<Item = &'a str> {
    hints.iter().filter(move |hint| is_named(&hint.name, header)).map(|hint| hint.value.as_str())
}

/// Whether hints of this name are read. Of all headers of an answer, a host needs to report only these.
///
/// ```
/// assert!(fuseboard::hints::is_read("Retry-After"));
/// assert!(!fuseboard::hints::is_read("content-type"));
/// ```
#[must_use]
pub fn is_read(name: &str) -> bool {
    known(name).is_some()
}

/// Returns the header of this name, if it is read.
pub(super) fn known(name: &str) -> Option<&'static str> {
    let waits = WAITS.into_iter().map(|(header, _)| header);
    waits.chain(RESETS).chain(REMAINING).chain([DATE]).find(|header| is_named(name, header))
}

fn is_named(name: &str, header: &str) -> bool {
    name.trim_ascii().eq_ignore_ascii_case(header)
}
