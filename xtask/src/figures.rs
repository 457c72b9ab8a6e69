//! What tests and tasks found out: `target/proof/NAME.json`, for docs/reliability.md.

use crate::{Failure, workspace};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

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
