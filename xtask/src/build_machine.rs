//! What is installed on this machine to build the guest with. Detecting it installs nothing.

use crate::run::{self, find};
use std::path::Path;
use std::process::Command;

/// The guest's target. It has no WASI, so the standard library adds no imports.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's toolchain, whatever comes first in `PATH`.
pub const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
pub const DEBIAN_CARGO: &str = "/usr/bin/cargo";

/// The oldest version of Rust that builds the workspace.
const RUST_OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// The facts that decide which toolchain builds the guest.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Independent facts, not states.
pub struct BuildMachine {
    /// The active rustc has the standard library of [`TARGET`].
    pub has_std: bool,
    pub has_rustup: bool,
    /// `RUSTUP_AUTO_INSTALL=0` is set.
    pub rustup_may_not_install: bool,
    pub debian: Debian,
    pub has_apt: bool,
    pub is_root: bool,
}

/// Debian's toolchain with the sources of the standard library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Debian {
    Ready,
    #[default]
    Absent,
    /// Older than this workspace needs, with its version.
    TooOld(String),
}

impl BuildMachine {
    #[must_use]
    pub fn detect() -> BuildMachine {
        BuildMachine {
            has_std: has_std(),
            has_rustup: find("rustup").is_some(),
            rustup_may_not_install: std::env::var_os("RUSTUP_AUTO_INSTALL").is_some_and(|value| value == "0"),
            debian: debian(),
            has_apt: is_debian(),
            is_root: is_root(),
        }
    }
}

pub(crate) fn is_debian() -> bool {
    find("apt-get").is_some() && Path::new("/etc/debian_version").exists()
}

pub(crate) fn is_root() -> bool {
    run::read(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

fn has_std() -> bool {
    let folder = run::read(run::rustc().args(["--print", "target-libdir", "--target", TARGET]));
    let Some(files) = folder.and_then(|folder| std::fs::read_dir(folder).ok()) else { return false };
    files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

fn debian() -> Debian {
    let sysroot = run::read(debian_rustc().args(["--print", "sysroot"]));
    let has_sources = sysroot.is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library/std/Cargo.toml").exists());
    if !has_sources || !Path::new(DEBIAN_CARGO).exists() {
        return Debian::Absent;
    }
    let output = run::read(debian_rustc().arg("--version")).unwrap_or_default();
    let version = output.split_whitespace().nth(1).unwrap_or_default();
    if numbers(version) >= numbers(RUST_OLDEST) { Debian::Ready } else { Debian::TooOld(version.to_owned()) }
}

/// Debian's rustc, without the library path of the toolchain that runs this program.
fn debian_rustc() -> Command {
    let mut rustc = run::program(DEBIAN_RUSTC);
    rustc.env_remove("LD_LIBRARY_PATH");
    rustc
}

/// The major and minor numbers of a version.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').take(2).map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(numbers("1.100.0") > numbers("1.95"));
        assert!(numbers("1.85.0") < numbers("1.95"));
        assert!(numbers("") < numbers("1.95"));
        assert_eq!(numbers("1.95.0"), numbers("1.95"));
    }
}
