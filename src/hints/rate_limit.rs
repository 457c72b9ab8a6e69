//! Whether a quota is used up. Some servers, such as GitHub's, send the time of its reset with every answer.

use super::headers::{REMAINING, values};
use super::ignored::{Ignored, IgnoredHints, ValueProblem};
use super::list::items;
use super::number::Number;
use crate::permit::Hint;

/// What the server's answer says about a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quota {
    /// It is used up. The reset says when to call again.
    UsedUp,
    /// Some of it is left, or may be left.
    Left,
    /// The status says nothing about a quota.
    Unrelated,
}

/// Reads the quota. A 429 means that it is used up, unless a header says that some remains. A 403 means it only if a header says that
/// nothing remains.
pub(super) fn quota(status: Option<u16>, hints: &[&Hint], ignored: &mut IgnoredHints) -> Quota {
    let unknown = match status {
        Some(429) => Quota::UsedUp,
        Some(403) => Quota::Left,
        _ => return Quota::Unrelated,
    };
    match smallest_remaining(hints, ignored) {
        None => unknown,
        Some(0) => Quota::UsedUp,
        Some(_) => Quota::Left,
    }
}

/// Returns the smallest remaining quota, in thousandths.
fn smallest_remaining(hints: &[&Hint], ignored: &mut IgnoredHints) -> Option<u64> {
    let mut smallest: Option<u64> = None;
    for header in REMAINING {
        for item in values(hints, header).flat_map(items) {
            let remaining = match Number::parse(item) {
                Some(Number::Thousandths(remaining)) => remaining,
                Some(Number::Negative) => 0,
                Some(Number::Nan) | None => {
                    ignored.push(Ignored::Value { header, value: item.to_owned(), problem: ValueProblem::NotANumber });
                    continue;
                }
            };
            smallest = Some(smallest.map_or(remaining, |known| known.min(remaining)));
        }
    }
    smallest
}
