//! `cargo xtask mutants`: changes the machine in every small way that cargo-mutants knows, and tells which change no test notices.
//!
//! cargo-mutants lists the changes; they are planted and looked for as the faults of `cargo xtask faults` are, in the same copy, which
//! takes seconds each where cargo-mutants' own way builds and runs all tests.

use crate::faults::{self, Copy, Fault, Guards, Noticed};
use crate::{Failure, figures, run, workspace};
use serde_json::{Value, json};
use std::fs;
use std::time::Instant;

/// Plants each change whose name contains one of `filters` (all, without a filter), one after another.
///
/// # Errors
/// When cargo-mutants is not installed, or the tests fail without a change. A change that survives is told, and is no error: some
/// change nothing that can be seen.
pub fn task(filters: &[String]) -> Result<(), Failure> {
    let start = Instant::now();
    let mutants: Vec<Fault> = listed()?.into_iter().filter(|mutant| mutant.is_meant(filters)).collect();
    let copy = Copy::make()?;
    let guards = Guards::of(&copy)?;
    guards.check()?;
    let (mut noticed, mut unbuilt, mut missed) = (0, 0, Vec::new());
    for mutant in mutants {
        match faults::plant(&copy, &guards, &mutant)? {
            Noticed::Yes { .. } => noticed += 1,
            Noticed::Unbuilt => unbuilt += 1,
            Noticed::No => {
                println!("NOT NOTICED: {}, {}", mutant.name, mutant.rule);
                missed.push(mutant.rule);
            }
        }
    }
    println!("\n{noticed} noticed, {unbuilt} do not compile, {} not noticed, in {:.0} s", missed.len(), start.elapsed().as_secs_f64());
    if filters.is_empty() {
        let counted = json!({ "noticed": noticed, "do not compile": unbuilt, "not noticed": missed.len() });
        figures::write("mutants", &json!({ "name": "mutants", "promises": [], "figures": counted, "missed": missed }))?;
    }
    Ok(())
}

/// All changes, each as a patch under `target/mutants`.
fn listed() -> Result<Vec<Fault>, Failure> {
    let mut list = run::cargo();
    list.args(["mutants", "--package", "fuseboard", "--file", "src/machine/*.rs", "--list", "--json", "--diff"]);
    let remedy = "`cargo install --locked cargo-mutants`, then again";
    let text = run::read(&mut list).ok_or_else(|| Failure::new("cargo-mutants is not installed, or fails", remedy))?;
    let strange = || Failure::new("cargo-mutants lists its changes in an unknown way", "this task was written for its version 27");
    let all: Vec<Value> = serde_json::from_str(&text).map_err(|_| strange())?;
    let folder = workspace::builds().join("mutants");
    let unwritable = |error| Failure::new(format!("{}: {error}", folder.display()), "is the folder yours, the disk full?");
    fs::create_dir_all(&folder).map_err(unwritable)?;
    let mut mutants = Vec::new();
    for (number, mutant) in all.iter().enumerate() {
        let text = |field: &str| mutant.get(field).and_then(Value::as_str).ok_or_else(strange);
        let name = format!("mutant-{number:03}");
        let path = folder.join(format!("{name}.patch"));
        let change = patch(text("file")?, text("diff")?).ok_or_else(strange)?;
        fs::write(&path, change).map_err(unwritable)?;
        mutants.push(Fault { name, path, promise: 0, rule: text("name")?.to_owned() });
    }
    Ok(mutants)
}

/// cargo-mutants heads its diffs with what it changes, where git looks for a file's name.
fn patch(file: &str, diff: &str) -> Option<String> {
    let hunks = diff.find("\n@@ ").and_then(|place| diff.get(place..))?;
    Some(format!("--- a/{file}\n+++ b/{file}{hunks}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_change_becomes_a_patch_that_names_its_file_twice() {
        let diff = "--- src/machine/x.rs\n+++ replace + with -\n@@ -1 +1 @@\n-a + b\n+a - b\n";
        let expected = "--- a/src/machine/x.rs\n+++ b/src/machine/x.rs\n@@ -1 +1 @@\n-a + b\n+a - b\n";
        assert_eq!(patch("src/machine/x.rs", diff).as_deref(), Some(expected));
        assert_eq!(patch("x", "no hunk"), None);
    }
}
