//! Virtual environments of Python.

use crate::{Failure, run, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An environment below the target folder.
pub(crate) struct Environment {
    programs: PathBuf,
}

impl Environment {
    /// The environment with what a file of requirements lists. It is made again if the file changed.
    pub(crate) fn prepare(name: &str, requirements: &Path) -> Result<Environment, Failure> {
        let folder = workspace::builds().join("python").join(name);
        let installed = folder.join("requirements.txt");
        let unreadable = |error: std::io::Error| Failure::new(format!("{}: {error}", requirements.display()), "restore it from git");
        let text = fs::read(requirements).map_err(unreadable)?;
        if fs::read(&installed).is_ok_and(|before| before == text) {
            return Ok(Environment { programs: programs(&folder) });
        }
        let environment = Environment::empty(&folder)?;
        let remedy = "pip cannot install the tools: check the network";
        environment.install(|install| install.arg("-r").arg(requirements), remedy)?;
        fs::copy(requirements, &installed).map_err(unreadable)?;
        Ok(environment)
    }

    /// A new environment in a folder, with nothing installed.
    pub(crate) fn empty(folder: &Path) -> Result<Environment, Failure> {
        let missing = "install Python 3.10 or later with its `venv` module (Debian: python3-venv)";
        run::stream(run::program("python3").args(["-m", "venv", "--clear"]).arg(folder), missing)?;
        Ok(Environment { programs: programs(folder) })
    }

    /// Runs `pip install` with these arguments.
    pub(crate) fn install(&self, arguments: impl FnOnce(&mut Command) -> &mut Command, remedy: &str) -> Result<(), Failure> {
        let mut install = self.program("pip");
        run::stream(arguments(install.args(["install", "--quiet", "--disable-pip-version-check"])), remedy)
    }

    /// A program of the environment.
    pub(crate) fn program(&self, name: &str) -> Command {
        run::program(self.programs.join(name))
    }

    /// The folder of its programs.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }
}

fn programs(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) { "Scripts" } else { "bin" })
}
