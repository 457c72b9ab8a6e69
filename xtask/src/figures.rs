//! What tests and tasks found out: `target/proof/NAME.json`, `{"name", "promises": [..], "figures": {WHAT: VALUE, ..}}`.

use crate::{Failure, workspace};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// One file of figures.
pub struct Figures {
    pub name: String,
    pub promises: Vec<u64>,
    /// In the order of the names.
    pub counted: Vec<(String, Value)>,
    pub whole: Value,
}

/// Always here, wherever cargo builds: tests know only the checkout.
pub fn folder() -> PathBuf {
    workspace::root().join("target/proof")
}

/// Writes what a task found.
pub fn write(name: &str, value: &Value) -> Result<(), Failure> {
    let path = folder().join(format!("{name}.json"));
    let written = fs::create_dir_all(folder()).and_then(|()| fs::write(&path, format!("{value:#}\n")));
    written.map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display()), "is the folder yours, the disk full?"))
}

/// All figures, in the order of their names.
pub fn read() -> Result<Vec<Figures>, Failure> {
    let mut all = files()?.iter().map(|path| read_one(path)).collect::<Result<Vec<_>, _>>()?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// Forgets all but what the named tasks wrote, so that none of a test that is gone stays.
pub fn forget_all_but(kept: &[&str]) -> Result<(), Failure> {
    let goes = |path: &PathBuf| path.file_stem().is_none_or(|stem| !kept.iter().any(|kept| stem == *kept));
    files()?.iter().filter(|path| goes(path)).try_for_each(fs::remove_file).map_err(|error| unreadable(&folder(), &error.to_string()))
}

fn files() -> Result<Vec<PathBuf>, Failure> {
    let Ok(entries) = fs::read_dir(folder()) else { return Ok(Vec::new()) };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let paths = paths.map_err(|error| unreadable(&folder(), &error.to_string()))?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect())
}

fn read_one(path: &Path) -> Result<Figures, Failure> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let whole: Value = serde_json::from_str(&text).map_err(|error| unreadable(path, &error.to_string()))?;
    figures_of(whole).ok_or_else(|| unreadable(path, "a name, promises and figures are expected"))
}

fn figures_of(whole: Value) -> Option<Figures> {
    let name = whole.get("name")?.as_str()?.to_owned();
    let promises = whole.get("promises")?.as_array()?.iter().filter_map(Value::as_u64).collect();
    let counted = whole.get("figures")?.as_object()?.iter().map(|(what, value)| (what.clone(), value.clone())).collect();
    Some(Figures { name, promises, counted, whole })
}

fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::new(format!("{}: {why}", path.display()), "remove it, and run what writes it again")
}
