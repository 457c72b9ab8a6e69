//! `cargo xtask reliability`: writes the figures of tests and tasks into docs/reliability.md.

use crate::figures::{self, Figures};
use crate::generated::{self, END};
use crate::{Failure, workspace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

const BEGIN: &str = "<!-- begin: cargo xtask reliability -->\n";
/// The figure that counts the assertions of a promise, without the promise's number.
const ASSERTED: &str = "assertions of promise ";

/// Rewrites the generated part of the page.
///
/// # Errors
/// When there are no figures, or the page has no generated part.
pub fn task() -> Result<(), Failure> {
    let found = figures::read()?;
    if found.is_empty() {
        return Err(Failure::new(
            format!("{} has no figures", figures::folder().display()),
            "run `cargo xtask test` and `cargo xtask faults` first",
        ));
    }
    let page = workspace::root().join("docs/reliability.md");
    let unusable = |why: String| Failure::new(format!("{}: {why}", page.display()), "restore it from git");
    let text = fs::read_to_string(&page).map_err(|error| unusable(error.to_string()))?;
    let text = generated::replace_block(&text, BEGIN, &block(&found))
        .ok_or_else(|| unusable(format!("the lines {} and {} are missing", BEGIN.trim(), END.trim())))?;
    fs::write(&page, text).map_err(|error| unusable(error.to_string()))?;
    println!("docs/reliability.md: figures of {} programs", found.len());
    Ok(())
}

fn block(found: &[Figures]) -> String {
    let mut lines = vec![format!("\n{}.\n", generated::commit_and_machine())];
    lines.extend(assertions(found));
    lines.extend(programs(found));
    lines.extend(found.iter().flat_map(|one| planted(&one.json)));
    lines.push(String::new());
    lines.join("\n")
}

/// The number of assertions of each promise, over all programs.
fn assertions(found: &[Figures]) -> Vec<String> {
    let mut asserted: BTreeMap<u64, (u64, Vec<&str>)> = BTreeMap::new();
    for one in found {
        for (what, value) in &one.values {
            let promise = what.strip_prefix(ASSERTED).and_then(|promise| promise.parse().ok());
            if let (Some(promise), Some(times)) = (promise, value.as_u64()) {
                let (sum, by) = asserted.entry(promise).or_default();
                *sum += times;
                by.push(&one.name);
            }
        }
    }
    if asserted.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["| promise | asserted | by |".to_owned(), "|---|---|---|".to_owned()];
    lines
        .extend(asserted.iter().map(|(promise, (times, by))| format!("| {promise} | {} times | {} programs |", grouped(*times), by.len())));
    lines.push(String::new());
    lines
}

/// The other figures of each program.
fn programs(found: &[Figures]) -> Vec<String> {
    let mut lines = vec!["| program | promises | figures |".to_owned(), "|---|---|---|".to_owned()];
    for one in found {
        let promises: Vec<String> = one.promises.iter().map(u64::to_string).collect();
        let others = one.values.iter().filter(|(what, _)| !what.starts_with(ASSERTED));
        let counted: Vec<String> = others.map(|(what, value)| format!("{} {}", what.replace('_', " "), shown(value))).collect();
        lines.push(format!("| {} | {} | {} |", one.name.replace('_', " "), promises.join(", "), counted.join("; ")));
    }
    lines.push(String::new());
    lines
}

/// The test that detected each planted fault.
fn planted(json: &Value) -> Vec<String> {
    let Some(faults) = json.get("faults").and_then(Value::as_array) else { return Vec::new() };
    let mut lines =
        vec!["| planted fault | promise | rule that it breaks | detected by | at |".to_owned(), "|---|---|---|---|---|".to_owned()];
    for fault in faults {
        let text = |field: &str| fault.get(field).and_then(Value::as_str).unwrap_or_default().replace('|', "\\|");
        let promise = fault
            .get("promise")
            .and_then(Value::as_u64)
            .filter(|promise| *promise > 0)
            .map_or("–".to_owned(), |promise| promise.to_string());
        lines.push(format!("| {} | {promise} | {} | {} | {} |", text("name"), text("rule"), text("detected"), text("at")));
    }
    lines.push(String::new());
    lines
}

fn shown(value: &Value) -> String {
    value.as_u64().map_or_else(|| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned), grouped)
}

/// A number in groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_written_in_groups_of_three_digits() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(shown(&json!(12.5)), "12.5");
    }

    #[test]
    fn assertions_are_added_up_over_all_programs() {
        let one = |name: &str, times: u64| Figures {
            name: name.to_owned(),
            promises: vec![3],
            values: vec![(format!("{ASSERTED}3"), json!(times)), ("steps".to_owned(), json!(7))],
            json: json!({}),
        };
        let found = [one("a_b", 1_000), one("c", 1)];
        assert_eq!(assertions(&found)[2], "| 3 | 1,001 times | 2 programs |");
        assert_eq!(programs(&found)[2], "| a b | 3 | steps 7 |");
    }

    #[test]
    fn each_planted_fault_is_a_row() {
        let whole = json!({ "faults": [{ "name": "01-x", "promise": 0, "rule": "r", "detected": "stories: s", "at": "commit c" }] });
        assert_eq!(planted(&whole)[2], "| 01-x | – | r | stories: s | commit c |");
        assert!(planted(&json!({})).is_empty());
    }
}
