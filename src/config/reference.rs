//! The tables of `docs/configuration.md`, made from the table of settings.

use super::describe::words;
use super::settings::{Reach, Row, Rule, SETTINGS};
use crate::decimal;

/// The settings by the places where they may stand, each with its range, its built-in value, and when to change it, as Markdown.
///
/// ```
/// let tables = fuseboard::config::reference();
/// assert!(tables.contains("| `fail_max` | 1 to 10,000 failures, or null |"));
/// ```
#[must_use]
pub fn reference() -> String {
    let places = [
        (Reach::Circuit, "### Of circuits", "Under `defaults`, a host, a role, a name or a resolver."),
        (Reach::Board, "### Of the board", "Under `defaults` alone: one for all circuits."),
        (Reach::Advanced, "### Of whole hosts", "Under `advanced`, written `advanced: {rolling: {...}}`."),
    ];
    let mut page = Vec::new();
    for (reach, title, place) in places {
        page.push(format!("{title}\n\n{place}\n\n| key | value | built in | what it does | change it |\n|---|---|---|---|---|"));
        page.extend(SETTINGS.iter().filter(|row| row.reach == reach).map(line));
        page.push(String::new());
    }
    page.join("\n")
}

fn line(row: &Row) -> String {
    let words = words(row.key);
    let names: Vec<String> = row.aliases.iter().map(|alias| format!(", `{alias}`")).collect();
    let unit = if words.unit.is_empty() { String::new() } else { format!(" {}", words.unit) };
    let off = if row.may_be_off { ", or null" } else { "" };
    format!("| `{}`{} | {}{unit}{off} | `{}` | {} | {} |", row.path, names.concat(), value(row.rule), row.built_in, words.what, words.when)
}

fn value(rule: Rule) -> String {
    match rule {
        Rule::Whole(min, max) => format!("{} to {}", grouped(&min.to_string()), grouped(&max.to_string())),
        Rule::Decimal(min, max) => format!("{} to {}", grouped(&decimal::shown(min)), grouped(&decimal::shown(max))),
        Rule::Flag => "true or false; yes, no, on, off".to_owned(),
        Rule::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
        Rule::Statuses => "a list of statuses (`429`), classes (`5xx`) and ranges (`500-504`)".to_owned(),
        Rule::Patterns => "a list of type names".to_owned(),
        Rule::Switch => "a map of the settings below".to_owned(),
    }
}

/// `10000` as `10,000`; what stands behind a point stays.
fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}
