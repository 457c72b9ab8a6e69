//! The guest of attacks (`host-test/evil`), as tests order it about.

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

/// Its component.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn component() -> Vec<u8> {
    std::fs::read(path()).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask evil` first", path().display()))
}

/// A configuration that orders an attack in these exports.
#[must_use]
pub fn orders(attack: &str, exports: &str) -> Sources {
    Sources { documents: vec![Document { name: attack.into(), text: exports.into() }], ..Sources::default() }
}

/// A board of such guests, on a clock that stands still.
pub fn board(attack: &str, exports: &str, limits: Limits) -> Builder {
    let board = Board::builder().component_path(path()).document(attack, exports).limits(limits).clock(ManualClock::default());
    // The tests want each error.
    board.on_engine_error(OnEngineError::Refuse)
}

/// The target that every attack spares.
#[must_use]
pub fn good() -> Target {
    Target::name("good")
}

/// Works while a sound board answers on another thread: how many calls went on there, each with its question and its report.
///
/// # Panics
/// When the sound board did not go on.
pub fn meanwhile<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let sound = Board::builder().leases(Leases::Off).clock(ManualClock::default()).build().expect("the engine's own component");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let calls = scope.spawn(|| {
            let mut calls = 0;
            while !over.load(Ordering::Relaxed) || calls == 0 {
                let permit = sound.allow(&good()).expect("a sound board").into_result().expect("a healthy target");
                sound.settle(&good(), Some(&permit), &Report::new(End::counted(Outcome::Success))).expect("a sound board");
                calls += 1;
            }
            calls
        });
        let done = work();
        over.store(true, Ordering::Relaxed);
        (done, calls.join().expect("the sound board went on"))
    })
}

/// Writes an attack's figures.
pub fn write(name: &str, figures: &[(&str, Value)]) {
    // Of the whole process, and so of all attacks together that it has borne so far.
    let memory = ("memory_high_water_kib", json!(proof::memory_high_water_kib()));
    proof::write(&format!("evil-{name}"), &[14], &[figures, &[memory]].concat());
}
