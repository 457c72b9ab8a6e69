//! Debian's packages: installed only where nothing is removed for them.

use crate::{Failure, machine, run};
use std::process::Command;

/// A recent toolchain, beside the old one of a stable Debian, and the sources of its standard library.
pub const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src"];

/// Installs the packages.
pub fn install() -> Result<(), Failure> {
    add(PACKAGES)
}

/// Installs LLVM's linker, for a machine without rustup's.
pub fn install_lld() -> Result<(), Failure> {
    add(&["lld"])
}

fn add(packages: &[&str]) -> Result<(), Failure> {
    let names = packages.join(" ");
    if !machine::is_debian() || !machine::is_root() {
        let remedy = format!("have root run `apt-get install --no-install-recommends {names}`, or install what is in them");
        return Err(Failure::new(format!("{names}: not installed, and only root on a Debian may install them"), remedy));
    }
    println!("installing Debian's {names}");
    run::stream(apt().arg("update"), "the package lists cannot be had: is there a network?")?;
    let plan = run::read(apt().args(["install", "--simulate", "--no-install-recommends"]).args(packages));
    let Some(plan) = plan else {
        return Err(Failure::new(format!("apt finds no {names}"), "a newer Debian has them, or use rustup"));
    };
    let removed = removals(&plan);
    if !removed.is_empty() {
        return Err(Failure::new(
            format!("installing {names} would remove {}; nothing was changed", removed.join(", ")),
            "remove these yourself if you can do without them, or use rustup",
        ));
    }
    // `--no-remove` holds even if the plan has changed since.
    let install = ["install", "--yes", "--no-remove", "--no-install-recommends"];
    run::stream(apt().args(install).args(packages), "apt says why above")
}

fn apt() -> Command {
    let mut command = run::program("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C").env_remove("LD_LIBRARY_PATH");
    command
}

/// The packages that a simulated run of apt would remove.
fn removals(plan: &str) -> Vec<&str> {
    plan.lines().filter_map(|line| line.strip_prefix("Remv ")?.split_whitespace().next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removals_are_found_in_a_plan() {
        let plan =
            "Reading package lists...\nRemv rustc [1.63.0] [cargo:amd64 ]\nInst rustc-web (1.96.0 Debian [amd64])\nRemv cargo [0.66]";
        assert_eq!(removals(plan), ["rustc", "cargo"]);
        assert!(removals("Inst rustc-web (1.96.0)\nConf rustc-web (1.96.0)").is_empty());
    }
}
