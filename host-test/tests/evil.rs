//! Guests that attack their host (`host-test/evil`): each is stopped, and other boards in the process are not affected.

use fuseboard::{EngineError, Lease, PolicyEngine, Tally};
use fuseboard_host::{
    Board, Command, End, Error, Filter, Identity, ManualClock, MemoryStore, Metrics, Permit, Problem, ProblemCode, Report, Scope, Target,
};
use fuseboard_wasmtime::{Instance, Limits};
use host_test::evil::{attack_sources, board, component, good, meanwhile, write};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Generous, because the machine may be busy. The measured times are in the figures.
const STOPPED_WITHIN: Duration = Duration::from_secs(20);
const ROUNDS: usize = 5;

fn limits() -> Limits {
    Limits { guest_ms: 100, ..Limits::default() }
}

fn bad() -> Target {
    Target::name("bad")
}

fn returned() -> Report {
    Report::new(End::Returned)
}

fn lease() -> Lease {
    Lease {
        permit: Permit::default(),
        calls: 1,
        ms: 1,
        slow_ns: None,
        success_statuses: Vec::new(),
        neutral_statuses: Vec::new(),
        cancelled_after_ns: None,
        circuits: vec![Scope::name("bad")],
    }
}

type Export = (&'static str, fn(&mut Instance) -> Result<(), EngineError>);

/// Every export that a configured guest has.
const EXPORTS: [Export; 17] = [
    ("allow", |instance| instance.allow(&bad()).map(drop)),
    ("settle", |instance| instance.settle(&bad(), None, &returned()).map(drop)),
    ("settle-leased", |instance| instance.settle_leased(&lease(), Tally::default()).map(drop)),
    ("status", |instance| instance.status(&bad()).map(drop)),
    ("list", |instance| instance.list(&Filter::default(), None, 10).map(drop)),
    ("command", |instance| instance.command(&Scope::name("bad"), &Command::Trip).map(drop)),
    ("update-policy", |instance| instance.update_policy(&Scope::name("bad"), None).map(drop)),
    ("define", |instance| instance.define(&Scope::name("bad"), "{}")),
    ("forget", |instance| instance.forget(&Scope::name("bad"))),
    ("explain", |instance| instance.explain(&bad()).map(drop)),
    ("health", |instance| instance.health().map(drop)),
    ("about", |instance| instance.about().map(drop)),
    ("flush", |instance| instance.flush().map(drop)),
    ("parse-retry-after", |instance| instance.parse_retry_after("1").map(drop)),
    ("classify", |instance| instance.classify(&bad(), &returned()).map(drop)),
    ("normalize-host", |instance| instance.normalize_host("bad").map(drop)),
    ("advise", |instance| instance.advise(&bad(), &Metrics::default()).map(drop)),
];

/// The stops of all exports: the last error, and the longest time.
struct Stops {
    error: String,
    slowest: Duration,
}

fn is_stopped(error: &EngineError) -> bool {
    matches!(error, EngineError::Stopped(_))
}

/// Attacks with every export of an instance. Each must be stopped, must stay stopped, and must work again after a restart.
fn stop_every_export(attack: &str, limits: Limits, store: &MemoryStore) -> Stops {
    let mut stopped = Stops { error: String::new(), slowest: Duration::ZERO };
    let mut instance =
        Instance::from_bytes(component(), ManualClock::default(), store.clone(), limits).expect("it has the contract's types");
    for (export, call) in EXPORTS {
        instance.configure(&attack_sources(attack, export), Identity { writer: 1, seed: 0 }).expect("a known attack");
        let start = Instant::now();
        let error = call(&mut instance).expect_err("it must be stopped");
        stopped.slowest = stopped.slowest.max(start.elapsed());
        assert!(is_stopped(&error) && instance.is_stopped(), "{export}: {error}");
        stopped.error = error.to_string();
        let again = instance.allow(&good()).expect_err("it was not restarted");
        assert!(is_stopped(&again), "{again}");
        instance.restart().expect("a new instance");
        let unconfigured = instance.allow(&good()).expect_err("not configured yet");
        assert!(matches!(&unconfigured, EngineError::Problem(Problem { code: ProblemCode::NotConfigured, .. })), "{unconfigured}");
    }
    assert!(stopped.slowest < STOPPED_WITHIN, "{attack}: {:?}", stopped.slowest);
    stopped
}

/// The writer under which the board's instance was configured last.
fn writer(board: &Board) -> String {
    board.about().expect("this export does not attack").engine
}

/// Attacks on a board. The attacked request returns an error, and the next one uses a rebuilt instance with a new writer.
fn attack_on_board(attack: &str, limits: Limits) {
    let board = board(attack, "allow", limits).build().expect("configure does not attack");
    for _ in 0..ROUNDS {
        let before = writer(&board);
        let error = board.allow(&bad()).expect_err("it must be stopped");
        assert!(error.is_engine_stopped(), "{error}");
        let permit = board.allow(&good()).expect("rebuilt").into_result().expect("the minimal answer admits");
        board.settle(&good(), Some(&permit), &returned()).expect("rebuilt");
        assert_ne!(writer(&board), before, "a new instance has a new writer");
    }
}

/// Attacks while a board is built, and while it is dropped: `build` returns the error, and the error listener receives it.
fn attack_build_and_drop(attack: &str, limits: Limits) {
    let error = board(attack, "configure", limits).build().expect_err("stopped in configure");
    assert!(error.is_engine_stopped(), "{error}");
    let stops = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&stops);
    let listener = move |error: &Error| {
        counter.fetch_add(usize::from(error.is_engine_stopped()), Ordering::Relaxed);
    };
    drop(board(attack, "flush", limits).error_listener(listener).build().expect("configure does not attack"));
    assert_eq!(stops.load(Ordering::Relaxed), 1);
}

/// Makes an attack with every export, on a board, and at its build and drop. Writes the figures.
fn run_attack(name: &str, attack: &str, limits: Limits, store: &MemoryStore, error: &str) {
    let (stopped, calls) = meanwhile(|| {
        let stopped = stop_every_export(attack, limits, store);
        attack_on_board(attack, limits);
        attack_build_and_drop(attack, limits);
        stopped
    });
    assert!(stopped.error.contains(error), "{}", stopped.error);
    write(
        name,
        &[
            ("stopped", json!(EXPORTS.len() + ROUNDS + 2)),
            ("slowest_stop_ms", json!(millis(stopped.slowest))),
            ("guest_ms_limit", json!(limits.guest_ms)),
            ("calls_elsewhere_meanwhile", json!(calls)),
        ],
    );
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e4).round() / 10.0
}

#[test]
fn a_guest_in_an_endless_loop_is_interrupted() {
    run_attack("spin", "spin", Limits { guest_ms: 30, ..limits() }, &MemoryStore::new(), "more time than its limit");
}

#[test]
fn a_guest_cannot_exceed_its_memory_limit() {
    let limits = Limits { guest_ms: 10_000, ..limits() };
    let store = MemoryStore::new();
    run_attack("grow", "grow", limits, &store, "unreachable");
    let allocated = allocated(&store);
    assert!(allocated > limits.memory_bytes / 2 && allocated < limits.memory_bytes, "{allocated} bytes of {}", limits.memory_bytes);
    let small = Limits { memory_bytes: 8 << 20, ..limits };
    let store = MemoryStore::new();
    stop_every_export("grow", small, &store);
    let allocated_of_8 = self::allocated(&store);
    assert!(allocated_of_8 > 4 << 20 && allocated_of_8 < 8 << 20, "{allocated_of_8} bytes of 8 MiB");
    write("grow-limit", &[("bytes_of_64_mib", json!(allocated)), ("bytes_of_8_mib", json!(allocated_of_8))]);
}

/// The number of bytes that the guest allocated, which it wrote to the store.
fn allocated(store: &MemoryStore) -> usize {
    store.contents().get("n:held").expect("the guest wrote it").parse().expect("a number")
}

#[test]
fn a_guest_that_recurses_in_its_own_memory_is_stopped() {
    run_attack("recurse-memory", "recurse in memory", limits(), &MemoryStore::new(), "out of bounds");
}

#[test]
fn a_guest_that_recurses_on_the_native_stack_is_stopped() {
    run_attack("recurse-stack", "recurse on the stack", limits(), &MemoryStore::new(), "more stack than its limit");
}

#[test]
fn a_guest_that_calls_imports_without_end_is_stopped() {
    let limits = Limits { guest_ms: 10_000, ..limits() };
    run_attack("flood-clock", "flood the clock", limits, &MemoryStore::new(), "more than 100000 times");
    let few = Limits { host_calls: 200, ..limits };
    run_attack("flood-listing", "flood the listing", few, &MemoryStore::new(), "more than 200 times");
}

#[test]
fn a_guest_that_writes_without_end_is_stopped() {
    let few = Limits { host_calls: 200, guest_ms: 10_000, ..limits() };
    let store = MemoryStore::new();
    run_attack("flood-store", "flood the store", few, &store, "more than 200 times");
    assert_eq!(store.contents().len(), 200, "one key for each host call, the same ones after each restart");
}

#[test]
fn a_huge_answer_is_not_copied() {
    let limits = Limits { guest_ms: 10_000, answer_bytes: 8 << 20, ..limits() };
    for (name, attack) in [("flood-answer", "flood the answer"), ("flood-one-text", "flood by one text")] {
        let ((slowest, stopped), calls) = meanwhile(|| request_huge_answers(attack, limits));
        assert_eq!(stopped, 7, "every export whose answer has a list");
        write(
            name,
            &[
                ("stopped", json!(stopped)),
                ("slowest_stop_ms", json!(millis(slowest))),
                ("answer_bytes_limit", json!(limits.answer_bytes)),
                ("calls_elsewhere_meanwhile", json!(calls)),
            ],
        );
    }
}

/// Requests a huge answer of every export. Returns the longest time of a stop, and the number of exports that were stopped.
fn request_huge_answers(attack: &str, limits: Limits) -> (Duration, usize) {
    let (mut slowest, mut stopped) = (Duration::ZERO, 0);
    let mut instance =
        Instance::from_bytes(component(), ManualClock::default(), MemoryStore::new(), limits).expect("it has the contract's types");
    for (export, call) in EXPORTS {
        instance.configure(&attack_sources(attack, export), Identity { writer: 1, seed: 0 }).expect("a known attack");
        let start = Instant::now();
        if let Err(EngineError::Stopped(_)) = call(&mut instance) {
            slowest = slowest.max(start.elapsed());
            stopped += 1;
        }
        instance.restart().expect("a new instance");
    }
    attack_on_board(attack, limits);
    (slowest, stopped)
}

#[test]
fn a_guest_is_rebuilt_after_each_trap() {
    const CALLS: usize = 1_000;
    for each in [1, 2, 7] {
        let board = board(&format!("trap each {each}"), "allow settle", limits()).build().expect("configure does not attack");
        let (mut trapped, mut writers) = (0, BTreeSet::from([writer(&board)]));
        let start = Instant::now();
        for call in 0..CALLS {
            let answer = if call % 2 == 0 { board.allow(&bad()).map(drop) } else { board.settle(&bad(), None, &returned()).map(drop) };
            if let Err(error) = answer {
                assert!(error.is_engine_stopped(), "it is configured again: {error}");
                trapped += 1;
                writers.insert(writer(&board));
            }
        }
        assert_eq!(trapped, CALLS / each, "the other calls succeed");
        assert_eq!(writers.len(), trapped + 1, "a new writer for each new instance");
        let micros = start.elapsed().as_micros() / CALLS as u128;
        write(
            &format!("trap-each-{each}"),
            &[
                ("calls", json!(CALLS)),
                ("trapped", json!(trapped)),
                ("succeeded", json!(CALLS - trapped)),
                ("micros_a_call", json!(u64::try_from(micros).unwrap_or(u64::MAX))),
            ],
        );
    }
}
