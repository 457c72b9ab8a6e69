//! `cargo xtask test`: the one command that says whether all is well.

use crate::steps::Steps;
use crate::{Failure, component, figures, lint, run};

/// Builds the component, lints, and runs every test.
///
/// # Errors
/// The first step that fails.
pub fn task() -> Result<(), Failure> {
    let mut steps = Steps::default();
    steps.run("component", component::task)?;
    lint::steps(&mut steps)?;
    figures::forget_all_but(&["faults"])?;
    steps.run("test", || run::stream(run::cargo().args(["test", "--workspace"]), "the first failing test stands above"))
}
