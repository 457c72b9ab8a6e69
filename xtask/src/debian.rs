//! Debian packages. They are installed only if apt removes nothing for them.

use crate::{Failure, build_machine, run};
use std::process::Command;

/// A recent toolchain (Debian's usual one is older), and the sources of its standard library.
pub const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src"];

/// Installs the packages.
pub fn install() -> Result<(), Failure> {
    install_packages(PACKAGES)
}

/// Installs the LLVM linker, for a machine without the one of rustup.
pub fn install_lld() -> Result<(), Failure> {
    install_packages(&["lld"])
}

/// Installs the server that the tests of the Redis store start, unless it is there.
pub fn install_redis_if_missing() -> Result<(), Failure> {
    if run::find("redis-server").is_some() { Ok(()) } else { install_packages(&["redis-server"]) }
}

/// Installs Node and npm, for the example host.
pub fn install_node_if_missing() -> Result<(), Failure> {
    let is_installed = ["node", "npm"].iter().all(|name| run::find(name).is_some());
    if is_installed { Ok(()) } else { install_packages(&["nodejs", "npm"]) }
}

fn install_packages(packages: &[&str]) -> Result<(), Failure> {
    let names = packages.join(" ");
    if !build_machine::is_debian() || !build_machine::is_root() {
        let remedy = format!("run `apt-get install --no-install-recommends {names}` as root, or install the same programs otherwise");
        return Err(Failure::new(format!("{names}: not installed, and only root on Debian can install them"), remedy));
    }
    println!("installing the Debian packages {names}");
    run::stream(apt().arg("update"), "apt-get cannot download the package lists: check the network")?;
    let plan = run::read(apt().args(["install", "--simulate", "--no-install-recommends"]).args(packages));
    let Some(plan) = plan else {
        return Err(Failure::new(format!("apt-get does not find the packages {names}"), "use a newer Debian release, or rustup"));
    };
    let removed = removals(&plan);
    if !removed.is_empty() {
        return Err(Failure::new(
            format!("installing {names} would remove {}; nothing was changed", removed.join(", ")),
            "remove these packages by hand if you do not need them, or use rustup",
        ));
    }
    // The plan may have changed since: `--no-remove` makes apt refuse then.
    let install = ["install", "--yes", "--no-remove", "--no-install-recommends"];
    run::stream(apt().args(install).args(packages), "see the message of apt-get above")
}

fn apt() -> Command {
    let mut command = run::program("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C").env_remove("LD_LIBRARY_PATH");
    command
}

/// The packages that apt would remove, by the output of a simulated run.
fn removals(plan: &str) -> Vec<&str> {
    plan.lines().filter_map(|line| line.strip_prefix("Remv ")?.split_whitespace().next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removals_are_read_from_a_simulated_run() {
        let plan =
            "Reading package lists...\nRemv rustc [1.63.0] [cargo:amd64 ]\nInst rustc-web (1.96.0 Debian [amd64])\nRemv cargo [0.66]";
        assert_eq!(removals(plan), ["rustc", "cargo"]);
        assert!(removals("Inst rustc-web (1.96.0)\nConf rustc-web (1.96.0)").is_empty());
    }
}
