//! `cargo xtask python`: builds the Python package and runs its tests in a virtual environment.

use crate::{Failure, run, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of `requirements-test.txt` that the environment has. It is made anew where the file changed.
const INSTALLED: &str = "requirements-test.txt";

/// Lints, type-checks and tests `hosts/python`.
///
/// # Errors
/// When Python is missing, or a check fails.
pub fn task() -> Result<(), Failure> {
    let source = workspace::root().join("hosts/python");
    let package = package(&source)?;
    let environment = Environment::prepare(&source)?;
    let advice = "see the message above";
    run::stream(environment.tool(&source, &package, "ruff").args(["check", "."]), "run `ruff check --fix hosts/python`")?;
    run::stream(environment.tool(&source, &package, "ruff").args(["format", "--check", "."]), "run `ruff format hosts/python`")?;
    run::stream(&mut environment.tool(&source, &package, "mypy"), advice)?;
    run::stream(environment.tool(&source, &package, "pytest").args(["-q", "-p", "no:cacheprovider"]), advice)
}

/// The interpreter of the virtual environment that `python` makes, with pybreaker and the Redis client.
pub(crate) fn interpreter() -> Result<PathBuf, Failure> {
    Environment::prepare(&workspace::root().join("hosts/python")).map(|environment| environment.programs.join("python"))
}

/// The package as it is installed: the Python files beside the native part. Returns the folder to import it from.
fn package(source: &Path) -> Result<PathBuf, Failure> {
    // With the tests of the workspace selected, the dependencies are those that `cargo test` has built.
    run::stream(run::cargo().args(["build", "--lib", "--tests"]).args(workspace::ALL), "see the first error above")?;
    let library = format!("{}_core{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let package = workspace::builds().join("python/package");
    let fuseboard = package.join("fuseboard");
    let failed =
        |error: std::io::Error| Failure::new(format!("{}: {error}", fuseboard.display()), "check its permissions and the free space");
    if fuseboard.exists() {
        fs::remove_dir_all(&fuseboard).map_err(failed)?;
    }
    copy(&source.join("python/fuseboard"), &fuseboard).map_err(failed)?;
    fs::copy(workspace::builds().join("debug").join(library), fuseboard.join(MODULE)).map_err(failed)?;
    Ok(package)
}

const MODULE: &str = if cfg!(windows) { "_core.pyd" } else { "_core.abi3.so" };

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        } else if entry.file_name() != "__pycache__" {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// A virtual environment with the test tools.
struct Environment {
    programs: PathBuf,
}

impl Environment {
    fn prepare(source: &Path) -> Result<Environment, Failure> {
        let folder = workspace::builds().join("python/environment");
        let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
        let wanted = source.join(INSTALLED);
        let installed = folder.join(INSTALLED);
        let unreadable = |error: std::io::Error| Failure::new(format!("{}: {error}", wanted.display()), "restore it from git");
        let text = fs::read(&wanted).map_err(unreadable)?;
        if fs::read(&installed).is_ok_and(|before| before == text) {
            return Ok(Environment { programs });
        }
        let missing = "install Python 3.10 or later with its `venv` module (Debian: python3-venv)";
        run::stream(run::program("python3").args(["-m", "venv", "--clear"]).arg(&folder), missing)?;
        let mut install = run::program(programs.join("pip"));
        install.args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&wanted);
        run::stream(&mut install, "pip cannot install the test tools: check the network")?;
        fs::copy(&wanted, &installed).map_err(unreadable)?;
        Ok(Environment { programs })
    }

    /// A program of the environment that finds the package.
    fn tool(&self, source: &Path, package: &Path, name: &str) -> Command {
        let mut command = run::program(self.programs.join(name));
        command.current_dir(source).env("PYTHONPATH", package).env("MYPYPATH", source.join("python")).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}
