//! `cargo xtask <task>`: all that is needed to build and check Fuseboard. Without a task it tells what there is.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

use std::process::ExitCode;
use xtask::{Failure, bench, component, demo, evil, faults, lint, mutants, reliability, test};

struct Task {
    name: &'static str,
    about: &'static str,
    run: Run,
}

enum Run {
    Plain(fn() -> Result<(), Failure>),
    /// With words after the task's name.
    Named(fn(&[String]) -> Result<(), Failure>),
}

const TASKS: &[Task] = &[
    Task {
        name: "bench",
        about: "measure what calls cost, beside other breakers, and write docs/benchmarks.md",
        run: Run::Plain(bench::task),
    },
    Task {
        name: "component",
        about: "build target/component/fuseboard.wasm, and check its imports and its size",
        run: Run::Plain(component::task),
    },
    Task { name: "demo", about: "component, then watch it guard a sick HTTP server for half a minute", run: Run::Plain(demo::task) },
    Task {
        name: "evil",
        about: "build target/component/evil.wasm, the guest of attacks that the sandbox is tested with",
        run: Run::Plain(evil::task),
    },
    Task {
        name: "faults",
        about: "plant each fault of faults/ (or those named) in a copy: some test must notice",
        run: Run::Named(faults::task),
    },
    Task { name: "lint", about: "check format, clippy, documentation, licences and advisories", run: Run::Plain(lint::task) },
    Task {
        name: "mutants",
        about: "change the machine in every small way that cargo-mutants knows: which change does no test notice?",
        run: Run::Named(mutants::task),
    },
    Task {
        name: "reliability",
        about: "write the figures of the last test and faults into docs/reliability.md",
        run: Run::Plain(reliability::task),
    },
    Task { name: "test", about: "component, evil, lint, then every test", run: Run::Plain(test::task) },
];

/// The conventional status of a program that was called wrongly.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, words)) = arguments.split_first() else { return usage() };
    let Some(task) = TASKS.iter().find(|task| task.name == name) else { return usage() };
    let result = match task.run {
        Run::Plain(run) if words.is_empty() => run(),
        Run::Plain(_) => return usage(),
        Run::Named(run) => run(words),
    };
    match result {
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
        eprintln!("  {name:<11} {about}");
    }
    ExitCode::from(EXIT_USAGE)
}
