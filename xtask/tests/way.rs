//! By which way the guest is built, for each kind of machine.

use xtask::machine::{Debian, Machine};
use xtask::way::{Step, Way, choose};

#[test]
fn an_installed_target_is_used_whatever_else_is_there() {
    let machine = Machine { has_std: true, has_rustup: true, debian: Debian::Ready, ..Machine::default() };
    assert_eq!(choose(&machine), Ok(Step::Go(Way::Toolchain)));
}

#[test]
fn rustup_adds_the_target_where_it_may() {
    let machine = Machine { has_rustup: true, debian: Debian::Ready, ..Machine::default() };
    assert_eq!(choose(&machine), Ok(Step::AddTarget));
}

#[test]
fn debians_packages_are_next() {
    let forbidden = Machine { has_rustup: true, rustup_may_not_install: true, debian: Debian::Ready, ..Machine::default() };
    assert_eq!(choose(&forbidden), Ok(Step::Go(Way::Debian)));
    let without_rustup = Machine { debian: Debian::Ready, ..Machine::default() };
    assert_eq!(choose(&without_rustup), Ok(Step::Go(Way::Debian)));
}

#[test]
fn they_are_installed_only_by_root() {
    let root = Machine { has_apt: true, is_root: true, ..Machine::default() };
    assert_eq!(choose(&root), Ok(Step::AddPackages));
    let user = Machine { is_root: false, ..root };
    let message = choose(&user).unwrap_err().to_string();
    assert!(message.contains("only root may install them"), "{message}");
}

#[test]
fn without_a_way_the_message_tells_what_was_looked_for_and_what_to_do() {
    let machine = Machine { has_rustup: true, rustup_may_not_install: true, ..Machine::default() };
    let message = choose(&machine).unwrap_err().to_string();
    for part in [
        "RUSTUP_AUTO_INSTALL=0 forbids",
        "apt cannot install them here",
        "rustup target add wasm32-unknown-unknown",
        "apt-get install --no-install-recommends rustc-web cargo-web rust-web-src",
    ] {
        assert!(message.contains(part), "{part:?} is missing in: {message}");
    }
}

#[test]
fn an_old_toolchain_is_told_with_its_version() {
    let machine = Machine { has_apt: true, is_root: true, debian: Debian::TooOld("1.85.0".into()), ..Machine::default() };
    let message = choose(&machine).unwrap_err().to_string();
    assert!(message.contains("rustc is 1.85.0, older than 1.95"), "{message}");
}
