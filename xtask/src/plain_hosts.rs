//! `cargo xtask plain-hosts`: the example hosts for Python and Node, from the conformance pack alone.

use crate::copy_tree::copy;
use crate::python_environment::Environment;
use crate::{Failure, conformance, debian, run, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// For each program. On an idle machine with two cores the longest takes 10 s.
const LIMIT: Duration = Duration::from_mins(10);
const ADVICE: &str = "see the first difference or failing test above";
/// What npm installs by. It installs again if one of these files changed.
const NODE_PACKAGE: &[&str] = &["package.json", "package-lock.json"];

/// Tests both hosts, and plays every story on them. The component must have been built.
///
/// # Errors
/// When Python, Node or npm is missing, or a host differs from a story.
pub fn task() -> Result<(), Failure> {
    let pack = conformance::pack()?;
    python(&pack)?;
    node(&pack)
}

fn folder() -> PathBuf {
    workspace::builds().join("plain-hosts")
}

fn python(pack: &Path) -> Result<(), Failure> {
    let sources = pack.join("python");
    let environment = Environment::prepare("plain-host", &sources.join("requirements.txt"))?;
    let component = pack.join("fuseboard.wasm");
    let python = || {
        let mut python = environment.program("python");
        python.current_dir(&sources).env("COMPONENT", &component).env("PYTHONDONTWRITEBYTECODE", "1");
        python
    };
    run::stream_within(LIMIT, python().args(["-m", "unittest", "--quiet", "plain_wasmtime_test"]), ADVICE)?;
    run::stream_within(LIMIT, python().arg("plain_wasmtime_demo.py").arg(&component), ADVICE)?;
    run::stream_within(LIMIT, python().arg("plain_wasmtime_stories.py").arg(&component).arg(pack.join("stories")), ADVICE)
}

fn node(pack: &Path) -> Result<(), Failure> {
    debian::install_node_if_missing()?;
    let sources = pack.join("node");
    install(&sources)?;
    let generated = folder().join("generated");
    // Its package is found from where the script is.
    let script = folder().join("node/transpile.js");
    copy(&sources.join("transpile.js"), &script)?;
    run::stream_within(LIMIT, run::program("node").arg(script).arg(pack.join("fuseboard.wasm")).arg(&generated), ADVICE)?;
    let node = || -> Command {
        let mut node = run::program("node");
        node.current_dir(&sources).env("GENERATED", &generated);
        node
    };
    run::stream_within(LIMIT, node().args(["--test", "--test-reporter", "dot"]), ADVICE)?;
    run::stream_within(LIMIT, node().arg("demo.js").arg(&generated), ADVICE)?;
    run::stream_within(LIMIT, node().arg("stories.js").arg(&generated).arg(pack.join("stories")), ADVICE)
}

/// Installs what the lock file lists.
fn install(sources: &Path) -> Result<(), Failure> {
    let target = folder().join("node");
    let installed = target.join("installed");
    let is_same = |file: &str| matches!((fs::read(sources.join(file)), fs::read(installed.join(file))), (Ok(a), Ok(b)) if a == b);
    if NODE_PACKAGE.iter().all(|file| is_same(file)) {
        return Ok(());
    }
    for file in NODE_PACKAGE {
        copy(&sources.join(file), &target.join(file))?;
    }
    let mut npm = run::program("npm");
    npm.current_dir(&target).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    run::stream_within(LIMIT, &mut npm, "npm cannot install the packages: check the network")?;
    NODE_PACKAGE.iter().try_for_each(|file| copy(&sources.join(file), &installed.join(file)))
}
