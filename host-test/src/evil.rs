//! The evil guest (`host-test/evil`), and the configurations that select its attacks.

use crate::proof;
use fuseboard_host::{Board, Builder, Document, End, Leases, ManualClock, OnEngineError, Outcome, Report, Sources, Target};
use fuseboard_wasmtime::Limits;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/component/evil.wasm")
}

/// The bytes of its component.
///
/// # Panics
/// If it has not been built.
#[must_use]
pub fn component() -> Vec<u8> {
    std::fs::read(path()).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask evil` first", path().display()))
}

/// A configuration that selects an attack and the exports that make it.
#[must_use]
pub fn attack_sources(attack: &str, exports: &str) -> Sources {
    Sources { documents: vec![Document { name: attack.into(), text: exports.into() }], ..Sources::default() }
}

/// A board over the evil guest, with a clock that does not advance.
pub fn board(attack: &str, exports: &str, limits: Limits) -> Builder {
    let board = Board::builder().component_path(path()).document(attack, exports).limits(limits).clock(ManualClock::default());
    // The tests want each error.
    board.on_engine_error(OnEngineError::Refuse)
}

/// The target for which no export attacks.
#[must_use]
pub fn good() -> Target {
    Target::name("good")
}

/// Runs `work` while a correct board answers calls on another thread. Also returns the number of these calls.
///
/// # Panics
/// If a call on the correct board fails.
pub fn meanwhile<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let correct = Board::builder().leases(Leases::Off).clock(ManualClock::default()).build().expect("the engine's own component");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let calls = scope.spawn(|| {
            let mut calls = 0;
            while !over.load(Ordering::Relaxed) || calls == 0 {
                let permit = correct.allow(&good()).expect("a correct board").into_result().expect("a healthy target");
                correct.settle(&good(), Some(&permit), &Report::new(End::counted(Outcome::Success))).expect("a correct board");
                calls += 1;
            }
            calls
        });
        let result = {
            // Also if `work` panics: the other thread would never end, and hide the panic.
            let _over = SetWhenDropped(&over);
            work()
        };
        (result, calls.join().expect("the correct board works"))
    })
}

/// Sets a flag when it is dropped.
struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Writes an attack's figures.
pub fn write(name: &str, figures: &[(&str, Value)]) {
    // Of the whole process, so it includes earlier attacks.
    let memory = ("memory_high_water_kib", json!(proof::memory_high_water_kib()));
    proof::write(&format!("evil-{name}"), &[14], &[figures, &[memory]].concat());
}
