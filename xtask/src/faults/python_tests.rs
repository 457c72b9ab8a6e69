//! The tests of the Python package that may detect a fault there.

use crate::{Failure, python, run};
use std::path::Path;
use std::process::Command;

/// Those that take a second or two. The others fork, measure memory, or need a server.
const FILES: [&str; 12] = [
    "test_pybreaker.py",
    "test_registry.py",
    "test_guard.py",
    "test_guarded_blocks.py",
    "test_guarded_functions.py",
    "test_config.py",
    "test_listeners.py",
    "test_exception_status.py",
    "test_custom_store.py",
    "test_on_start.py",
    "test_start_up.py",
    "test_store_threads.py",
];

/// The command that runs them on the package of a checkout, with the native part of a folder. The package is put together in another one.
pub(super) fn command(root: &Path, built: &Path, package: &Path) -> Result<Command, Failure> {
    let source = root.join("hosts/python");
    python::assemble(&source, built, package)?;
    let mut pytest = run::program(python::interpreter()?);
    pytest.current_dir(&source).args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
    pytest.args(FILES.map(|file| format!("tests/{file}"))).env("PYTHONPATH", package).env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(pytest)
}

/// The names of the failed tests in the output of pytest.
pub(super) fn failed(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("FAILED ").or_else(|| line.strip_prefix("ERROR ")));
    lines.filter_map(|line| line.split(' ').next()).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_failed_tests_are_read_from_the_output() {
        let text = "..F\nFAILED tests/test_guard.py::test_a[native] - assert 1 == 2\nERROR tests/test_b.py\n1 failed, 2 passed";
        assert_eq!(failed(text), ["tests/test_guard.py::test_a[native]", "tests/test_b.py"]);
    }
}
