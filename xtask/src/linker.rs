//! The linker that makes a component from the guest's module.

use crate::toolchain::Toolchain;
use crate::{Failure, debian, run, workspace};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub const LINKER: &str = "wasm-component-ld";

/// `PATH` with the linker's folder in front. The linker is looked for in rustup's toolchain, in `PATH`, and in `target/tools`, where it
/// is installed if it is missing.
pub fn path(toolchain: Toolchain) -> Result<OsString, Failure> {
    if let Some(folder) = rustlib_bin().filter(|folder| has_linker(folder)) {
        return before_path(&[folder]);
    }
    let tools = workspace::builds().join("tools");
    if run::find(LINKER).is_none() && !has_linker(&tools.join("bin")) {
        let install = ["install", "--locked", LINKER, "--root"];
        run::stream(run::cargo().args(install).arg(&tools), "install wasm-component-ld by hand, in a folder of PATH")?;
    }
    // The linker calls wasm-ld, which a toolchain without rustup may lack.
    if run::find("wasm-ld").is_none() && run::find("rust-lld").is_none() && toolchain == Toolchain::Debian {
        debian::install_lld()?;
    }
    before_path(&[tools.join("bin")])
}

/// The folder of a rustup toolchain that holds its linkers.
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
    std::env::join_paths(folders.iter().cloned().chain(std::env::split_paths(&path))).map_err(|error| {
        Failure::new(
            format!("the toolchain's folder cannot be added to PATH: {error}"),
            "move the toolchain to a folder whose name has no path separator",
        )
    })
}
