//! Ranges of HTTP statuses in the configuration: `429`, `"429"`, `"5xx"`, `"500-504"`.

use crate::document_tree::{Content, Node};
use crate::quote::joined_by;
use crate::status_range::StatusRange;
use std::ops::RangeInclusive;

const STATUSES: RangeInclusive<u16> = 100..=999;

/// Parses one item of a list of statuses.
///
/// # Errors
/// If the item is not a status, a class or a range, or is outside 100 to 999.
pub(super) fn parse(node: &Node) -> Result<StatusRange, String> {
    let range = match &node.content {
        Content::Number(text) => single(text),
        Content::Text(text) => class(text).or_else(|| single(text.trim_ascii())).or_else(|| {
            let (first, last) = text.split_once('-')?;
            Some((status(first.trim_ascii())?, status(last.trim_ascii())?))
        }),
        _ => None,
    };
    let valid = range.filter(|(first, last)| STATUSES.contains(first) && STATUSES.contains(last) && first <= last);
    valid
        .map(|(first, last)| StatusRange { first, last })
        .ok_or_else(|| format!("must be a status between 100 and 999, a class such as \"5xx\" or a range such as \"500-504\", is {node}"))
}

fn single(text: &str) -> Option<(u16, u16)> {
    status(text).map(|status| (status, status))
}

/// Parses three digits.
fn status(text: &str) -> Option<u16> {
    text.parse().ok().filter(|_| text.len() == 3)
}

fn class(text: &str) -> Option<(u16, u16)> {
    let digit = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"))?;
    let first = digit.parse::<u16>().ok().filter(|_| digit.len() == 1)? * 100;
    Some((first, first + 99))
}

/// Sorts ranges, and merges those that overlap or touch.
pub(super) fn merged(ranges: Vec<StatusRange>) -> Vec<StatusRange> {
    let mut sorted: Vec<StatusRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        sorted.insert(sorted.partition_point(|other| other.first <= range.first), range);
    }
    let mut merged: Vec<StatusRange> = Vec::new();
    for range in sorted {
        match merged.last_mut() {
            Some(before) if range.first <= before.last.saturating_add(1) => before.last = before.last.max(range.last),
            _ => merged.push(range),
        }
    }
    merged
}

/// Returns the statuses that are in both lists.
pub(super) fn overlap(a: &[StatusRange], b: &[StatusRange]) -> Vec<StatusRange> {
    let mut overlap = Vec::new();
    for one in a {
        for other in b {
            let common = StatusRange { first: one.first.max(other.first), last: one.last.min(other.last) };
            if common.first <= common.last {
                overlap.push(common);
            }
        }
    }
    overlap
}

/// Formats ranges as the configuration writes them.
pub(super) fn format(ranges: &[StatusRange]) -> String {
    let one = |range: &StatusRange| match (range.first, range.last) {
        (first, last) if first == last => first.to_string(),
        (first, last) if first.is_multiple_of(100) && last == first + 99 => format!("{}xx", first / 100),
        (first, last) => format!("{first}-{last}"),
    };
    format!("[{}]", joined_by(", ", &ranges.iter().map(one).collect::<Vec<_>>()))
}
