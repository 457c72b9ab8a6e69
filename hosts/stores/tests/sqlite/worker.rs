use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

const FILE: &str = "FUSEBOARD_TEST_FILE";

/// The file that this process works on, if it was started as a worker.
pub fn file() -> Option<String> {
    env::var(FILE).ok()
}

/// Runs one test of this binary in a process of its own, as a worker on this file.
pub fn command(test: &str, file: &Path) -> Command {
    command_of(&env::current_exe().unwrap(), test, file)
}

/// As [`command`], with a copy of this binary.
pub fn command_of(binary: &Path, test: &str, file: &Path) -> Command {
    let mut command = Command::new(binary);
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(FILE, file).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}
