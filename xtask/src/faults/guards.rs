//! The tests that are to notice a fault: all that need no wasmtime, those that notice most first.

use super::copy::Copy;
use crate::{Failure, run, workspace};
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A test program that takes longer has met an endless loop.
const TIME_MAX: Duration = Duration::from_mins(3);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Proofs go through less: whoever breaks a rule is met early, or not at all.
const LESS: [(&str, &str); 3] = [("PROOF_LENGTH_ONE", "6"), ("PROOF_LENGTH_TWO", "4"), ("PROOF_CASES", "300")];
/// A fault is not to be noticed by the style of its patch.
const NO_GUARD: &str = "tidy";
/// Names of failed tests that are told.
const NAMES_MAX: usize = 3;

/// Whether a test noticed, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noticed {
    No,
    /// By the compiler: no test had to run.
    Unbuilt,
    Yes {
        by: String,
        tests: Vec<String>,
    },
}

impl fmt::Display for Noticed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Noticed::No => f.write_str("NOT NOTICED"),
            Noticed::Unbuilt => f.write_str("it does not compile"),
            Noticed::Yes { by, tests } if tests.is_empty() => write!(f, "{by}: stopped after {} s", TIME_MAX.as_secs()),
            Noticed::Yes { by, tests } => {
                let more = if tests.len() > NAMES_MAX { format!(" and {} more", tests.len() - NAMES_MAX) } else { String::new() };
                write!(f, "{by}: {}{more}", tests.iter().take(NAMES_MAX).map(String::as_str).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

pub struct Guards<'a> {
    copy: &'a Copy,
    folder: PathBuf,
    /// What each turn builds and runs: arguments of `cargo test`.
    turns: Vec<Vec<String>>,
}

impl Guards<'_> {
    pub fn of(copy: &Copy) -> Result<Guards<'_>, Failure> {
        let folder = workspace::builds().join("faults");
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        // Both at once, so that what they share is built once.
        let both = ["-p", "fuseboard", "-p", "host-test"];
        let mut turns = vec![
            words(&[&both[..], &["--test", "stories"]].concat()),
            words(&[&both[..], &["--lib", "--test", "rivals", "--test", "bounds"]].concat()),
        ];
        let proofs: Vec<String> = of_folder(&copy.root().join("tests"))?.into_iter().filter(|name| name != NO_GUARD).collect();
        turns.extend(proofs.iter().map(|name| words(&["-p", "fuseboard", "--test", name])));
        fs::create_dir_all(folder.join("log"))
            .map_err(|error| Failure::new(format!("{}: {error}", folder.display()), "is the folder yours, the disk full?"))?;
        Ok(Guards { copy, folder, turns })
    }

    /// Whether all is well without a fault.
    pub fn check(&self) -> Result<(), Failure> {
        println!("== without a fault");
        match self.run("sound")? {
            Noticed::No => Ok(()),
            noticed => Err(Failure::new(format!("without any fault: {noticed}"), format!("look into {}", self.log("sound").display()))),
        }
    }

    /// What the tests printed under a fault.
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.join("log").join(format!("{name}.txt"))
    }

    /// Builds and runs the tests, up to the first program that fails.
    pub fn run(&self, name: &str) -> Result<Noticed, Failure> {
        let log = self.log(name);
        for turn in &self.turns {
            let Some(programs) = self.build(turn)? else { return Ok(Noticed::Unbuilt) };
            for program in programs {
                let noticed = run_one(&program, self.copy.root(), &log)?;
                if noticed != Noticed::No {
                    return Ok(noticed);
                }
            }
        }
        Ok(Noticed::No)
    }

    /// The test programs, each with the folder it is to run in; `None` where they do not compile.
    fn build(&self, turn: &[String]) -> Result<Option<Vec<Program>>, Failure> {
        let mut cargo = run::cargo();
        cargo.current_dir(self.copy.root()).args(["test", "--quiet", "--no-run", "--message-format=json-render-diagnostics"]);
        // Without wasmtime.
        cargo.arg("--no-default-features").args(turn);
        // What only people read costs half of the time. A fault may leave something unused.
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "false").env("RUSTFLAGS", "-Awarnings");
        cargo.arg("--target-dir").arg(self.folder.join("build"));
        let output = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| Failure::new(format!("cargo does not run: {error}"), "is it installed?"))?;
        let programs = String::from_utf8_lossy(&output.stdout).lines().filter_map(program_of).collect();
        Ok(output.status.success().then_some(programs))
    }
}

struct Program {
    name: String,
    path: PathBuf,
    folder: PathBuf,
}

/// The test program that a line of cargo's messages tells of.
fn program_of(line: &str) -> Option<Program> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let text = |value: &serde_json::Value| value.as_str().map(ToOwned::to_owned);
    let path = PathBuf::from(text(message.get("executable")?)?);
    let folder = Path::new(message.get("manifest_path")?.as_str()?).parent()?.to_path_buf();
    Some(Program { name: text(message.get("target")?.get("name")?)?, path, folder })
}

/// Runs one test program, within the time limit.
fn run_one(program: &Program, root: &Path, log: &Path) -> Result<Noticed, Failure> {
    let unwritable = |error: std::io::Error| Failure::new(format!("{}: {error}", log.display()), "is the folder yours, the disk full?");
    let (out, err) = File::create(log).and_then(|file| Ok((file.try_clone()?, file))).map_err(unwritable)?;
    let mut command = run::program(&program.path);
    command.current_dir(&program.folder).env("CARGO_MANIFEST_DIR", &program.folder).envs(LESS).stdin(Stdio::null()).stdout(out).stderr(err);
    let ended = within(&mut command, TIME_MAX)
        .map_err(|error| Failure::new(format!("{}: {error}", program.path.display()), format!("built in {}", root.display())))?;
    let by = program.name.clone();
    match ended {
        Some(true) => Ok(Noticed::No),
        Some(false) => {
            let text = fs::read_to_string(log).unwrap_or_default();
            let mut tests = failed(&text);
            if tests.is_empty() {
                tests.push("the program itself ended".to_owned());
            }
            Ok(Noticed::Yes { by, tests })
        }
        None => Ok(Noticed::Yes { by, tests: Vec::new() }),
    }
}

/// Whether a program succeeded; `None` where it had to be stopped.
fn within(command: &mut Command, limit: Duration) -> std::io::Result<Option<bool>> {
    let mut child = command.spawn()?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The tests that a test program says failed.
fn failed(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix("... FAILED"));
    lines.map(|name| name.trim_end().trim_end_matches(" - should panic").to_owned()).collect()
}

/// The integration tests of a folder: a file each, or a folder with a `main.rs`.
fn of_folder(folder: &Path) -> Result<Vec<String>, Failure> {
    let unreadable = |error| Failure::new(format!("{}: {error}", folder.display()), "it belongs to the checkout");
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.join("main.rs").is_file() || path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tests_are_found_by_name() {
        assert_eq!(failed("running 2 tests\ntest a::b ... ok\ntest c ... FAILED\n\nfailures:\n    c\n"), ["c"]);
    }

    #[test]
    fn a_program_that_goes_on_is_stopped() {
        let mut endless = run::program(std::env::current_exe().expect("this test"));
        endless.args(["--ignored", "--exact", "faults::guards::tests::endless"]).stdout(Stdio::null());
        assert_eq!(within(&mut endless, Duration::from_millis(50)).expect("it runs"), None);
    }

    #[test]
    #[ignore = "started by the test above, and stopped"]
    fn endless() {
        loop {
            std::thread::sleep(LOOK_EVERY);
        }
    }
}
