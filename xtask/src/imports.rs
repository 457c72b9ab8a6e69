//! What a component asks of its host, and the list of what it may ask.

use crate::Failure;
use std::path::Path;
use wasmparser::{Parser, Payload};

/// The names of a component's imports, in alphabetical order. Those of the modules and components inside it are its own affair.
///
/// # Errors
/// When the bytes are not a component.
pub fn of_component(bytes: &[u8]) -> Result<Vec<String>, Failure> {
    let remedy = "was it linked by wasm-component-ld?";
    if !Parser::is_component(bytes) {
        return Err(Failure::new("the guest's build is not a component", remedy));
    }
    names(bytes).map_err(|error| Failure::new(format!("the guest's build cannot be read: {error}"), remedy))
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

/// The names of a golden list: one a line, empty lines and lines that begin with `#` aside, in alphabetical order.
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
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", golden.display()), "it belongs to the checkout"))?;
    let allowed = of_golden(&text);
    let added = difference(names, &allowed, "\n  + ");
    let gone = difference(&allowed, names, "\n  - ");
    if added.is_empty() && gone.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        format!("the component's imports are not those of {}:{added}{gone}", golden.display()),
        "a host grants exactly these: if the contract did change, change the list by hand and tell every host",
    ))
}

/// What stands in one list and not in the other, a line each.
fn difference(these: &[String], others: &[String], before: &str) -> String {
    let mut lines = String::new();
    for name in these.iter().filter(|name| !others.contains(name)) {
        lines.extend([before, name]);
    }
    lines
}
