//! `cargo xtask mutants`: plants the mutants of cargo-mutants in `src/machine`, and lists those that no test detects.
//!
//! cargo-mutants only lists the mutants. They are planted and tested like the faults of `cargo xtask faults`, in the same copy. That takes
//! seconds per mutant; cargo-mutants itself would build and run all tests for each.

use crate::faults::{self, CheckoutCopy, Detection, Detector, Fault, Tests};
use crate::{Failure, figures, run, workspace};
use serde_json::{Value, json};
use std::fs;
use std::time::Instant;

/// Plants each mutant whose name contains one of `filters`, or all without filters, one after another.
///
/// # Errors
/// When cargo-mutants is not installed, or the tests fail without a mutant. An undetected mutant is listed and is no error, since some
/// mutants do not change the behaviour.
pub fn task(filters: &[String]) -> Result<(), Failure> {
    let start = Instant::now();
    let mutants: Vec<Fault> = listed()?.into_iter().filter(|mutant| mutant.matches(filters)).collect();
    let copy = CheckoutCopy::make()?;
    let detector = Detector::new(&copy)?;
    detector.check_without_fault(&mutants)?;
    let (mut detected, mut not_compiled, mut undetected) = (0, 0, Vec::new());
    for mutant in mutants {
        match faults::plant(&copy, &detector, &mutant)? {
            Detection::Detected { .. } => detected += 1,
            Detection::NotCompiled => not_compiled += 1,
            Detection::Undetected => {
                println!("NOT DETECTED: {}, {}", mutant.name, mutant.rule);
                undetected.push(mutant.rule);
            }
        }
    }
    println!(
        "\n{detected} detected, {not_compiled} do not compile, {} not detected, in {:.0} s",
        undetected.len(),
        start.elapsed().as_secs_f64()
    );
    if filters.is_empty() {
        let counts = json!({ "detected": detected, "do not compile": not_compiled, "not detected": undetected.len() });
        figures::write("mutants", &json!({ "name": "mutants", "promises": [], "figures": counts, "undetected": undetected }))?;
    }
    Ok(())
}

/// All mutants, each as a patch in `target/mutants`.
fn listed() -> Result<Vec<Fault>, Failure> {
    let mut list = run::cargo();
    list.args(["mutants", "--package", "fuseboard", "--file", "src/machine/*.rs", "--list", "--json", "--diff"]);
    let remedy = "run `cargo install --locked cargo-mutants`";
    let text = run::read(&mut list).ok_or_else(|| Failure::new("cargo-mutants is not installed, or it failed", remedy))?;
    let unknown_format = || Failure::new("the list of cargo-mutants has an unknown format", "use version 27 of cargo-mutants");
    let all: Vec<Value> = serde_json::from_str(&text).map_err(|_| unknown_format())?;
    let folder = workspace::builds().join("mutants");
    let unwritable =
        |error| Failure::new(format!("{}: {error}", folder.display()), "check the permissions of the folder and the free space");
    fs::create_dir_all(&folder).map_err(unwritable)?;
    let mut mutants = Vec::new();
    for (number, mutant) in all.iter().enumerate() {
        let text = |field: &str| mutant.get(field).and_then(Value::as_str).ok_or_else(unknown_format);
        let name = format!("mutant-{number:03}");
        let path = folder.join(format!("{name}.patch"));
        let change = patch(text("file")?, text("diff")?).ok_or_else(unknown_format)?;
        fs::write(&path, change).map_err(unwritable)?;
        mutants.push(Fault { name, path, promise: 0, rule: text("name")?.to_owned(), tests: Tests::WithoutWasmtime });
    }
    Ok(mutants)
}

/// A diff that git can apply: cargo-mutants writes a description where git expects the name of the file.
fn patch(file: &str, diff: &str) -> Option<String> {
    let hunks = diff.find("\n@@ ").and_then(|place| diff.get(place..))?;
    Some(format!("--- a/{file}\n+++ b/{file}{hunks}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_mutant_becomes_a_patch_for_git() {
        let diff = "--- src/machine/x.rs\n+++ replace + with -\n@@ -1 +1 @@\n-a + b\n+a - b\n";
        let expected = "--- a/src/machine/x.rs\n+++ b/src/machine/x.rs\n@@ -1 +1 @@\n-a + b\n+a - b\n";
        assert_eq!(patch("src/machine/x.rs", diff).as_deref(), Some(expected));
        assert_eq!(patch("x", "no hunk"), None);
    }
}
