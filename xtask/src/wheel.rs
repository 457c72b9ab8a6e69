//! `cargo xtask wheel`: builds the wheel of the Python package, and starts it in a clean virtual environment.

use crate::python_environment::Environment;
use crate::{Failure, component, run, workspace};
use std::fs;
use std::path::{Path, PathBuf};

/// The largest size of the wheel that is accepted, in bytes.
const WHEEL_BYTES_MAX: u64 = 4_000_000;
/// The oldest glibc that Rust's own library supports.
const OLDEST_GLIBC: &str = "manylinux_2_17";

/// What SQLite is built without: extensions that the store does not use, a fifth of its code. `libsqlite3-sys` reads them.
const SQLITE_FLAGS: &str = "-USQLITE_ENABLE_DBSTAT_VTAB -USQLITE_ENABLE_FTS3 -USQLITE_ENABLE_FTS3_PARENTHESIS -USQLITE_ENABLE_FTS5 \
    -USQLITE_ENABLE_RTREE -USQLITE_ENABLE_STAT4 -DSQLITE_OMIT_JSON -DSQLITE_OMIT_LOAD_EXTENSION";

/// Builds the wheel into `target/wheels`, and prints its size and what a start with it costs.
///
/// # Errors
/// When it cannot be built, is too large, or does not work in an environment of its own.
pub fn task() -> Result<(), Failure> {
    component::task()?;
    let folder = workspace::builds().join("wheels");
    let _ = fs::remove_dir_all(&folder);
    build(&folder)?;
    let wheel = only_wheel(&folder)?;
    check_size(&wheel)?;
    println!("wheel:     {}", wheel.display());
    start(&wheel)
}

fn build(folder: &Path) -> Result<(), Failure> {
    let source = workspace::root().join("hosts/python");
    let environment = Environment::prepare("wheel-tools", &source.join("requirements-wheel.txt"))?;
    let mut maturin = environment.program("maturin");
    maturin.current_dir(source).args(["build", "--locked", "--compression-level", "9", "--out"]).arg(folder);
    maturin.env("LIBSQLITE3_FLAGS", SQLITE_FLAGS);
    if cfg!(target_os = "linux") {
        maturin.args(["--zig", "--compatibility", OLDEST_GLIBC]);
    }
    // maturin finds `ziglang` by the interpreter in the path.
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(environment.programs().to_owned()).chain(std::env::split_paths(&paths));
    let path = std::env::join_paths(paths).map_err(|error| Failure::new(error.to_string(), "remove the folder from PATH"))?;
    run::stream(maturin.env("PATH", path), "see the first error above")
}

fn only_wheel(folder: &Path) -> Result<PathBuf, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", folder.display()), "maturin's messages are above");
    let paths = fs::read_dir(folder).map_err(failed)?.flatten().map(|entry| entry.path());
    let mut wheels = paths.filter(|path| path.extension().is_some_and(|extension| extension == "whl"));
    wheels.next().ok_or_else(|| Failure::new(format!("{} has no wheel", folder.display()), "maturin's messages are above"))
}

fn check_size(wheel: &Path) -> Result<(), Failure> {
    let remedy = "look for a new dependency (`cargo tree -p fuseboard-python -e normal`), or for machine code that grew";
    let size = fs::metadata(wheel).map_err(|error| Failure::new(format!("{}: {error}", wheel.display()), remedy))?.len();
    println!("size:      {size} bytes (at most {WHEEL_BYTES_MAX})");
    if size <= WHEEL_BYTES_MAX { Ok(()) } else { Err(Failure::new(format!("the wheel has {size} bytes"), remedy)) }
}

/// Installs the wheel alone, and measures a first call.
fn start(wheel: &Path) -> Result<(), Failure> {
    let environment = Environment::empty(&workspace::builds().join("python/wheel-check"))?;
    environment.install(|install| install.arg("--no-index").arg(wheel), "the wheel's tag may not fit this machine")?;
    let mut python = environment.program("python");
    run::stream(python.arg(workspace::root().join("benches/python/start_up.py")), "the wheel does not work by itself")
}
