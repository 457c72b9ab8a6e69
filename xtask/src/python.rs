//! `cargo xtask python`: builds the Python package and runs its tests in a virtual environment.

use crate::copy_tree::copy;
use crate::python_environment::Environment;
use crate::{Failure, run, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Python code outside the package, as seen from its folder.
const EXAMPLES: &str = "../../examples";

/// Lints, type-checks and tests `hosts/python`, and lints the Python examples.
///
/// # Errors
/// When Python is missing, or a check fails.
pub fn task() -> Result<(), Failure> {
    let source = workspace::root().join("hosts/python");
    let package = package(&source)?;
    let environment = Environment::prepare("environment", &source.join("requirements-test.txt"))?;
    let advice = "see the message above";
    let tool = |name: &str| tool(&environment, &source, &package, name);
    run::stream(tool("ruff").args(["check", ".", EXAMPLES]), "run `ruff check --fix hosts/python examples`")?;
    run::stream(tool("ruff").args(["format", "--check", ".", EXAMPLES]), "run `ruff format hosts/python examples`")?;
    run::stream(&mut tool("mypy"), advice)?;
    run::stream(tool("pytest").args(["-q", "-p", "no:cacheprovider"]), advice)
}

/// The interpreter of the virtual environment that `python` makes, with pybreaker and the Redis client.
pub(crate) fn interpreter() -> Result<PathBuf, Failure> {
    let requirements = workspace::root().join("hosts/python/requirements-test.txt");
    Ok(Environment::prepare("environment", &requirements)?.programs().join("python"))
}

/// The package as it is installed: the Python files together with the native part. Returns the folder to import it from.
fn package(source: &Path) -> Result<PathBuf, Failure> {
    // With the tests of the workspace selected, the dependencies are those that `cargo test` has built.
    run::stream(run::cargo().args(["build", "--lib", "--tests"]).args(workspace::ALL), "see the first error above")?;
    let package = workspace::builds().join("python/package");
    assemble(source, &workspace::builds().join("debug"), &package)?;
    Ok(package)
}

/// Puts the Python files and the native part together in a folder, from which the package can be imported.
pub(crate) fn assemble(source: &Path, built: &Path, package: &Path) -> Result<(), Failure> {
    let library = format!("{}_core{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let fuseboard = package.join("fuseboard");
    let failed =
        |error: std::io::Error| Failure::new(format!("{}: {error}", fuseboard.display()), "check its permissions and the free space");
    if fuseboard.exists() {
        fs::remove_dir_all(&fuseboard).map_err(failed)?;
    }
    copy(&source.join("python/fuseboard"), &fuseboard)?;
    fs::copy(built.join(library), fuseboard.join(MODULE)).map_err(failed)?;
    Ok(())
}

const MODULE: &str = if cfg!(windows) { "_core.pyd" } else { "_core.abi3.so" };

/// A program of the environment that finds the package.
fn tool(environment: &Environment, source: &Path, package: &Path, name: &str) -> Command {
    let mut command = environment.program(name);
    command.current_dir(source).env("PYTHONPATH", package).env("MYPYPATH", source.join("python")).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
