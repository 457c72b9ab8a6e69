//! Generates the tables of `docs/configuration.md` from the table of settings.

use super::descriptions::describe;
use super::settings::{Level, Row, SETTINGS, ValueType};
use crate::thousandths;

/// Returns Markdown tables of all settings, with range, built-in value, meaning, and when to change each.
///
/// ```
/// let tables = fuseboard::config::reference();
/// assert!(tables.contains("| `fail_max` | 1 to 10,000 failures, or null |"));
/// ```
#[must_use]
pub fn reference() -> String {
    let levels = [
        (Level::Circuit, "### Circuits", "Under `defaults`, a host, a role, a name or a resolver."),
        (Level::Board, "### Board", "Under `defaults` only. One value applies to all circuits."),
        (Level::Advanced, "### Whole hosts", "Under `advanced`, written as `advanced: {rolling: {...}}`."),
    ];
    let mut page = Vec::new();
    for (level, title, place) in levels {
        page.push(format!("{title}\n\n{place}\n\n| key | value | built-in | meaning | change it |\n|---|---|---|---|---|"));
        page.extend(SETTINGS.iter().filter(|row| row.level == level).map(line));
        page.push(String::new());
    }
    page.join("\n")
}

fn line(row: &Row) -> String {
    let description = describe(row.key);
    let names: Vec<String> = row.aliases.iter().map(|alias| format!(", `{alias}`")).collect();
    let unit = if description.unit.is_empty() { String::new() } else { format!(" {}", description.unit) };
    let off = if row.may_be_off { ", or null" } else { "" };
    format!(
        "| `{}`{} | {}{unit}{off} | `{}` | {} | {} |",
        row.path,
        names.concat(),
        value(row.value_type),
        row.built_in,
        description.what,
        description.when
    )
}

fn value(value_type: ValueType) -> String {
    match value_type {
        ValueType::Whole(min, max) => format!("{} to {}", grouped(&min.to_string()), grouped(&max.to_string())),
        ValueType::Decimal(min, max) => format!("{} to {}", grouped(&thousandths::format(min)), grouped(&thousandths::format(max))),
        ValueType::Bool => "true or false; yes, no, on, off".to_owned(),
        ValueType::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
        ValueType::Statuses => "a list of statuses (`429`), classes (`5xx`) and ranges (`500-504`)".to_owned(),
        ValueType::Patterns => "a list of type names".to_owned(),
        ValueType::Section => "a map of the settings below".to_owned(),
    }
}

/// Formats `10000` as `10,000`. Digits after the point are unchanged.
fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}
