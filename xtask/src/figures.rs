//! Figures that tests and tasks write to `target/proof/NAME.json`: `{"name", "promises": [..], "figures": {WHAT: VALUE, ..}}`.

use crate::{Failure, workspace};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// One file of figures.
pub struct Figures {
    pub name: String,
    pub promises: Vec<u64>,
    /// `figures`, sorted by name.
    pub values: Vec<(String, Value)>,
    /// The whole file.
    pub json: Value,
}

/// The folder of the figures. It does not depend on cargo's target folder, which tests do not know.
pub fn folder() -> PathBuf {
    workspace::root().join("target/proof")
}

/// Writes the figures of a task.
pub fn write(name: &str, value: &Value) -> Result<(), Failure> {
    let path = folder().join(format!("{name}.json"));
    let written = fs::create_dir_all(folder()).and_then(|()| fs::write(&path, format!("{value:#}\n")));
    written.map_err(|error| {
        Failure::new(format!("{} cannot be written: {error}", path.display()), "check the permissions of the folder and the free space")
    })
}

/// All figures, sorted by name.
pub fn read() -> Result<Vec<Figures>, Failure> {
    let mut all = files()?.iter().map(|path| read_one(path)).collect::<Result<Vec<_>, _>>()?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// Removes the figures of all other programs than `kept`, so that none of a removed test stays.
pub fn remove_except(kept: &[&str]) -> Result<(), Failure> {
    let is_removed = |path: &PathBuf| path.file_stem().is_none_or(|stem| !kept.iter().any(|kept| stem == *kept));
    files()?.iter().filter(|path| is_removed(path)).try_for_each(fs::remove_file).map_err(|error| unreadable(&folder(), &error.to_string()))
}

fn files() -> Result<Vec<PathBuf>, Failure> {
    let Ok(entries) = fs::read_dir(folder()) else { return Ok(Vec::new()) };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let paths = paths.map_err(|error| unreadable(&folder(), &error.to_string()))?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect())
}

fn read_one(path: &Path) -> Result<Figures, Failure> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| unreadable(path, &error.to_string()))?;
    figures_of(json).ok_or_else(|| unreadable(path, "expected an object with `name`, `promises` and `figures`"))
}

fn figures_of(json: Value) -> Option<Figures> {
    let name = json.get("name")?.as_str()?.to_owned();
    let promises = json.get("promises")?.as_array()?.iter().filter_map(Value::as_u64).collect();
    let values = json.get("figures")?.as_object()?.iter().map(|(what, value)| (what.clone(), value.clone())).collect();
    Some(Figures { name, promises, values, json })
}

fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::new(format!("{}: {why}", path.display()), "remove it, and run the test or task of that name again")
}
