//! A guest's build: a package for WebAssembly, linked into a component.

use crate::machine::{DEBIAN_CARGO, DEBIAN_RUSTC, TARGET};
use crate::way::Way;
use crate::{Failure, linker, remap, run, workspace};
use std::path::{Path, PathBuf};
use std::process::Command;

const PROFILE: &str = "component";

/// Variables that are meant for the native build, or would have the standard library built anew.
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

/// Builds a guest; cargo sees by itself whether anything changed. The path is the component's.
pub fn build(package: &str, way: Way) -> Result<PathBuf, Failure> {
    let target = workspace::builds().join("guest");
    let mut cargo = cargo(way);
    for variable in NOT_FOR_THE_GUEST {
        cargo.env_remove(variable);
    }
    cargo
        .args(["build", "--package", package, "--lib", "--profile", PROFILE, "--target", TARGET, "--target-dir"])
        .arg(&target)
        .env("PATH", linker::path(way)?)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker::LINKER)
        .env("CARGO_ENCODED_RUSTFLAGS", remap::flags(&rustc(way)));
    run::stream(&mut cargo, "the compiler says why above")?;
    Ok(target.join(TARGET).join(PROFILE).join(package).with_extension("wasm"))
}

fn cargo(way: Way) -> Command {
    match way {
        Way::Toolchain => run::cargo(),
        Way::Debian => {
            let mut cargo = run::program(DEBIAN_CARGO);
            // Building std is not stable: this makes a stable toolchain do it.
            cargo.current_dir(workspace::root()).env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
            cargo.arg("-Zbuild-std=std,panic_abort");
            cargo
        }
    }
}

fn rustc(way: Way) -> PathBuf {
    match way {
        Way::Toolchain => std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from),
        Way::Debian => Path::new(DEBIAN_RUSTC).to_path_buf(),
    }
}
