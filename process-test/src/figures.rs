//! The figures of a test: `target/proof/NAME.json`, which `cargo xtask reliability` reads.

use serde_json::{Map, Value, json};
use std::path::Path;

/// Writes and prints the figures of a test.
///
/// # Panics
/// If the file cannot be written. Otherwise an old figure would remain.
pub fn write(name: &str, promises: &[u8], figures: &[(&str, u64)]) {
    let figures: Map<String, Value> = figures.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    println!("{name}: {}", Value::Object(figures.clone()));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/proof");
    let text = format!("{:#}\n", json!({ "name": name, "promises": promises, "figures": figures }));
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(folder.join(name).with_extension("json"), text));
    written.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
}

/// A number from the environment, or the usual number. `cargo xtask torture` sets a larger one.
///
/// # Panics
/// If the variable is set to something else than a number.
#[must_use]
pub fn size(variable: &str, usual: u64) -> u64 {
    let Some(value) = std::env::var_os(variable) else { return usual };
    value.to_str().and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{variable} is not a number"))
}
