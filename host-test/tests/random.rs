//! Plays 100,000 random sequences natively and in the component, and a part of them on boards over both. Answers, events and records
//! must be equal. In further sequences several requests are open at once, and each of their steps must be equal.
//!
//! `RANDOM_SEED` sets the first seed, `RANDOM_SEQUENCES` the number of sequences.

use fuseboard_stores::{ManualClock, MemoryStore};
use fuseboard_wasmtime::{Instance, Limits};
use host_test::proof;
use host_test::sequence::{Occurrences, play_both, play_open_requests, shrink};
use host_test::story::{ComponentBoard, ComponentEngine, InSteps, NativeBoard, NativeEngine, Start};
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

const SEQUENCES: u64 = 100_000;
/// One in this many sequences is played on boards.
const ON_BOARDS_ONE_IN: u64 = 10;
/// One in this many sequences is played in steps.
const IN_STEPS_ONE_IN: u64 = 4;
/// For one in this many, a sequence of open requests is played.
const OPEN_ONE_IN: u64 = 50;
const FIRST_SEED: u64 = 1_000_000;
const THREADS: usize = 2;

/// Seeds that once found a difference.
const FOUND: &str = include_str!("random.seeds");

/// The number of kinds of input.
const INPUTS: usize = 26;

/// Words that must be among the answers of all sequences.
const EVENTS: [&str; 17] = [
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
    "record-newer",
    "record-readable",
    "window-replaced",
    "storage-lost",
    "storage-back",
];
const REASONS: [&str; 8] =
    ["open", "half-open-full", "staggered", "cooldown-retry-after", "cooldown-rolling", "cooldown-operator", "forced-open", "storage"];
const WRITTEN: [&str; 5] = ["stored", "unchanged", "stale", "kept", "unknown"];

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().unwrap_or_else(|_| panic!("{name}={value} is not a number")))
}

fn play_on<N: Start, C: Start>(seed: u64, occurrences: &mut Occurrences) -> usize {
    play_both::<N, C>(seed, occurrences).unwrap_or_else(|found| {
        let found = shrink::<N, C>(*found);
        let story = serde_json::to_string_pretty(&found.story).expect("a story is JSON");
        panic!("seed {seed} differs (write it into tests/random.seeds)\n{}\n{story}", found.what)
    })
}

#[test]
fn seeds_that_once_differed_have_equal_answers() {
    let seeds = FOUND.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_whitespace().next());
    for seed in seeds {
        play_on::<NativeEngine, ComponentEngine>(seed.parse().expect("a seed is a number"), &mut Occurrences::default());
    }
}

/// Plays sequences on two engines. Returns the counts of their inputs and answers, and the number of steps.
fn play_all<N: Start, C: Start>(sequences: u64) -> (Occurrences, usize) {
    each_seed(sequences, play_on::<N, C>)
}

/// Calls `play` with each seed, on all threads. Returns the counts, and the sum of the steps.
fn each_seed(sequences: u64, play: impl Fn(u64, &mut Occurrences) -> usize + Sync) -> (Occurrences, usize) {
    let first = from_environment("RANDOM_SEED", FIRST_SEED);
    // Keeps the thread that measures the guest's time from ending after each sequence.
    let _kept = Instance::new(ManualClock::default(), MemoryStore::new(), Limits::default()).expect("the embedded component");
    let next = AtomicU64::new(0);
    let work = || {
        let (mut occurrences, mut steps) = (Occurrences::default(), 0);
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= sequences {
                return (occurrences, steps);
            }
            steps += play(first + place, &mut occurrences);
        }
    };
    let (mut occurrences, mut steps) = (Occurrences::default(), 0);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            let (one, more) = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            occurrences.add(one);
            steps += more;
        }
    });
    (occurrences, steps)
}

#[test]
fn random_sequences_have_equal_answers_natively_and_in_the_component() {
    let (sequences, start) = (from_environment("RANDOM_SEQUENCES", SEQUENCES), Instant::now());
    let (occurrences, steps) = play_all::<NativeEngine, ComponentEngine>(sequences);
    assert_eq!(occurrences.inputs.len(), INPUTS, "every kind of input was given: {:?}", occurrences.inputs);
    let figures = [
        ("sequences", json!(sequences)),
        ("steps", json!(steps)),
        ("differences", json!(0)),
        ("inputs", json!(occurrences.inputs)),
        ("answers", json!(occurrences.answers)),
        ("seconds", json!(start.elapsed().as_secs())),
    ];
    proof::write("random-in-component", &[13, 15], &figures);
    if sequences >= SEQUENCES {
        assert_every_answer_occurred(&occurrences);
    }
}

#[test]
fn random_sequences_have_equal_answers_on_boards_of_both_engines() {
    let (sequences, start) = (from_environment("RANDOM_SEQUENCES", SEQUENCES) / ON_BOARDS_ONE_IN, Instant::now());
    let (occurrences, steps) = play_all::<NativeBoard, ComponentBoard>(sequences);
    let figures = [
        ("sequences", json!(sequences)),
        ("steps", json!(steps)),
        ("differences", json!(0)),
        ("inputs", json!(occurrences.inputs)),
        ("seconds", json!(start.elapsed().as_secs())),
    ];
    proof::write("random-on-boards", &[13, 15], &figures);
}

#[test]
fn random_sequences_have_equal_answers_natively_and_in_the_component_in_steps() {
    let (sequences, start) = (from_environment("RANDOM_SEQUENCES", SEQUENCES) / IN_STEPS_ONE_IN, Instant::now());
    let (_, steps) = play_all::<NativeEngine, InSteps<ComponentEngine>>(sequences);
    let figures = [
        ("sequences", json!(sequences)),
        ("steps", json!(steps)),
        ("differences", json!(0)),
        ("seconds", json!(start.elapsed().as_secs())),
    ];
    proof::write("random-in-steps", &[13, 15], &figures);
}

#[test]
fn open_requests_have_equal_steps_natively_and_in_the_component() {
    let (sequences, start) = (from_environment("RANDOM_SEQUENCES", SEQUENCES) / OPEN_ONE_IN, Instant::now());
    let (_, steps) = each_seed(sequences, |seed, _| {
        play_open_requests::<NativeEngine, ComponentEngine>(seed).unwrap_or_else(|what| panic!("the steps of seed {seed} differ\n{what}"))
    });
    let figures = [
        ("sequences", json!(sequences)),
        ("steps", json!(steps)),
        ("differences", json!(0)),
        ("seconds", json!(start.elapsed().as_secs())),
    ];
    proof::write("random-open-requests", &[13, 15], &figures);
}

fn assert_every_answer_occurred(occurrences: &Occurrences) {
    let occurrences = |word: &str| assert!(occurrences.answers.contains_key(word), "no {word} in {:?}", occurrences.answers);
    EVENTS.iter().for_each(|kind| occurrences(&format!("kind {kind}")));
    REASONS.iter().for_each(|reason| occurrences(&format!("reason {reason}")));
    WRITTEN.iter().for_each(|written| occurrences(&format!("written {written}")));
}
