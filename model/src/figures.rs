//! Writes the figures of a run.

use crate::exploration::Exploration;
use serde_json::{Map, Value, json};
use std::fs;
use std::io;
use std::path::PathBuf;

/// The numbers of the promises that the model checks.
const PROMISES: [u8; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 17];

/// Writes `target/proof/NAME.json`, which `cargo xtask reliability` reads.
///
/// # Errors
/// If the file cannot be written.
pub fn write(name: &str, all: &[Exploration], peak_mib: Option<u64>) -> io::Result<()> {
    let mut figures = Map::new();
    for exploration in all {
        let key = |figure: &str| format!("{}: {figure}", exploration.configuration);
        figures.insert(key("distinct states"), json!(exploration.distinct_states));
        figures.insert(key("seconds"), json!(exploration.elapsed.as_secs()));
    }
    figures.insert("distinct states in all".to_owned(), json!(all.iter().map(|exploration| exploration.distinct_states).sum::<usize>()));
    figures.insert("peak memory in MiB".to_owned(), peak_mib.map_or(Value::Null, |mib| json!(mib)));
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/proof");
    fs::create_dir_all(&folder)?;
    let value = json!({ "name": name, "promises": PROMISES, "figures": figures });
    fs::write(folder.join(format!("{name}.json")), format!("{value:#}\n"))
}
