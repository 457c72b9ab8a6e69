//! A fault: a file of `faults/`.

use crate::{Failure, workspace};
use std::fs;
use std::path::{Path, PathBuf};

/// A patch, with the rule that it breaks in the lines above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name of the file without `.patch`.
    pub name: String,
    pub path: PathBuf,
    /// The promise of DESIGN.md that the rule belongs to; 0 for none.
    pub promise: u8,
    pub rule: String,
    pub tests: Tests,
}

/// The tests that may detect a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tests {
    /// Those that do not need wasmtime: they are built much faster.
    WithoutWasmtime,
    /// Those of `hosts/wasmtime`, for a fault there.
    OfWasmtime,
    /// Those of `hosts/stores`, for a fault there. They need SQLite and a Redis server, and take a minute.
    OfStores,
    /// Those of `hosts/python`, for a fault there. They need Python.
    OfPython,
}

impl Tests {
    /// The tests for a patch, by the folders of the files that it changes.
    fn of(patch: &str) -> Tests {
        if patch.contains("\n+++ b/hosts/wasmtime/") {
            Tests::OfWasmtime
        } else if patch.contains("\n+++ b/hosts/stores/") {
            Tests::OfStores
        } else if patch.contains("\n+++ b/hosts/python/") {
            Tests::OfPython
        } else {
            Tests::WithoutWasmtime
        }
    }
}

/// All faults, sorted by name.
pub fn all() -> Result<Vec<Fault>, Failure> {
    let folder = workspace::root().join("faults");
    let unreadable = |error| Failure::new(format!("{} cannot be read: {error}", folder.display()), "restore it from git");
    let mut faults = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "patch") {
            let text = fs::read_to_string(&path).map_err(unreadable)?;
            faults.push(read(&path, &text)?);
        }
    }
    faults.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(faults)
}

fn read(path: &Path, text: &str) -> Result<Fault, Failure> {
    let header =
        |key: &str| text.lines().take_while(|line| !line.starts_with("--- ")).find_map(|line| line.strip_prefix(key)).map(str::trim);
    let promise = header("promise:").and_then(|promise| promise.parse().ok());
    let (Some(promise), Some(rule), Some(name)) = (promise, header("rule:"), path.file_stem()) else {
        let remedy = "write the lines `promise: <number, 0 for none>` and `rule: <the rule that it breaks>` above the patch";
        return Err(Failure::new(format!("{} has no valid `promise:` and `rule:` line", path.display()), remedy));
    };
    let name = name.to_string_lossy().into_owned();
    Ok(Fault { name, path: path.to_path_buf(), promise, rule: rule.to_owned(), tests: Tests::of(text) })
}

impl Fault {
    /// Whether the name contains one of the filters. Without filters every fault matches.
    pub fn matches(&self, filters: &[String]) -> bool {
        filters.is_empty() || filters.iter().any(|filter| self.name.contains(filter.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promise_and_rule_are_read_from_the_lines_above_the_patch() {
        let path = Path::new("faults/07-late.patch");
        let fault = read(path, "promise: 7\nrule: Once.\n\n--- a/x\n+++ b/x\n").expect("a fault");
        assert_eq!((fault.name.as_str(), fault.promise, fault.rule.as_str()), ("07-late", 7, "Once."));
        assert_eq!(fault.tests, Tests::WithoutWasmtime);
        assert!(read(path, "promise: 7\n--- a/x\nrule: too late\n").is_err());
        assert!(read(path, "promise: many\nrule: x\n").is_err());
    }

    #[test]
    fn a_fault_of_a_host_or_a_store_is_detected_by_its_own_tests() {
        for (folder, tests) in
            [("wasmtime", Tests::OfWasmtime), ("stores", Tests::OfStores), ("python", Tests::OfPython), ("rust", Tests::WithoutWasmtime)]
        {
            let text = format!("promise: 0\nrule: x\n\n--- a/hosts/{folder}/src/x.rs\n+++ b/hosts/{folder}/src/x.rs\n");
            assert_eq!(read(Path::new("faults/8.patch"), &text).expect("a fault").tests, tests);
        }
    }

    #[test]
    fn a_filter_matches_a_part_of_the_name() {
        let fault =
            Fault { name: "07-late".to_owned(), path: PathBuf::new(), promise: 7, rule: String::new(), tests: Tests::WithoutWasmtime };
        assert!(fault.matches(&[]) && fault.matches(&["x".to_owned(), "late".to_owned()]) && !fault.matches(&["early".to_owned()]));
    }
}
