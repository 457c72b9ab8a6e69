//! Which toolchain builds the guest, for each kind of machine.

use xtask::build_machine::{BuildMachine, Debian};
use xtask::toolchain::{NextStep, Toolchain, choose};

#[test]
fn an_installed_target_is_used_first() {
    let machine = BuildMachine { has_std: true, has_rustup: true, debian: Debian::Ready, ..BuildMachine::default() };
    assert_eq!(choose(&machine), Ok(NextStep::Build(Toolchain::Active)));
}

#[test]
fn rustup_adds_a_missing_target() {
    let machine = BuildMachine { has_rustup: true, debian: Debian::Ready, ..BuildMachine::default() };
    assert_eq!(choose(&machine), Ok(NextStep::AddTarget));
}

#[test]
fn debian_packages_are_used_if_rustup_may_not_add_the_target() {
    let forbidden = BuildMachine { has_rustup: true, rustup_may_not_install: true, debian: Debian::Ready, ..BuildMachine::default() };
    assert_eq!(choose(&forbidden), Ok(NextStep::Build(Toolchain::Debian)));
    let without_rustup = BuildMachine { debian: Debian::Ready, ..BuildMachine::default() };
    assert_eq!(choose(&without_rustup), Ok(NextStep::Build(Toolchain::Debian)));
}

#[test]
fn only_root_installs_debian_packages() {
    let root = BuildMachine { has_apt: true, is_root: true, ..BuildMachine::default() };
    assert_eq!(choose(&root), Ok(NextStep::AddPackages));
    let user = BuildMachine { is_root: false, ..root };
    let message = choose(&user).unwrap_err().to_string();
    assert!(message.contains("only root may install them"), "{message}");
}

#[test]
fn without_a_toolchain_the_message_lists_what_to_install() {
    let machine = BuildMachine { has_rustup: true, rustup_may_not_install: true, ..BuildMachine::default() };
    let message = choose(&machine).unwrap_err().to_string();
    for part in [
        "RUSTUP_AUTO_INSTALL=0 forbids",
        "apt-get is not available",
        "rustup target add wasm32-unknown-unknown",
        "apt-get install --no-install-recommends rustc-web cargo-web rust-web-src",
    ] {
        assert!(message.contains(part), "{part:?} is missing in: {message}");
    }
}

#[test]
fn the_message_names_the_version_of_a_toolchain_that_is_too_old() {
    let machine = BuildMachine { has_apt: true, is_root: true, debian: Debian::TooOld("1.85.0".into()), ..BuildMachine::default() };
    let message = choose(&machine).unwrap_err().to_string();
    assert!(message.contains("rustc is 1.85.0, older than 1.95"), "{message}");
}
