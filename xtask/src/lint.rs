//! `cargo xtask lint`: checks the code without running it.

use crate::steps::Steps;
use crate::{Failure, model, run, workspace};

/// Runs all lints.
///
/// # Errors
/// When a lint fails.
pub fn task() -> Result<(), Failure> {
    steps(&mut Steps::default())
}

/// The lints as steps of another task.
pub(crate) fn steps(steps: &mut Steps) -> Result<(), Failure> {
    steps.run("format", || run::stream(run::cargo().args(["fmt", "--all", "--check"]), "run `cargo fmt --all`"))?;
    steps.run("clippy", || {
        let mut clippy = run::cargo();
        clippy.arg("clippy").args(workspace::ALL).args(["--all-targets", "--", "-D", "warnings"]);
        run::stream(&mut clippy, "fix the warnings above: they are errors here")
    })?;
    steps.run("model", model::lint)?;
    steps.run("documentation", || {
        let mut doc = run::cargo();
        run::stream(
            doc.arg("doc").args(workspace::ALL).arg("--no-deps").env("RUSTDOCFLAGS", "-Dwarnings"),
            "fix the warnings above: they are errors here",
        )
    })?;
    steps.run("dependencies", dependencies)
}

/// Licences, sources and advisories. Needs cargo-deny, which is not part of the toolchain.
fn dependencies() -> Result<(), Failure> {
    if run::read(run::cargo().args(["deny", "--version"])).is_none() {
        println!("skipped: cargo-deny is not installed (`cargo install --locked cargo-deny`)");
        return Ok(());
    }
    run::stream(run::cargo().args(["deny", "check", "bans", "licenses", "sources"]), "deny.toml lists what is allowed")?;
    // A missing network is no fault of the code.
    if run::read(run::cargo().args(["deny", "fetch", "db"])).is_none() {
        println!("advisories skipped: the database cannot be downloaded");
        return Ok(());
    }
    run::stream(run::cargo().args(["deny", "check", "advisories"]), "update the dependency, or add an exception to deny.toml")
}
