//! Paths of this machine that would stand in the component's panic messages, and what stands there instead.

use crate::run;
use std::path::{Path, PathBuf};

/// What separates flags in `CARGO_ENCODED_RUSTFLAGS`, where a path may have spaces.
const SEPARATOR: &str = "\x1f";

/// At opt-level 3 functions of up to 275 are inlined: 82 KB more of the component, and no call that is faster.
const INLINING: &str = "-Cllvm-args=-inline-threshold=50";

/// Compiler flags. The same from run to run, or the standard library would be built anew.
pub fn flags(rustc: &Path) -> String {
    let mut flags: Vec<String> = dependencies().iter().map(|folder| flag(folder, "/deps")).collect();
    if let Some(sysroot) = run::read(run::program(rustc).env_remove("LD_LIBRARY_PATH").args(["--print", "sysroot"])) {
        flags.push(flag(&Path::new(&sysroot).join("lib/rustlib/src/rust"), "/rust"));
    }
    flags.push(INLINING.to_owned());
    flags.join(SEPARATOR)
}

fn flag(from: &Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}

/// Cargo keeps the sources of dependencies in one folder a registry. Ours came from there, so it exists.
fn dependencies() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let Some(home) = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))) else { return Vec::new() };
    let Ok(folders) = std::fs::read_dir(home.join("registry/src")) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = folders.flatten().map(|folder| folder.path()).collect();
    folders.sort();
    folders
}
