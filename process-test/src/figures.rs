//! Writes the figures of a test to `target/proof/NAME.json`, which `cargo xtask reliability` reads.

use serde_json::{Map, Value, json};
use std::path::Path;

/// Writes and prints the figures of a test.
///
/// # Panics
/// If the file cannot be written. Otherwise the page would show old figures.
pub fn write(name: &str, promises: &[u8], figures: &[(&str, u64)]) {
    let figures: Map<String, Value> = figures.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    println!("{name}: {}", Value::Object(figures.clone()));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/proof");
    let text = format!("{:#}\n", json!({ "name": name, "promises": promises, "figures": figures }));
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(folder.join(name).with_extension("json"), text));
    written.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
}

/// The number in an environment variable, or `default`. `cargo xtask torture` sets it to a larger number.
///
/// # Panics
/// If the variable is not a number.
#[must_use]
pub fn number_from_environment(variable: &str, default: u64) -> u64 {
    let Some(value) = std::env::var_os(variable) else { return default };
    value.to_str().and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{variable} is not a number"))
}
