//! Builds a package for WebAssembly and links it into a component.

use crate::build_machine::{DEBIAN_CARGO, DEBIAN_RUSTC, TARGET};
use crate::toolchain::Toolchain;
use crate::{Failure, linker, run, rustc_flags, workspace};
use std::path::{Path, PathBuf};
use std::process::Command;

const PROFILE: &str = "component";

/// Variables that are for native builds, or would make cargo rebuild the standard library.
const NOT_FOR_THE_GUEST: &[&str] = &[
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "LD_LIBRARY_PATH",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
];

/// Builds a guest if anything changed, and returns the path of its component.
pub fn build(package: &str, toolchain: Toolchain) -> Result<PathBuf, Failure> {
    let target = workspace::builds().join("guest");
    let mut cargo = cargo(toolchain);
    for variable in NOT_FOR_THE_GUEST {
        cargo.env_remove(variable);
    }
    cargo
        .args(["build", "--package", package, "--lib", "--profile", PROFILE, "--target", TARGET, "--target-dir"])
        .arg(&target)
        .env("PATH", linker::path(toolchain)?)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker::LINKER)
        .env("CARGO_ENCODED_RUSTFLAGS", rustc_flags::flags(&rustc(toolchain)));
    run::stream(&mut cargo, "see the error of the compiler above")?;
    Ok(target.join(TARGET).join(PROFILE).join(package).with_extension("wasm"))
}

fn cargo(toolchain: Toolchain) -> Command {
    match toolchain {
        Toolchain::Active => run::cargo(),
        Toolchain::Debian => {
            let mut cargo = run::program(DEBIAN_CARGO);
            // `-Zbuild-std` is unstable: this variable makes a stable toolchain accept it.
            cargo.current_dir(workspace::root()).env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
            cargo.arg("-Zbuild-std=std,panic_abort");
            cargo
        }
    }
}

fn rustc(toolchain: Toolchain) -> PathBuf {
    match toolchain {
        Toolchain::Active => std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from),
        Toolchain::Debian => Path::new(DEBIAN_RUSTC).to_path_buf(),
    }
}
