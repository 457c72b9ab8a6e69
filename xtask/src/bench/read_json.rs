//! Reads a JSON file that a bench wrote.

use crate::Failure;
use std::fs;
use std::path::Path;

pub fn read_json(path: &Path) -> Result<serde_json::Value, Failure> {
    let remedy = "check that the benches in host-test/benches wrote it";
    let text = fs::read_to_string(path).map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display()), remedy))?;
    serde_json::from_str(&text).map_err(|error| Failure::new(format!("{}: {error}", path.display()), remedy))
}
