//! Whether a quota is used up. Servers as GitHub's send the time of its reset with every answer.

use super::headers::{REMAINING, values};
use super::ignored::{Ignored, IgnoredHints, ValueProblem};
use super::list::items;
use super::number::Number;
use crate::permit::Hint;

/// What an answer says about a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quota {
    /// Used up: the reset says when to call again.
    UsedUp,
    /// The server refused, and something of the quota is left, or may be.
    Left,
    /// The status does not speak of a quota.
    NotConcerned,
}

/// Reads the quota beside a status. A 429 alone says that it is used up, a 403 only with nothing remaining.
pub(super) fn quota(status: Option<u16>, hints: &[&Hint], ignored: &mut IgnoredHints) -> Quota {
    let unknown = match status {
        Some(429) => Quota::UsedUp,
        Some(403) => Quota::Left,
        _ => return Quota::NotConcerned,
    };
    match smallest_remaining(hints, ignored) {
        None => unknown,
        Some(0) => Quota::UsedUp,
        Some(_) => Quota::Left,
    }
}

/// In thousandths.
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
