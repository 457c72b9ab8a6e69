//! `cargo xtask demo`: a failing HTTP server, guarded by the component.

use crate::{Failure, component, run};

/// Builds the component, then builds and runs the demo. It uses the profile of the tests, so that wasmtime is compiled once for both.
///
/// # Errors
/// When the component cannot be built, or the demo fails.
pub fn task() -> Result<(), Failure> {
    component::task()?;
    run::stream(run::cargo().args(["run", "--package", "fuseboard-demo"]), "see the message of the demo above")
}
