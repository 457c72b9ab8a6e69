//! A hundred thousand random sequences, natively and in the component, and a part of them on boards over both: equal answers, events and
//! records.
//!
//! `RANDOM_SEED=n RANDOM_SEQUENCES=m` plays others, or more.

use fuseboard_stores::{ManualClock, MemoryStore};
use fuseboard_wasmtime::{Instance, Limits};
use host_test::proof;
use host_test::sequence::{Seen, duel, shrunk};
use host_test::story::{ComponentBoard, ComponentEngine, NativeBoard, NativeEngine, Start};
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

const SEQUENCES: u64 = 100_000;
/// Of these, one in so many is played on boards.
const ON_BOARDS_ONE_IN: u64 = 10;
const FIRST_SEED: u64 = 1_000_000;
const THREADS: usize = 2;

/// Seeds that once found a difference.
const FOUND: &str = include_str!("random.seeds");

/// All that the alphabet has.
const INPUTS: usize = 26;

/// What so many sequences must have brought about, or they would show little.
const EVENTS: [&str; 15] = [
    "phase-changed",
    "cooldown-set",
    "cooldown-ended",
    "retry-after-ignored",
    "override-set",
    "override-ended",
    "policy-changed",
    "outcome-stale",
    "outcome-unknown",
    "outcomes-merged",
    "uncounted",
    "record-replaced",
    "window-replaced",
    "storage-lost",
    "storage-back",
];
const REASONS: [&str; 8] =
    ["open", "half-open-full", "staggered", "cooldown-retry-after", "cooldown-rolling", "cooldown-operator", "forced-open", "storage"];
const WRITTEN: [&str; 5] = ["stored", "unchanged", "stale", "kept", "unknown"];

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().unwrap_or_else(|_| panic!("{name}={value} is no number")))
}

fn play_on<N: Start, C: Start>(seed: u64, seen: &mut Seen) -> usize {
    duel::<N, C>(seed, seen).unwrap_or_else(|found| {
        let found = shrunk::<N, C>(*found);
        let story = serde_json::to_string_pretty(&found.story).expect("a story is JSON");
        panic!("seed {seed} differs (write it into tests/random.seeds)\n{}\n{story}", found.what)
    })
}

#[test]
fn seeds_that_once_differed_have_equal_answers() {
    let seeds = FOUND.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_whitespace().next());
    for seed in seeds {
        play_on::<NativeEngine, ComponentEngine>(seed.parse().expect("a seed is a number"), &mut Seen::default());
    }
}

/// Plays so many sequences on two engines: what they were made of, and how many steps they had.
fn play_all<N: Start, C: Start>(sequences: u64) -> (Seen, usize) {
    let first = from_environment("RANDOM_SEED", FIRST_SEED);
    // Keeps the thread that measures time from starting anew with each sequence.
    let _kept = Instance::new(ManualClock::default(), MemoryStore::new(), Limits::default()).expect("the embedded component");
    let next = AtomicU64::new(0);
    let work = || {
        let (mut seen, mut steps) = (Seen::default(), 0);
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= sequences {
                return (seen, steps);
            }
            steps += play_on::<N, C>(first + place, &mut seen);
        }
    };
    let (mut seen, mut steps) = (Seen::default(), 0);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            let (one, more) = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            seen.add(one);
            steps += more;
        }
    });
    (seen, steps)
}

#[test]
fn random_sequences_have_equal_answers_natively_and_in_the_component() {
    let (sequences, start) = (from_environment("RANDOM_SEQUENCES", SEQUENCES), Instant::now());
    let (seen, steps) = play_all::<NativeEngine, ComponentEngine>(sequences);
    assert_eq!(seen.inputs.len(), INPUTS, "every kind of input was given: {:?}", seen.inputs);
    let figures = [
        ("sequences", json!(sequences)),
        ("steps", json!(steps)),
        ("differences", json!(0)),
        ("inputs", json!(seen.inputs)),
        ("answers", json!(seen.answers)),
        ("seconds", json!(start.elapsed().as_secs())),
    ];
    proof::write("random-in-component", &[13, 15], &figures);
    if sequences >= SEQUENCES {
        assert_much_was_seen(&seen);
    }
}

#[test]
fn random_sequences_have_equal_answers_on_boards_of_both_engines() {
    let (sequences, start) = (from_environment("RANDOM_SEQUENCES", SEQUENCES) / ON_BOARDS_ONE_IN, Instant::now());
    let (seen, steps) = play_all::<NativeBoard, ComponentBoard>(sequences);
    let figures = [
        ("sequences", json!(sequences)),
        ("steps", json!(steps)),
        ("differences", json!(0)),
        ("inputs", json!(seen.inputs)),
        ("seconds", json!(start.elapsed().as_secs())),
    ];
    proof::write("random-on-boards", &[13, 15], &figures);
}

fn assert_much_was_seen(seen: &Seen) {
    let seen = |word: &str| assert!(seen.answers.contains_key(word), "no {word} in {:?}", seen.answers);
    EVENTS.iter().for_each(|kind| seen(&format!("kind {kind}")));
    REASONS.iter().for_each(|reason| seen(&format!("reason {reason}")));
    WRITTEN.iter().for_each(|written| seen(&format!("written {written}")));
}
