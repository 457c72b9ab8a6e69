//! The figures of a test: `target/proof/NAME.json`, which `cargo xtask reliability` reads.

use serde_json::{Map, Value, json};
use std::path::Path;

/// Writes and prints the figures of a test.
///
/// # Panics
/// If the file cannot be written. Otherwise an old figure would remain.
pub fn write(name: &str, promises: &[u8], figures: &[(&str, Value)]) {
    let figures: Map<String, Value> = figures.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    println!("{name}: {}", Value::Object(figures.clone()));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/proof");
    let text = serde_json::to_string_pretty(&json!({ "name": name, "promises": promises, "figures": figures })).expect("plain JSON");
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(folder.join(name).with_extension("json"), text + "\n"));
    written.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
}

/// The largest resident memory of this process so far, in KiB. `None` if the system does not report it.
#[must_use]
pub fn memory_high_water_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
