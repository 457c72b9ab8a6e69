//! `cargo xtask <task>`: all that is needed to build and check Fuseboard. Without a task it tells what there is.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

use std::process::ExitCode;
use xtask::{Failure, component, demo, evil, lint, test};

struct Task {
    name: &'static str,
    about: &'static str,
    run: fn() -> Result<(), Failure>,
}

const TASKS: &[Task] = &[
    Task { name: "component", about: "build target/component/fuseboard.wasm, and check its imports and its size", run: component::task },
    Task { name: "demo", about: "component, then watch it guard a sick HTTP server for half a minute", run: demo::task },
    Task { name: "evil", about: "build target/component/evil.wasm, the guest of attacks that the sandbox is tested with", run: evil::task },
    Task { name: "lint", about: "check format, clippy, documentation, licences and advisories", run: lint::task },
    Task { name: "test", about: "component, evil, lint, then every test", run: test::task },
];

/// The conventional status of a program that was called wrongly.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name] = arguments.as_slice() else { return usage() };
    let Some(task) = TASKS.iter().find(|task| task.name == name) else { return usage() };
    match (task.run)() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\ncargo xtask {name}: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("cargo xtask <task>, one of:");
    for Task { name, about, .. } in TASKS {
        eprintln!("  {name:<10} {about}");
    }
    ExitCode::from(EXIT_USAGE)
}
