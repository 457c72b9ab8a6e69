//! What detected each fault, kept between runs: after a change of one fault, only that one must be planted again.

use super::detector::Detection;
use super::fault::Fault;
use crate::{Failure, figures, generated};
use serde_json::{Value, json};

/// The name of the figures.
const NAME: &str = "faults";

/// The rows of the figures: one for each fault of `faults/` that was planted, in this run or before.
pub struct Detections {
    rows: Vec<Value>,
    commit: String,
}

impl Detections {
    /// The rows of earlier runs, without those of faults that no longer exist.
    pub fn read(all: &[Fault]) -> Result<Detections, Failure> {
        let kept = figures::read()?.into_iter().find(|figures| figures.name == NAME);
        let rows = kept.and_then(|figures| figures.json.get(NAME)?.as_array().cloned()).unwrap_or_default();
        Ok(Detections::of(rows, all))
    }

    fn of(mut rows: Vec<Value>, all: &[Fault]) -> Detections {
        rows.retain(|row| all.iter().any(|fault| row["name"] == *fault.name));
        Detections { rows, commit: generated::commit() }
    }

    /// Replaces the row of a fault, and writes all.
    pub fn add(&mut self, fault: &Fault, detection: &Detection) -> Result<(), Failure> {
        self.replace(fault, detection);
        let rows = &self.rows;
        figures::write(NAME, &json!({ "name": NAME, "promises": [], "figures": { "planted": rows.len() }, NAME: rows }))
    }

    fn replace(&mut self, fault: &Fault, detection: &Detection) {
        self.rows.retain(|row| row["name"] != *fault.name);
        self.rows.push(json!({
            "name": fault.name,
            "promise": fault.promise,
            "rule": fault.rule,
            "detected": detection.to_string(),
            "at": self.commit,
        }));
        self.rows.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault::Tests;
    use super::*;
    use std::path::PathBuf;

    fn fault(name: &str) -> Fault {
        Fault { name: name.to_owned(), path: PathBuf::new(), promise: 1, rule: "r".to_owned(), tests: Tests::WithoutWasmtime }
    }

    #[test]
    fn a_run_replaces_its_own_rows_and_keeps_those_of_other_faults_that_exist() {
        let earlier =
            vec![json!({ "name": "01-x", "detected": "a" }), json!({ "name": "02-y", "detected": "b" }), json!({ "name": "03-z" })];
        let all = [fault("01-x"), fault("02-y")];
        let mut detections = Detections::of(earlier, &all);
        detections.replace(&all[0], &Detection::Undetected);
        let shown: Vec<_> = detections.rows.iter().map(|row| (row["name"].as_str(), row["detected"].as_str())).collect();
        assert_eq!(shown, [(Some("01-x"), Some("NOT DETECTED")), (Some("02-y"), Some("b"))]);
    }
}
