//! The value of a setting: parsing by the setting's type, and formatting.

use super::origin::Origin;
use super::settings::{Row, ValueType};
use super::status_ranges;
use crate::document_tree::{Content, Node};
use crate::quote::{joined_by, json_string, quoted};
use crate::redact::redact_urls;
use crate::status_range::StatusRange;
use crate::thousandths::{self, NotInRange};
use crate::time::Millis;

/// Longest pattern for a type name, in bytes.
pub(super) const PATTERN_BYTES_MAX: usize = 512;

/// A valid value, in the unit of its setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Off,
    Number(u64),
    Bool(bool),
    Choice(&'static str),
    /// Sorted, without overlaps.
    Statuses(Vec<StatusRange>),
    Patterns(Vec<String>),
}

impl Value {
    pub(super) fn millis(&self) -> Millis {
        if let Value::Number(number) = self { Millis(*number) } else { Millis::ZERO }
    }
}

/// A value with the source that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourcedValue {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Reason why a value is invalid.
#[derive(Debug)]
pub(super) struct ValueError {
    /// Index of the invalid item of a list.
    pub(super) item: Option<usize>,
    pub(super) message: String,
}

/// Parses the value of a setting.
///
/// # Errors
/// If the value has another type or is out of range. For a list, the errors of all its items.
pub(super) fn parse_value(row: &Row, node: &Node) -> Result<Value, Vec<ValueError>> {
    let error = |message| vec![ValueError { item: None, message }];
    match (row.value_type, &node.content) {
        (_, Content::Null) if row.may_be_off => Ok(Value::Off),
        (_, Content::Blank) => Err(error(format!("{}: {}", wrong_type(row, node), instead_of_blank(row)))),
        (ValueType::Whole(..) | ValueType::Decimal(..), Content::Number(text)) => {
            number(row, text).map(Value::Number).map_err(|message| error(format!("{message}, is {node}")))
        }
        (ValueType::Bool, Content::Bool(value)) => Ok(Value::Bool(*value)),
        (ValueType::Bool, Content::Text(text)) => boolean(text).map(Value::Bool).ok_or_else(|| error(wrong_type(row, node))),
        (ValueType::Choice(words), Content::Text(text)) => {
            words.iter().find(|word| *word == text).map(|word| Value::Choice(word)).ok_or_else(|| error(wrong_type(row, node)))
        }
        (ValueType::Statuses, Content::List(list)) => {
            items(list, status_ranges::parse).map(|ranges| Value::Statuses(status_ranges::merged(ranges)))
        }
        (ValueType::Patterns, Content::List(list)) => items(list, pattern).map(Value::Patterns),
        (ValueType::Section, Content::Map(_)) => Ok(Value::Bool(true)),
        _ => Err(error(wrong_type(row, node))),
    }
}

fn wrong_type(row: &Row, node: &Node) -> String {
    let or_off = if row.may_be_off { " (or null for off)" } else { "" };
    format!("must be {}{or_off}, is {node}", expected(row.value_type))
}

/// Returns what to write instead of a blank value. A template with an unset variable leaves a setting blank, so blank is never off.
fn instead_of_blank(row: &Row) -> &'static str {
    if row.may_be_off {
        "write null to switch it off, or remove the key to inherit it"
    } else {
        "write a value, or remove the key to inherit it"
    }
}

fn expected(value_type: ValueType) -> String {
    match value_type {
        ValueType::Whole(..) => format!("a whole number {}", range(value_type)),
        ValueType::Decimal(..) => format!("a number {}", range(value_type)),
        ValueType::Bool => "true or false".to_owned(),
        ValueType::Choice(words) => joined_by(" or ", &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()),
        ValueType::Statuses => "a list of statuses such as [429, \"5xx\"]".to_owned(),
        ValueType::Patterns => "a list of type names such as [\"*Timeout\"]".to_owned(),
        ValueType::Section => "a map".to_owned(),
    }
}

fn range(value_type: ValueType) -> String {
    match value_type {
        ValueType::Whole(min, max) => format!("between {min} and {max}"),
        ValueType::Decimal(min, max) => format!("between {} and {}", thousandths::format(min), thousandths::format(max)),
        _ => String::new(),
    }
}

/// Parses a number in the unit of its setting. The caller adds the value to an error message.
fn number(row: &Row, text: &str) -> Result<u64, String> {
    let value_type = row.value_type;
    let (min, max, is_whole) = match value_type {
        ValueType::Whole(min, max) => (min.saturating_mul(1_000), max.saturating_mul(1_000), true),
        ValueType::Decimal(min, max) => (min, max, false),
        _ => (0, 0, false),
    };
    match thousandths::parse_within(text, min, max) {
        Ok(number) if !is_whole => Ok(number),
        Ok(number) if thousandths::is_whole(text) => Ok(number / 1_000),
        Ok(_) => Err(format!("must be {}", expected(value_type))),
        Err(NotInRange::NotANumber) => Err(format!("must be {} in decimal digits", expected(value_type))),
        Err(NotInRange::Below | NotInRange::Above) => Err(format!("must be {}", range(value_type))),
    }
}

fn boolean(text: &str) -> Option<bool> {
    let is_among = |words: [&str; 3]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_among(["true", "yes", "on"]) { Some(true) } else { is_among(["false", "no", "off"]).then_some(false) }
}

/// Parses all items of a list.
fn items<T>(list: &[Node], parse: fn(&Node) -> Result<T, String>) -> Result<Vec<T>, Vec<ValueError>> {
    let (mut items, mut errors) = (Vec::with_capacity(list.len()), Vec::new());
    for (index, node) in list.iter().enumerate() {
        match parse(node) {
            Ok(item) => items.push(item),
            Err(message) => errors.push(ValueError { item: Some(index), message }),
        }
    }
    if errors.is_empty() { Ok(items) } else { Err(errors) }
}

fn pattern(node: &Node) -> Result<String, String> {
    match &node.content {
        Content::Text(text) if (1..=PATTERN_BYTES_MAX).contains(&text.len()) => Ok(text.clone()),
        Content::Text(text) => Err(format!("must have 1 to {PATTERN_BYTES_MAX} bytes, is {}", quoted(text))),
        _ => Err(format!("must be a type name such as \"*Timeout\", is {node}")),
    }
}

/// Formats a value as the configuration writes it.
pub(super) fn format_value(value_type: ValueType, value: &Value) -> String {
    match (value, value_type) {
        (Value::Off, _) => "null".to_owned(),
        (Value::Number(number), ValueType::Decimal(..)) => thousandths::format(*number),
        (Value::Number(number), _) => number.to_string(),
        (Value::Bool(_), ValueType::Section) => "on".to_owned(),
        (Value::Bool(value), _) => value.to_string(),
        (Value::Choice(word), _) => (*word).to_owned(),
        (Value::Statuses(ranges), _) => status_ranges::format(ranges),
        (Value::Patterns(patterns), _) => {
            format!("[{}]", joined_by(",", &patterns.iter().map(|pattern| json_string(&redact_urls(pattern))).collect::<Vec<_>>()))
        }
    }
}
