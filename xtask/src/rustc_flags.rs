//! Compiler flags for guests: inlining, and the removal of this machine's paths from panic messages.

use crate::run;
use std::path::{Path, PathBuf};

/// Separates the flags in `CARGO_ENCODED_RUSTFLAGS`, in which a path may have spaces.
const SEPARATOR: &str = "\x1f";

/// At 50 the component has 15 KB less, and a failing call takes a tenth longer. At 150 it has 50 KB more and is no faster. The default of
/// opt-level 3 is 275.
const INLINING: &str = "-Cllvm-args=-inline-threshold=75";

/// All flags. They must be the same in each run, or cargo rebuilds the standard library.
pub fn flags(rustc: &Path) -> String {
    let mut flags: Vec<String> = dependencies().iter().map(|folder| remap(folder, "/deps")).collect();
    if let Some(sysroot) = run::read(run::program(rustc).env_remove("LD_LIBRARY_PATH").args(["--print", "sysroot"])) {
        flags.push(remap(&Path::new(&sysroot).join("lib/rustlib/src/rust"), "/rust"));
    }
    flags.push(INLINING.to_owned());
    flags.join(SEPARATOR)
}

fn remap(from: &Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}

/// Cargo's folders with the sources of dependencies, one per registry.
fn dependencies() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let Some(home) = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))) else { return Vec::new() };
    let Ok(folders) = std::fs::read_dir(home.join("registry/src")) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = folders.flatten().map(|folder| folder.path()).collect();
    folders.sort();
    folders
}
