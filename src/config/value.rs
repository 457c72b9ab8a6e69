//! One value of a setting: read by the setting's rule, and shown as the configuration would say it.

use super::origin::Origin;
use super::settings::{Row, Rule};
use crate::decimal::{self, NotWithin};
use crate::names::{in_quotes, joined_by, quoted};
use crate::status_range::StatusRange;
use crate::time::Millis;
use crate::tree::{Content, Node};
use std::ops::RangeInclusive;

/// Longer than a qualified type name of any language at hand.
pub(super) const PATTERN_BYTES_MAX: usize = 512;
const STATUSES: RangeInclusive<u16> = 100..=999;

/// Within its setting's bounds, in its setting's unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Off,
    Number(u64),
    Flag(bool),
    Word(&'static str),
    /// Sorted, none touching the next.
    Statuses(Vec<StatusRange>),
    Patterns(Vec<String>),
}

impl Value {
    pub(super) fn millis(&self) -> Millis {
        if let Value::Number(number) = self { Millis(*number) } else { Millis::ZERO }
    }
}

/// A value and who set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// What is wrong, and with which item of a list.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) item: Option<usize>,
    pub(super) message: String,
}

pub(super) fn read(row: &Row, node: &Node) -> Result<Value, Vec<Fault>> {
    let whole = |message| vec![Fault { item: None, message }];
    match (row.rule, &node.content) {
        (_, Content::Null) if row.may_be_off => Ok(Value::Off),
        (Rule::Whole(min, max), Content::Number(text)) => {
            whole_number(text, min, max).map_err(|fault| whole(format!("{fault}, is {node}")))
        }
        (Rule::Decimal(min, max), Content::Number(text)) => {
            decimal_number(text, min, max).map_err(|fault| whole(format!("{fault}, is {node}")))
        }
        (Rule::Flag, Content::Flag(flag)) => Ok(Value::Flag(*flag)),
        (Rule::Flag, Content::Text(text)) => flag(text).map(Value::Flag).ok_or_else(|| whole(wrong(row, node))),
        (Rule::Word(words), Content::Text(text)) => {
            words.iter().find(|word| *word == text).map(|word| Value::Word(word)).ok_or_else(|| whole(wrong(row, node)))
        }
        (Rule::Statuses, Content::List(list)) => items(list, status_range).map(|ranges| Value::Statuses(joined(ranges))),
        (Rule::Patterns, Content::List(list)) => items(list, pattern).map(Value::Patterns),
        (Rule::Switch, Content::Map(_)) => Ok(Value::Flag(true)),
        _ => Err(whole(wrong(row, node))),
    }
}

fn wrong(row: &Row, node: &Node) -> String {
    let expected = match row.rule {
        Rule::Whole(..) => "a whole number".to_owned(),
        Rule::Decimal(..) => "a number".to_owned(),
        Rule::Flag => "true or false".to_owned(),
        Rule::Word(words) => joined_by(" or ", &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()),
        Rule::Statuses => "a list of statuses, as [429, \"5xx\"]".to_owned(),
        Rule::Patterns => "a list of type names, as [\"*Timeout\"]".to_owned(),
        Rule::Switch => "a map".to_owned(),
    };
    let or_off = if row.may_be_off { " (or null: off)" } else { "" };
    format!("must be {expected}{or_off}, is {node}")
}

fn decimal_number(text: &str, min: u64, max: u64) -> Result<Value, String> {
    decimal::thousandths(text, min, max)
        .map(Value::Number)
        .map_err(|fault| bound(fault, "a number", &decimal::shown(min), &decimal::shown(max)))
}

fn whole_number(text: &str, min: u64, max: u64) -> Result<Value, String> {
    let thousandths = |bound: u64| bound.saturating_mul(1_000);
    let exact = "a whole number";
    let number = decimal::thousandths(text, thousandths(min), thousandths(max))
        .map_err(|fault| bound(fault, exact, &min.to_string(), &max.to_string()))?;
    if decimal::is_whole(text) { Ok(Value::Number(number / 1_000)) } else { Err(format!("must be {exact}")) }
}

fn bound(fault: NotWithin, expected: &str, min: &str, max: &str) -> String {
    match fault {
        NotWithin::NoNumber => format!("must be {expected} in decimal digits"),
        NotWithin::Below => format!("must be at least {min}"),
        NotWithin::Above => format!("must be at most {max}"),
    }
}

fn flag(text: &str) -> Option<bool> {
    let among = |words: [&str; 3]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if among(["true", "yes", "on"]) { Some(true) } else { among(["false", "no", "off"]).then_some(false) }
}

/// All items, or all that is wrong with them.
fn items<T>(list: &[Node], read: fn(&Node) -> Result<T, String>) -> Result<Vec<T>, Vec<Fault>> {
    let (mut items, mut faults) = (Vec::with_capacity(list.len()), Vec::new());
    for (place, node) in list.iter().enumerate() {
        match read(node) {
            Ok(item) => items.push(item),
            Err(message) => faults.push(Fault { item: Some(place), message }),
        }
    }
    if faults.is_empty() { Ok(items) } else { Err(faults) }
}

fn pattern(node: &Node) -> Result<String, String> {
    match &node.content {
        Content::Text(text) if (1..=PATTERN_BYTES_MAX).contains(&text.len()) => Ok(text.clone()),
        Content::Text(text) => Err(format!("must have 1 to {PATTERN_BYTES_MAX} bytes, is {}", quoted(text))),
        _ => Err(format!("must be a type name, as \"*Timeout\", is {node}")),
    }
}

/// `429`, `"5xx"`, `"500-504"`.
fn status_range(node: &Node) -> Result<StatusRange, String> {
    let read = match &node.content {
        Content::Number(text) => status(text).map(|status| (status, status)),
        Content::Text(text) => class(text).or_else(|| {
            let (first, last) = text.split_once('-')?;
            Some((status(first.trim_ascii())?, status(last.trim_ascii())?))
        }),
        _ => None,
    };
    let range = read.filter(|(first, last)| STATUSES.contains(first) && STATUSES.contains(last) && first <= last);
    range
        .map(|(first, last)| StatusRange { first, last })
        .ok_or_else(|| format!("must be a status from 100 to 999 or a class as \"5xx\", is {node}"))
}

fn status(text: &str) -> Option<u16> {
    text.parse().ok()
}

fn class(text: &str) -> Option<(u16, u16)> {
    let digit = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"))?;
    let first = digit.parse::<u16>().ok().filter(|_| digit.len() == 1)? * 100;
    Some((first, first + 99))
}

fn joined(ranges: Vec<StatusRange>) -> Vec<StatusRange> {
    let mut sorted: Vec<StatusRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        sorted.insert(sorted.partition_point(|other| other.first <= range.first), range);
    }
    let mut joined: Vec<StatusRange> = Vec::new();
    for range in sorted {
        match joined.last_mut() {
            Some(before) if range.first <= before.last.saturating_add(1) => before.last = before.last.max(range.last),
            _ => joined.push(range),
        }
    }
    joined
}

/// As the configuration would say it.
pub(super) fn shown(rule: Rule, value: &Value) -> String {
    match (value, rule) {
        (Value::Off, _) => "null".to_owned(),
        (Value::Number(number), Rule::Decimal(..)) => decimal::shown(*number),
        (Value::Number(number), _) => number.to_string(),
        (Value::Flag(_), Rule::Switch) => "on".to_owned(),
        (Value::Flag(flag), _) => flag.to_string(),
        (Value::Word(word), _) => (*word).to_owned(),
        (Value::Statuses(ranges), _) => shown_statuses(ranges),
        (Value::Patterns(patterns), _) => in_brackets(",", &patterns.iter().map(|pattern| in_quotes(pattern)).collect::<Vec<_>>()),
    }
}

pub(super) fn shown_statuses(ranges: &[StatusRange]) -> String {
    let one = |range: &StatusRange| match (range.first, range.last) {
        (first, last) if first == last => first.to_string(),
        (first, last) if first.is_multiple_of(100) && last == first + 99 => format!("{}xx", first / 100),
        (first, last) => format!("{first}-{last}"),
    };
    in_brackets(", ", &ranges.iter().map(one).collect::<Vec<_>>())
}

fn in_brackets(between: &str, items: &[String]) -> String {
    format!("[{}]", joined_by(between, items))
}
