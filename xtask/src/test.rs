//! `cargo xtask test`: builds, lints and tests everything.

use crate::steps::Steps;
use crate::{Failure, component, debian, evil, figures, lint, model, plain_hosts, python, run, torture, valkey, workspace};

/// Builds the component and the attacking guest, lints, and runs all tests.
///
/// # Errors
/// When a step fails.
pub fn task() -> Result<(), Failure> {
    let mut steps = Steps::default();
    steps.run("component", component::task)?;
    steps.run("evil", evil::task)?;
    lint::steps(&mut steps)?;
    figures::remove_except(&[&["faults", "model", "mutants"][..], &torture::FIGURES].concat())?;
    steps.run("redis-server", debian::install_redis_if_missing)?;
    let advice = "see the first failing test above";
    steps.run("test", || run::stream(run::cargo().arg("test").args(workspace::ALL), advice))?;
    steps.run("python", python::task)?;
    steps.run("plain hosts", plain_hosts::task)?;
    steps.run("valkey", valkey::task)?;
    steps.run("model", model::test)?;
    steps.run("schema", || {
        let outside = ["test", "--manifest-path", "schema-test/Cargo.toml", "--target-dir", "target/schema-test"];
        run::stream(run::cargo().args(outside), advice)
    })
}
