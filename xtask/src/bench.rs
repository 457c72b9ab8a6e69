//! `cargo xtask bench`: measures calls of this and other circuit breakers, and writes docs/benchmarks.md.

mod cases;
mod page;
mod read_json;

use crate::{Failure, component, run, workspace};
use cases::Measured;
use read_json::read_json;
use std::fs;

/// Builds the component, measures, and writes the page. A missed target is no error: figures vary with the machine and its load.
///
/// # Errors
/// When a build fails, or a case was not measured.
pub fn task() -> Result<(), Failure> {
    component::task()?;
    // Not cargo's target folder, which the benches do not know.
    let folder = workspace::root().join("target/bench");
    let results = folder.join("criterion");
    // No figures of an earlier run may stay.
    let _ = fs::remove_dir_all(&results);
    let mut bench = run::cargo();
    bench.args(["run", "--release", "--manifest-path", "host-test/benches/Cargo.toml", "--target-dir"]).arg(&folder);
    bench.args(["--", "--bench"]).env("CRITERION_HOME", &results);
    run::stream(&mut bench, "see the first failing measurement above")?;
    let measured = Measured::read(&results)?;
    let bytes = read_json(&folder.join("bytes-a-target.json"))?;
    let path = workspace::root().join("docs/benchmarks.md");
    let old = fs::read_to_string(&path).unwrap_or_default();
    let page = page::replace_table(&old, &page::table(&measured, &bytes)?)?;
    let written = fs::write(&path, page);
    written
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display()), "check the permissions of the folder"))?;
    println!("written: {}", path.display());
    Ok(())
}
