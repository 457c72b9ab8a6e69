//! `cargo xtask lint`: what can be said of the code without running it.

use crate::steps::Steps;
use crate::{Failure, run};

/// Every lint.
///
/// # Errors
/// The first one that fails.
pub fn task() -> Result<(), Failure> {
    steps(&mut Steps::default())
}

/// The same as steps of another task.
pub(crate) fn steps(steps: &mut Steps) -> Result<(), Failure> {
    steps.run("format", || run::stream(run::cargo().args(["fmt", "--all", "--check"]), "`cargo fmt --all` puts it right"))?;
    steps.run("clippy", || {
        let warnings = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        run::stream(run::cargo().args(warnings), "warnings count as errors")
    })?;
    steps.run("documentation", || {
        let mut doc = run::cargo();
        run::stream(doc.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings"), "warnings count as errors")
    })?;
    steps.run("dependencies", dependencies)
}

/// Licences, sources, advisories. It needs a tool that is not part of the toolchain.
fn dependencies() -> Result<(), Failure> {
    if run::read(run::cargo().args(["deny", "--version"])).is_none() {
        println!("skipped: cargo-deny is not installed (`cargo install --locked cargo-deny`)");
        return Ok(());
    }
    run::stream(run::cargo().args(["deny", "check", "bans", "licenses", "sources"]), "deny.toml says what is allowed")?;
    // Without a network there is nothing to judge advisories by, and that is no fault of the code.
    if run::read(run::cargo().args(["deny", "fetch", "db"])).is_none() {
        println!("advisories skipped: their database cannot be fetched");
        return Ok(());
    }
    run::stream(run::cargo().args(["deny", "check", "advisories"]), "deny.toml is the place for an exception")
}
