//! The linker that makes a component of the guest's module.

use crate::way::Way;
use crate::{Failure, debian, run, workspace};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub const LINKER: &str = "wasm-component-ld";

/// `PATH` with the linker's folder in front. It is in a toolchain of rustup's, in `PATH`, or in the tools that we installed; else
/// it is installed there now.
pub fn path(way: Way) -> Result<OsString, Failure> {
    if let Some(folder) = rustlib_bin().filter(|folder| has_linker(folder)) {
        return before_path(&[folder]);
    }
    let tools = workspace::builds().join("tools");
    if run::find(LINKER).is_none() && !has_linker(&tools.join("bin")) {
        let install = ["install", "--locked", LINKER, "--root"];
        run::stream(run::cargo().args(install).arg(&tools), "install it yourself, anywhere in PATH")?;
    }
    // It calls wasm-ld, which a toolchain without rustup may lack.
    if run::find("wasm-ld").is_none() && run::find("rust-lld").is_none() && way == Way::Debian {
        debian::install_lld()?;
    }
    before_path(&[tools.join("bin")])
}

/// Where rustup's toolchains have their linkers.
fn rustlib_bin() -> Option<PathBuf> {
    let sysroot = run::read(run::rustc().args(["--print", "sysroot"]))?;
    let host = run::read(run::rustc().arg("-vV"))?.lines().find_map(|line| line.strip_prefix("host: ").map(str::to_owned))?;
    Some(Path::new(&sysroot).join("lib/rustlib").join(host).join("bin"))
}

fn has_linker(folder: &Path) -> bool {
    folder.join(format!("{LINKER}{}", std::env::consts::EXE_SUFFIX)).is_file()
}

fn before_path(folders: &[PathBuf]) -> Result<OsString, Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(folders.iter().cloned().chain(std::env::split_paths(&path)))
        .map_err(|error| Failure::new(format!("PATH cannot be extended: {error}"), "move the toolchain to a folder without a separator"))
}
