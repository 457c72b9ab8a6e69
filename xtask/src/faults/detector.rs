//! Runs the tests that may detect a fault. Tests that detect most faults run first.

use super::checkout_copy::CheckoutCopy;
use super::fault::{Fault, Tests};
use crate::{Failure, run, workspace};
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A test program that takes longer is taken to be in an endless loop.
const TIME_MAX: Duration = Duration::from_mins(3);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Fewer cases for the proofs: most faults are detected by the first cases.
const FEWER_CASES: [(&str, &str); 3] = [("PROOF_LENGTH_ONE", "6"), ("PROOF_LENGTH_TWO", "4"), ("PROOF_CASES", "300")];
/// The style tests, which must not detect a fault by the style of its patch.
const STYLE_TESTS: &str = "tidy";
/// The most names of failed tests in a report.
const NAMES_MAX: usize = 3;

/// Whether a test detected a fault, and which one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detection {
    Undetected,
    /// The tests do not compile with the fault.
    NotCompiled,
    /// The test program, and its failed tests; none if it was stopped after the time limit.
    Detected {
        program: String,
        tests: Vec<String>,
    },
}

impl fmt::Display for Detection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Detection::Undetected => f.write_str("NOT DETECTED"),
            Detection::NotCompiled => f.write_str("does not compile"),
            Detection::Detected { program, tests } if tests.is_empty() => write!(f, "{program}: stopped after {} s", TIME_MAX.as_secs()),
            Detection::Detected { program, tests } => {
                let more = if tests.len() > NAMES_MAX { format!(" and {} more", tests.len() - NAMES_MAX) } else { String::new() };
                write!(f, "{program}: {}{more}", tests.iter().take(NAMES_MAX).map(String::as_str).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

pub struct Detector<'a> {
    copy: &'a CheckoutCopy,
    folder: PathBuf,
    /// The tests without wasmtime: arguments of `cargo test` for each stage. A fault that a stage detects skips the later ones.
    stages: Vec<Vec<String>>,
    /// The only stage for a fault of `hosts/wasmtime`.
    of_wasmtime: [Vec<String>; 1],
    /// The only stage for a fault of `hosts/stores`.
    of_stores: [Vec<String>; 1],
}

impl Detector<'_> {
    pub fn new(copy: &CheckoutCopy) -> Result<Detector<'_>, Failure> {
        let folder = workspace::builds().join("faults");
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        // Both packages at once, so that their shared dependencies are built once.
        let both = ["-p", "fuseboard", "-p", "host-test"];
        let mut stages = vec![
            words(&[&both[..], &["--test", "stories"]].concat()),
            words(&[&both[..], &["--lib", "--test", "rivals", "--test", "bounds"]].concat()),
            words(&["-p", "fuseboard-host", "--features", "native", "--lib", "--tests"]),
        ];
        let others: Vec<String> = test_names(&copy.root().join("tests"))?.into_iter().filter(|name| name != STYLE_TESTS).collect();
        stages.extend(others.iter().map(|name| words(&["-p", "fuseboard", "--test", name])));
        // Outside the workspace.
        stages.push(words(&["-p", "host-test", "--test", "deadlines"]));
        stages.push(words(&["--manifest-path", "model/Cargo.toml", "--test", "small"]));
        fs::create_dir_all(folder.join("log")).map_err(|error| {
            Failure::new(format!("{}: {error}", folder.display()), "check the permissions of the folder and the free space")
        })?;
        let of_wasmtime = [words(&["-p", "fuseboard-wasmtime", "--features", "compiler", "--lib", "--tests"])];
        let of_stores = [words(&["-p", "fuseboard-stores", "--features", "redis,sqlite", "--lib", "--test", "sqlite", "--test", "redis"])];
        Ok(Detector { copy, folder, stages, of_wasmtime, of_stores })
    }

    /// Checks that the tests that these faults need pass without a fault.
    pub fn check_without_fault(&self, faults: &[Fault]) -> Result<(), Failure> {
        println!("== without a fault");
        for tests in [Tests::WithoutWasmtime, Tests::OfWasmtime, Tests::OfStores] {
            if !faults.iter().any(|fault| fault.tests == tests) {
                continue;
            }
            let detection = self.run("without-fault", tests)?;
            if detection != Detection::Undetected {
                return Err(Failure::new(
                    format!("a test fails without a fault: {detection}"),
                    format!("see its output in {}", self.log("without-fault").display()),
                ));
            }
        }
        Ok(())
    }

    /// The file with the output of the tests for a fault.
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.join("log").join(format!("{name}.txt"))
    }

    /// Builds and runs the test programs, up to the first that fails.
    pub fn run(&self, name: &str, tests: Tests) -> Result<Detection, Failure> {
        let log = self.log(name);
        let stages = match tests {
            Tests::WithoutWasmtime => &self.stages[..],
            Tests::OfWasmtime => &self.of_wasmtime[..],
            Tests::OfStores => &self.of_stores[..],
        };
        for stage in stages {
            let Some(programs) = self.build(stage)? else { return Ok(Detection::NotCompiled) };
            for program in programs {
                let detection = run_one(&program, self.copy.root(), &log)?;
                if detection != Detection::Undetected {
                    return Ok(detection);
                }
            }
        }
        Ok(Detection::Undetected)
    }

    /// Builds the test programs of a stage; `None` if they do not compile.
    fn build(&self, stage: &[String]) -> Result<Option<Vec<TestProgram>>, Failure> {
        let mut cargo = run::cargo();
        cargo.current_dir(self.copy.root()).args(["test", "--quiet", "--no-run", "--message-format=json-render-diagnostics"]);
        // Wasmtime is only built for the stage that names its package. The copy has no component of its own.
        cargo.arg("--no-default-features").args(stage).env("FUSEBOARD_COMPONENT", workspace::component());
        // Debug information takes half of the build time. A fault may leave code unused, which is only a warning.
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "false").env("RUSTFLAGS", "-Awarnings");
        cargo.arg("--target-dir").arg(self.folder.join("build"));
        let output = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| Failure::new(format!("cargo cannot be started: {error}"), "check that cargo is installed"))?;
        let programs = String::from_utf8_lossy(&output.stdout).lines().filter_map(program_of).collect();
        Ok(output.status.success().then_some(programs))
    }
}

struct TestProgram {
    name: String,
    path: PathBuf,
    /// The folder to run it in: that of its package.
    folder: PathBuf,
}

/// The test program that a message of cargo reports as built.
fn program_of(line: &str) -> Option<TestProgram> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    // An integration test's package may have a program too, which is built with it.
    message.get("profile")?.get("test")?.as_bool().filter(|is_test| *is_test)?;
    let text = |value: &serde_json::Value| value.as_str().map(ToOwned::to_owned);
    let path = PathBuf::from(text(message.get("executable")?)?);
    let folder = Path::new(message.get("manifest_path")?.as_str()?).parent()?.to_path_buf();
    Some(TestProgram { name: text(message.get("target")?.get("name")?)?, path, folder })
}

/// Runs one test program, within the time limit.
fn run_one(program: &TestProgram, root: &Path, log: &Path) -> Result<Detection, Failure> {
    let unwritable = |error: std::io::Error| {
        Failure::new(format!("{}: {error}", log.display()), "check the permissions of the folder and the free space")
    };
    let (out, err) = File::create(log).and_then(|file| Ok((file.try_clone()?, file))).map_err(unwritable)?;
    let mut command = run::program(&program.path);
    command
        .current_dir(&program.folder)
        .env("CARGO_MANIFEST_DIR", &program.folder)
        .envs(FEWER_CASES)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err);
    let success = within(&mut command, TIME_MAX).map_err(|error| {
        Failure::new(
            format!("{}: {error}", program.path.display()),
            format!("it was built in {}: remove the folder target/faults and try again", root.display()),
        )
    })?;
    match success {
        Some(true) => Ok(Detection::Undetected),
        Some(false) => {
            let text = fs::read_to_string(log).unwrap_or_default();
            let mut tests = failed(&text);
            if tests.is_empty() {
                tests.push("the program ended early".to_owned());
            }
            Ok(Detection::Detected { program: program.name.clone(), tests })
        }
        None => Ok(Detection::Detected { program: program.name.clone(), tests: Vec::new() }),
    }
}

/// Whether a program succeeded; `None` if it was stopped after the limit.
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
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// The names of the failed tests in the output of a test program.
fn failed(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix("... FAILED"));
    lines.map(|name| name.trim_end().trim_end_matches(" - should panic").to_owned()).collect()
}

/// The names of the integration tests in a folder: files, and folders with a `main.rs`.
fn test_names(folder: &Path) -> Result<Vec<String>, Failure> {
    let unreadable = |error| Failure::new(format!("{}: {error}", folder.display()), "restore it from git");
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
    fn names_of_failed_tests_are_read_from_the_output() {
        assert_eq!(failed("running 2 tests\ntest a::b ... ok\ntest c ... FAILED\n\nfailures:\n    c\n"), ["c"]);
    }

    #[test]
    fn a_program_is_stopped_after_the_limit() {
        let mut endless = run::program(std::env::current_exe().expect("this test"));
        endless.args(["--ignored", "--exact", "faults::detector::tests::endless"]).stdout(Stdio::null());
        assert_eq!(within(&mut endless, Duration::from_millis(50)).expect("it runs"), None);
    }

    #[test]
    #[ignore = "endless: the test above starts and stops it"]
    fn endless() {
        loop {
            std::thread::sleep(POLL_INTERVAL);
        }
    }
}
