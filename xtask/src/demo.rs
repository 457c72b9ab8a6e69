//! `cargo xtask demo`: a sick HTTP server, spared by the component.

use crate::{Failure, component, run};

/// Builds the component, and builds and runs the demo. It shares the tests' profile, so wasmtime is compiled once for both.
///
/// # Errors
/// When the component cannot be built, or the demo fails.
pub fn task() -> Result<(), Failure> {
    component::task()?;
    run::stream(run::cargo().args(["run", "--package", "fuseboard-demo"]), "the demo's own message stands above")
}
