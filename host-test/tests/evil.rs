//! Hosts beside guests that do harm (`host-test/evil`): each guest is stopped, or its words are cut, and everything else goes on.

use fuseboard::{EngineError, Lease, PolicyEngine, Tally};
use fuseboard_host::{
    Board, Command, End, Error, Filter, Identity, ManualClock, MemoryStore, Metrics, Permit, Problem, ProblemCode, Report, Scope, Target,
};
use fuseboard_wasmtime::{Instance, Limits};
use host_test::evil::{board, component, good, meanwhile, orders, write};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Generous, for a machine that does much else: what a stop took is in the figures.
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
    Lease { permit: Permit::default(), calls: 1, ms: 1, slow_ns: None, success_statuses: Vec::new(), circuits: vec![Scope::name("bad")] }
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

/// How the attacks on all exports ended.
struct Attacked {
    why: String,
    slowest: Duration,
}

fn is_stopped(error: &EngineError) -> bool {
    matches!(error, EngineError::Stopped(_))
}

/// Lets every export of an instance make the attack. Each must be stopped, and say so; started and configured again it answers.
fn stop_every_export(attack: &str, limits: Limits, store: &MemoryStore) -> Attacked {
    let mut stopped = Attacked { why: String::new(), slowest: Duration::ZERO };
    let mut instance = Instance::from_bytes(component(), ManualClock::default(), store.clone(), limits).expect("it keeps the types");
    for (export, ask) in EXPORTS {
        instance.configure(&orders(attack, export), Identity { writer: 1, seed: 0 }).expect("a known attack");
        let start = Instant::now();
        let error = ask(&mut instance).expect_err("it must be stopped");
        stopped.slowest = stopped.slowest.max(start.elapsed());
        assert!(is_stopped(&error) && instance.is_stopped(), "{export}: {error}");
        stopped.why = error.to_string();
        let again = instance.allow(&good()).expect_err("it was not started again");
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
    board.about().expect("it is spared").engine
}

/// On a board: the call that is struck ends with an error, the next one finds an instance made anew, under another writer.
fn strike_a_board(attack: &str, limits: Limits) {
    let board = board(attack, "allow", limits).build().expect("spared so far");
    for _ in 0..ROUNDS {
        let before = writer(&board);
        let error = board.allow(&bad()).expect_err("it must be stopped");
        assert!(error.is_engine_stopped(), "{error}");
        let permit = board.allow(&good()).expect("made anew").into_result().expect("as a dull engine says");
        board.settle(&good(), Some(&permit), &returned()).expect("made anew");
        assert_ne!(writer(&board), before, "a new instance writes under a new name");
    }
}

/// A board that cannot even be configured is none, and one that is stopped as it is dropped tells its error listener.
fn strike_at_both_ends(attack: &str, limits: Limits) {
    let unborn = board(attack, "configure", limits).build().expect_err("stopped as it was configured");
    assert!(unborn.is_engine_stopped(), "{unborn}");
    let told = Arc::new(AtomicUsize::new(0));
    let tells = Arc::clone(&told);
    let listener = move |error: &Error| {
        tells.fetch_add(usize::from(error.is_engine_stopped()), Ordering::Relaxed);
    };
    drop(board(attack, "flush", limits).error_listener(listener).build().expect("spared so far"));
    assert_eq!(told.load(Ordering::Relaxed), 1);
}

/// A whole attack, and its figures.
fn survive(name: &str, attack: &str, limits: Limits, store: &MemoryStore, why: &str) {
    let (stopped, calls) = meanwhile(|| {
        let stopped = stop_every_export(attack, limits, store);
        strike_a_board(attack, limits);
        strike_at_both_ends(attack, limits);
        stopped
    });
    assert!(stopped.why.contains(why), "{}", stopped.why);
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
fn a_guest_that_spins_is_interrupted() {
    survive("spin", "spin", Limits { guest_ms: 30, ..limits() }, &MemoryStore::new(), "more time than its limit");
}

#[test]
fn a_guest_that_takes_all_memory_is_held() {
    let limits = Limits { guest_ms: 10_000, ..limits() };
    let store = MemoryStore::new();
    survive("grow", "grow", limits, &store, "unreachable");
    let held = held(&store);
    assert!(held > limits.memory_bytes / 2 && held < limits.memory_bytes, "{held} bytes of {}", limits.memory_bytes);
    let small = Limits { memory_bytes: 8 << 20, ..limits };
    let store = MemoryStore::new();
    stop_every_export("grow", small, &store);
    let held_of_8 = self::held(&store);
    assert!(held_of_8 > 4 << 20 && held_of_8 < 8 << 20, "{held_of_8} bytes of 8 MiB");
    write("grow-held", &[("bytes_of_64_mib", json!(held)), ("bytes_of_8_mib", json!(held_of_8))]);
}

/// What the growing guest says it held, in bytes.
fn held(store: &MemoryStore) -> usize {
    store.contents().get("n:held").expect("it told the store").parse().expect("a number")
}

#[test]
fn a_guest_that_recurses_in_its_memory_reaches_its_end() {
    survive("recurse-memory", "recurse in memory", limits(), &MemoryStore::new(), "out of bounds");
}

#[test]
fn a_guest_that_recurses_on_the_stack_runs_out_of_it() {
    survive("recurse-stack", "recurse on the stack", limits(), &MemoryStore::new(), "more stack than its limit");
}

#[test]
fn a_guest_that_asks_without_end_is_stopped() {
    let limits = Limits { guest_ms: 10_000, ..limits() };
    survive("flood-clock", "flood the clock", limits, &MemoryStore::new(), "more than 100000 times");
    let few = Limits { host_calls: 200, ..limits };
    survive("flood-listing", "flood the listing", few, &MemoryStore::new(), "more than 200 times");
}

#[test]
fn a_guest_that_writes_without_end_is_stopped() {
    let few = Limits { host_calls: 200, guest_ms: 10_000, ..limits() };
    let store = MemoryStore::new();
    survive("flood-store", "flood the store", few, &store, "more than 200 times");
    assert_eq!(store.contents().len(), 200, "one key for each question, the same ones after each start");
}

#[test]
fn an_enormous_answer_is_not_copied() {
    let limits = Limits { guest_ms: 10_000, answer_bytes: 8 << 20, ..limits() };
    for (name, attack) in [("flood-answer", "flood the answer"), ("flood-one-text", "flood by one text")] {
        let ((slowest, struck), calls) = meanwhile(|| enormous(attack, limits));
        assert_eq!(struck, 7, "every export whose answer has a list without end");
        write(
            name,
            &[
                ("stopped", json!(struck)),
                ("slowest_stop_ms", json!(millis(slowest))),
                ("answer_bytes_limit", json!(limits.answer_bytes)),
                ("calls_elsewhere_meanwhile", json!(calls)),
            ],
        );
    }
}

/// How long it took until an enormous answer was not taken, and how many exports gave one.
fn enormous(attack: &str, limits: Limits) -> (Duration, usize) {
    let (mut slowest, mut struck) = (Duration::ZERO, 0);
    let mut instance = Instance::from_bytes(component(), ManualClock::default(), MemoryStore::new(), limits).expect("it keeps the types");
    for (export, ask) in EXPORTS {
        instance.configure(&orders(attack, export), Identity { writer: 1, seed: 0 }).expect("a known attack");
        let start = Instant::now();
        if let Err(EngineError::Stopped(_)) = ask(&mut instance) {
            slowest = slowest.max(start.elapsed());
            struck += 1;
        }
        instance.restart().expect("a new instance");
    }
    strike_a_board(attack, limits);
    (slowest, struck)
}

#[test]
fn a_guest_that_traps_again_and_again_is_made_anew_each_time() {
    const CALLS: usize = 1_000;
    for each in [1, 2, 7] {
        let board = board(&format!("trap each {each}"), "allow settle", limits()).build().expect("spared so far");
        let (mut trapped, mut writers) = (0, BTreeSet::from([writer(&board)]));
        let start = Instant::now();
        for call in 0..CALLS {
            let asked = if call % 2 == 0 { board.allow(&bad()).map(drop) } else { board.settle(&bad(), None, &returned()).map(drop) };
            if let Err(error) = asked {
                assert!(error.is_engine_stopped(), "never unconfigured: {error}");
                trapped += 1;
                writers.insert(writer(&board));
            }
        }
        assert_eq!(trapped, CALLS / each, "the others went on");
        assert_eq!(writers.len(), trapped + 1, "a new writer for each new instance");
        let micros = start.elapsed().as_micros() / CALLS as u128;
        write(
            &format!("trap-each-{each}"),
            &[
                ("calls", json!(CALLS)),
                ("trapped", json!(trapped)),
                ("went_on", json!(CALLS - trapped)),
                ("micros_a_call", json!(u64::try_from(micros).unwrap_or(u64::MAX))),
            ],
        );
    }
}
