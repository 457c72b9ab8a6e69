//! Runs other programs.

use crate::Failure;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often a program with a time limit is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Variables that cargo sets for this program alone. `FUSEBOARD_COMPONENT` would make the tests use another component than the one just
/// built.
const NOT_PASSED_ON: &[&str] = &["CARGO", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR", "FUSEBOARD_COMPONENT"];
const NOT_PASSED_ON_PREFIXES: &[&str] = &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];

/// A program with the environment that `cargo xtask` was called with.
pub fn program(name: impl AsRef<Path>) -> Command {
    let mut command = Command::new(name.as_ref());
    for (variable, _) in std::env::vars_os() {
        let text = variable.to_string_lossy();
        if NOT_PASSED_ON.contains(&&*text) || NOT_PASSED_ON_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&variable);
        }
    }
    command
}

/// The cargo that runs this program, in the root of the workspace.
pub fn cargo() -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(crate::workspace::root());
    command
}

/// The compiler that this cargo uses.
pub fn rustc() -> Command {
    program(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// Runs a program and shows its output.
pub fn stream(command: &mut Command, remedy: &str) -> Result<(), Failure> {
    let status = command.status().map_err(|error| Failure::new(format!("{} cannot be started: {error}", shown(command)), remedy))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{} failed ({status})", shown(command)), remedy)) }
}

/// As [`stream`]. A program that runs for longer than the limit is ended, and that is a failure.
pub fn stream_within(limit: Duration, command: &mut Command, remedy: &str) -> Result<(), Failure> {
    let line = shown(command);
    let failed = |why: String| Failure::new(format!("{line} {why}"), remedy);
    let mut child = command.spawn().map_err(|error| failed(format!("cannot be started: {error}")))?;
    let start = Instant::now();
    loop {
        match child.try_wait().map_err(|error| failed(format!("cannot be waited for: {error}")))? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(failed(format!("failed ({status})"))),
            None if start.elapsed() > limit => {
                let _ = child.kill().and_then(|()| child.wait());
                return Err(failed(format!("did not end within {} s", limit.as_secs())));
            }
            None => std::thread::sleep(POLL_INTERVAL),
        }
    }
}

/// The output of a program, trimmed; `None` if it cannot be started or fails.
pub fn read(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The path of a program in `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|path| path.is_file())
}

/// The command line, without the program's folder.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    format!("`{}`", words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_ended_after_its_limit() {
        let mut endless = program("tail");
        endless.args(["-f", "/dev/null"]);
        let failure = stream_within(Duration::from_millis(50), &mut endless, "nothing").unwrap_err().to_string();
        assert!(failure.contains("`tail -f /dev/null` did not end within 0 s"), "{failure}");
    }
}
