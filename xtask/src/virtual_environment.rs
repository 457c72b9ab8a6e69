//! A virtual environment of Python with pinned packages.

use crate::{Failure, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where an environment keeps a copy of the requirements that it has.
const INSTALLED: &str = "installed-requirements.txt";

pub struct VirtualEnvironment {
    programs: PathBuf,
}

impl VirtualEnvironment {
    /// An environment in the folder that has the requirements. It is made again if their file changed.
    pub fn prepare(folder: &Path, requirements: &Path) -> Result<VirtualEnvironment, Failure> {
        let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
        let installed = folder.join(INSTALLED);
        let unreadable = |error: std::io::Error| Failure::new(format!("{}: {error}", requirements.display()), "restore it from git");
        let text = fs::read(requirements).map_err(unreadable)?;
        if fs::read(&installed).is_ok_and(|before| before == text) {
            return Ok(VirtualEnvironment { programs });
        }
        let missing = "install Python 3.10 or later with its `venv` module (Debian: python3-venv)";
        run::stream(run::program("python3").args(["-m", "venv", "--clear"]).arg(folder), missing)?;
        let mut install = run::program(programs.join("pip"));
        install.args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(requirements);
        run::stream(&mut install, "pip cannot install the packages: check the network")?;
        fs::copy(requirements, &installed).map_err(unreadable)?;
        Ok(VirtualEnvironment { programs })
    }

    /// A program of the environment. Python leaves no byte code in the sources.
    pub fn program(&self, name: &str) -> Command {
        let mut command = run::program(self.programs.join(name));
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}
