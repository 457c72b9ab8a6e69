//! Many threads on one board of the Rust host library: no outcome is lost or counts twice, and no probe exceeds the bound.

use fuseboard_host::time::Millis;
use fuseboard_host::{
    Admission, Board, CircuitStatus, Command, End, EngineKind, ManualClock, Outcome, Permit, Phase, Report, Scope, Target,
};
use host_test::many_threads::{THREADS, board, counted, figures, millis, on_all_threads};
use host_test::proof;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

const CALLS_EACH: usize = 600;
const ALL_CALLS: usize = THREADS * CALLS_EACH;
/// Each kind of engine, with one instance and with four. Several instances share a resolver only through the store.
const ENGINES: [(EngineKind, usize); 4] =
    [(EngineKind::Component, 1), (EngineKind::Component, 4), (EngineKind::Native, 1), (EngineKind::Native, 4)];

fn permit(board: &Board, target: &Target) -> Permit {
    board.allow(target).expect("an answer").into_result().expect("admitted")
}

/// The targets of the threads, and the status of the circuit that they share: a name with one instance, a resolver with several.
fn shared(instances: usize) -> (Vec<Target>, impl Fn(&Board) -> CircuitStatus) {
    let targets: Vec<Target> = match instances {
        1 => vec![Target::name("db"); THREADS],
        _ => (0..THREADS).map(|thread| Target::name(format!("n{thread}")).resolver("r")).collect(),
    };
    let first = targets[0].clone();
    let status = move |board: &Board| {
        let status = board.status(&first).expect("a status");
        status.resolver.unwrap_or(status.circuit)
    };
    (targets, status)
}

#[test]
fn sixteen_threads_lose_no_failure() {
    for (engine, instances) in ENGINES {
        let board = board(engine, r#""fail_max": 10000"#).instances(instances).build().expect("a good configuration");
        let (targets, status) = shared(instances);
        let start = Instant::now();
        on_all_threads(&targets, |target| {
            for _ in 0..CALLS_EACH {
                let permit = permit(&board, target);
                board.settle(target, Some(&permit), &counted(Outcome::Failure)).expect("a verdict");
            }
        });
        let kept = board.health().expect("health").kept;
        assert_eq!(board.flush(std::time::Duration::from_secs(20)).expect("flushed").kept, 0);
        assert_eq!(status(&board).failure_streak as usize, ALL_CALLS, "{instances} of {engine:?}");
        proof::write(
            &figures("threads-failures", engine, instances),
            &[4, 7],
            &[
                ("threads", json!(THREADS)),
                ("instances", json!(instances)),
                ("failures", json!(ALL_CALLS)),
                ("counted", json!(status(&board).failure_streak)),
                ("kept_until_the_flush", json!(kept)),
                ("ms", json!(millis(start))),
            ],
        );
    }
}

#[test]
fn leased_successes_and_failures_all_reach_the_window() {
    const WINDOW: &str = r#""fail_max": null, "window": {"size": 3600, "minimum_calls": 10000, "failure_rate": null}"#;
    for (engine, instances) in ENGINES {
        let board = board(engine, WINDOW).instances(instances).build().expect("a good configuration");
        let (targets, status) = shared(instances);
        let batched = AtomicUsize::new(0);
        on_all_threads(&targets, |target| {
            for call in 0..CALLS_EACH {
                let permit = permit(&board, target);
                let report = if call % 20 == 0 { counted(Outcome::Failure) } else { Report::new(End::Returned) };
                let settled = board.settle(target, Some(&permit), &report).expect("a verdict");
                batched.fetch_add(usize::from(settled.verdict().is_none()), Ordering::Relaxed);
            }
        });
        assert_eq!(board.flush(std::time::Duration::from_secs(20)).expect("flushed").kept, 0);
        let window = status(&board).window.expect("a window");
        let failures = ALL_CALLS / 20;
        assert_eq!((window.failures as usize, window.successes as usize), (failures, ALL_CALLS - failures), "{instances} instances");
        proof::write(
            &figures("threads-window", engine, instances),
            &[7],
            &[
                ("threads", json!(THREADS)),
                ("instances", json!(instances)),
                ("outcomes", json!(ALL_CALLS)),
                ("counted", json!(window.failures + window.successes)),
                ("leased", json!(batched.into_inner())),
            ],
        );
    }
}

/// The number of calls in flight: now, at most, and in total.
#[derive(Default)]
struct InFlight {
    now: AtomicUsize,
    most: AtomicUsize,
    all: AtomicUsize,
}

impl InFlight {
    fn begin(&self) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        self.all.fetch_add(1, Ordering::SeqCst);
    }

    fn end(&self) {
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

/// One half-open phase, in which every thread requests ten probes. Their outcomes are neutral, so the phase does not end.
fn half_open_round(board: &Board, clock: &ManualClock, targets: &[Target], scope: &Scope, in_flight: &InFlight) {
    board.command(scope, &Command::Trip).expect("tripped");
    clock.advance(Millis(1_000));
    on_all_threads(targets, |target| {
        for _ in 0..10 {
            let Admission::Admitted { permit, .. } = board.allow(target).expect("an answer") else { continue };
            in_flight.begin();
            thread::yield_now();
            in_flight.end();
            board.settle(target, Some(&permit), &counted(Outcome::Neutral)).expect("a verdict");
        }
    });
}

#[test]
fn at_most_trial_calls_probes_are_in_flight_over_all_threads() {
    const ROUNDS: usize = 100;
    for ((engine, instances), trial_calls) in ENGINES.into_iter().flat_map(|engine| [(engine, 1), (engine, 3)]) {
        let clock = ManualClock::default();
        let text = format!(r#""reset_timeout_s": 1, "trial_calls": {trial_calls}"#);
        let board = board(engine, &text).clock(clock.clone()).instances(instances).build().expect("a good configuration");
        let (targets, status) = shared(instances);
        let scope = if instances == 1 { Scope::name("db") } else { Scope::resolver("r") };
        let in_flight = InFlight::default();
        for _ in 0..ROUNDS {
            half_open_round(&board, &clock, &targets, &scope, &in_flight);
            let status = status(&board);
            assert_eq!((status.phase, status.probes), (Phase::HalfOpen, 0), "every slot was given back");
        }
        let (most, all) = (in_flight.most.into_inner(), in_flight.all.into_inner());
        assert!(most <= trial_calls, "{most} in flight, {trial_calls} are allowed, {instances} instances");
        assert!(all >= ROUNDS, "{all} probes: each round had some");
        proof::write(
            &figures("threads-probes", engine, format_args!("{instances}-{trial_calls}")),
            &[1],
            &[
                ("threads", json!(THREADS)),
                ("instances", json!(instances)),
                ("trial_calls", json!(trial_calls)),
                ("rounds", json!(ROUNDS)),
                ("probes", json!(all)),
                ("most_in_flight", json!(most)),
            ],
        );
    }
}

#[test]
fn a_probe_settled_by_two_threads_counts_once() {
    const PROBES: usize = 90;
    let clock = ManualClock::default();
    let text = r#""reset_timeout_s": 1, "success_threshold": 100, "trial_calls": 3"#;
    let board = board(EngineKind::Component, text).clock(clock.clone()).build().expect("a good configuration");
    let target = Target::name("db");
    board.command(&Scope::name("db"), &Command::Trip).expect("tripped");
    clock.advance(Millis(1_000));
    for _ in 0..PROBES {
        let permit = permit(&board, &target);
        on_all_threads(&[target.clone(), target.clone()], |target| {
            board.settle(target, Some(&permit), &counted(Outcome::Success)).expect("a verdict");
        });
    }
    let status = board.status(&target).expect("a status").circuit;
    assert_eq!((status.phase, status.trial_successes as usize), (Phase::HalfOpen, PROBES));
    proof::write(
        "threads-settled-twice",
        &[2, 7],
        &[("probes", json!(PROBES)), ("settled", json!(2 * PROBES)), ("counted", json!(status.trial_successes))],
    );
}
