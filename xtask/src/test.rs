//! `cargo xtask test`: the one command that says whether all is well.

use crate::steps::Steps;
use crate::{Failure, component, evil, figures, lint, run};

/// Builds the component and the guest of attacks, lints, and runs every test.
///
/// # Errors
/// The first step that fails.
pub fn task() -> Result<(), Failure> {
    let mut steps = Steps::default();
    steps.run("component", component::task)?;
    steps.run("evil", evil::task)?;
    lint::steps(&mut steps)?;
    figures::forget_all_but(&["faults", "mutants"])?;
    let advice = "the first failing test stands above";
    steps.run("test", || run::stream(run::cargo().args(["test", "--workspace"]), advice))?;
    steps.run("schema", || {
        let outside = ["test", "--manifest-path", "schema-test/Cargo.toml", "--target-dir", "target/schema-test"];
        run::stream(run::cargo().args(outside), advice)
    })
}
