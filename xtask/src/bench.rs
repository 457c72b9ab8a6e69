//! `cargo xtask bench`: what calls cost, beside the breakers that a program would take instead, into docs/benchmarks.md.

mod cases;
mod page;

use crate::{Failure, component, run, workspace};
use cases::Measured;
use std::fs;
use std::path::Path;

/// Builds the component, measures, and writes the page. It judges nothing: figures vary with the machine, and with its mood.
///
/// # Errors
/// When something cannot be built, or a case brought no figure.
pub fn task() -> Result<(), Failure> {
    component::task()?;
    // Always here, wherever cargo builds: the benches know only the checkout.
    let folder = workspace::root().join("target/bench");
    let results = folder.join("criterion");
    // Figures of an earlier run are not to stand beside this one's.
    let _ = fs::remove_dir_all(&results);
    let mut bench = run::cargo();
    bench.args(["run", "--release", "--manifest-path", "host-test/benches/Cargo.toml", "--target-dir"]).arg(&folder);
    bench.args(["--", "--bench"]).env("CRITERION_HOME", &results);
    run::stream(&mut bench, "the first failing measurement stands above")?;
    let measured = Measured::read(&results)?;
    let bytes = read(&folder.join("bytes-a-target.json"))?;
    let path = workspace::root().join("docs/benchmarks.md");
    let old = fs::read_to_string(&path).unwrap_or_default();
    let page = page::renewed(&old, &page::table(&measured, &bytes)?)?;
    let written = fs::write(&path, page);
    written.map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display()), "is the folder yours?"))?;
    println!("written: {}", path.display());
    Ok(())
}

fn read(path: &Path) -> Result<serde_json::Value, Failure> {
    let remedy = "the benches in host-test/benches write it";
    let text = fs::read_to_string(path).map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display()), remedy))?;
    serde_json::from_str(&text).map_err(|error| Failure::new(format!("{}: {error}", path.display()), remedy))
}
