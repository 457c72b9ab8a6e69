//! The imports of a component, and the check against the list of allowed ones.

use crate::Failure;
use std::path::Path;
use wasmparser::{Parser, Payload};

/// The names of a component's imports, sorted. Imports of the modules and components inside it do not count.
///
/// # Errors
/// When the bytes are not a component.
pub fn of_component(bytes: &[u8]) -> Result<Vec<String>, Failure> {
    let remedy = "check that wasm-component-ld linked it";
    if !Parser::is_component(bytes) {
        return Err(Failure::new("the built file is not a component", remedy));
    }
    names(bytes).map_err(|error| Failure::new(format!("the built component cannot be parsed: {error}"), remedy))
}

fn names(bytes: &[u8]) -> wasmparser::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.push(import?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    names.sort();
    Ok(names)
}

/// The names of a golden list, sorted. It has one name per line; empty lines and lines that begin with `#` do not count.
#[must_use]
pub fn of_golden(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut names: Vec<String> = lines.map(str::to_owned).collect();
    names.sort();
    names
}

/// Compares imports with the golden list.
///
/// # Errors
/// When they differ, or the list cannot be read.
pub fn check(names: &[String], golden: &Path) -> Result<(), Failure> {
    let text = std::fs::read_to_string(golden)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", golden.display()), "restore it from git"))?;
    let allowed = of_golden(&text);
    let added = difference(names, &allowed, "\n  + ");
    let gone = difference(&allowed, names, "\n  - ");
    if added.is_empty() && gone.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        format!("the component's imports differ from {} (+ imported, - not imported):{added}{gone}", golden.display()),
        "hosts provide exactly the listed imports: if the contract was changed on purpose, edit the list and update every host",
    ))
}

/// The names of one list that the other lacks, one per line.
fn difference(these: &[String], others: &[String], before: &str) -> String {
    let mut lines = String::new();
    for name in these.iter().filter(|name| !others.contains(name)) {
        lines.extend([before, name]);
    }
    lines
}
