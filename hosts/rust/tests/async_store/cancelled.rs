//! Calls that are dropped before their end.

use crate::boards::{ENGINES, Task, TestBoard, db, failure, success, written};
use crate::controlled_store::Held;
use fuseboard_host::{Admission, Answered, Leases, OnEngineError, Operation, Outcome, Phase, Written, time::Millis};
use futures_lite::future::block_on;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_settle_that_is_dropped_while_it_loads_is_kept_and_written_later() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        let (db, report) = (db(), failure());
        test.store.hold(Held::All);
        drop(Task::start(test.board.settle_async(&db, None, &report)));
        assert_eq!(test.kept(), 1);
        test.store.release();
        assert_eq!(block_on(test.board.flush_async(SECOND)).expect("an answer").kept, 0);
        assert_eq!(test.circuit().failure_streak, 1);
    }
}

#[test]
fn a_settle_that_is_dropped_while_it_swaps_is_unknown_and_is_never_repeated() {
    for (&engine, held, counted) in ENGINES.iter().flat_map(|engine| [(engine, Held::Swaps, 0), (engine, Held::Answers, 1)]) {
        let test = TestBoard::new(engine);
        let (db, report) = (db(), failure());
        test.store.hold(held);
        drop(Task::start(test.board.settle_async(&db, None, &report)));
        assert_eq!(test.kept(), 0);
        test.store.release();
        assert_eq!(test.store.begun(), [Operation::Load, Operation::Swap]);
        block_on(test.board.flush_async(SECOND)).expect("an answer");
        assert_eq!(test.store.begun(), [], "nothing is written again");
        assert_eq!(test.circuit().failure_streak, counted, "{engine:?}");
    }
}

#[test]
fn a_request_that_waits_for_a_dropped_one_goes_on() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        let (db, report) = (db(), failure());
        test.store.hold(Held::Swaps);
        let writer = Task::start(test.board.settle_async(&db, None, &report));
        let mut waiting = Task::start(test.board.settle_async(&db, None, &report));
        let before = waiting.wakes();
        drop(writer);
        assert_eq!(waiting.wakes(), before + 1, "it is woken");
        assert!(waiting.poll().is_none(), "it is the writer now");
        test.store.release();
        assert_eq!(written(&waiting.finish().expect("a verdict")), Written::Stored);
        assert_eq!(test.circuit().failure_streak, 1);
    }
}

#[test]
fn a_request_that_waits_for_its_turn_can_be_dropped() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        let (db, report) = (db(), failure());
        test.store.hold(Held::Swaps);
        let writer = Task::start(test.board.settle_async(&db, None, &report));
        drop(Task::start(test.board.settle_async(&db, None, &report)));
        assert_eq!(test.kept(), 1, "its outcome");
        test.store.release();
        assert_eq!(written(&writer.finish().expect("a verdict")), Written::Stored);
        block_on(test.board.flush_async(SECOND)).expect("an answer");
        assert_eq!((test.kept(), test.circuit().phase), (0, Phase::Open), "both failures count");
    }
}

/// Trips the circuit, and lets its wait pass.
fn make_half_open(test: &TestBoard) {
    for _ in 0..2 {
        test.board.settle(&db(), None, &failure()).expect("a verdict");
    }
    test.clock.advance(Millis::from_secs(31));
    test.store.begun();
}

#[test]
fn a_dropped_guard_of_a_probe_releases_its_slot() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        make_half_open(&test);
        let guard = block_on(test.board.guard_async(&db())).expect("a probe");
        assert_eq!((test.circuit().phase, test.circuit().probes), (Phase::HalfOpen, 1));
        test.store.begun();
        test.store.hold(Held::All);
        drop(guard);
        assert_eq!((test.store.begun(), test.kept()), (vec![], 1), "the drop does not wait for the store");
        test.store.release();
        let next = block_on(test.board.allow_async(&db())).expect("an answer");
        assert!(matches!(next, Admission::Admitted { .. }), "the slot is free: {next:?}");
    }
}

#[test]
fn an_allow_that_is_dropped_while_it_takes_a_slot_releases_it() {
    for (&engine, held) in ENGINES.iter().flat_map(|engine| [(engine, Held::Swaps), (engine, Held::Answers)]) {
        let test = TestBoard::new(engine);
        make_half_open(&test);
        let db = db();
        test.store.hold(held);
        drop(Task::start(test.board.allow_async(&db)));
        assert_eq!(test.kept(), 1, "the slot may be stored");
        test.store.release();
        let next = block_on(test.board.allow_async(&db)).expect("an answer");
        assert!(matches!(next, Admission::Admitted { .. }), "the slot is free: {next:?}");
    }
}

#[test]
fn a_dropped_guard_releases_its_slot_if_the_budget_is_longer_than_the_clock_has_run() {
    for &engine in ENGINES {
        let document = r#"{"defaults": {"fail_max": 2, "reset_timeout_s": 30, "sharing": {"storage_budget_ms": 60000}}}"#;
        let test = TestBoard::with(engine, document, |builder| builder.leases(Leases::Off));
        make_half_open(&test);
        let guard = block_on(test.board.guard_async(&db())).expect("a probe");
        test.store.begun();
        test.store.hold(Held::All);
        drop(guard);
        assert_eq!((test.store.begun(), test.kept()), (vec![], 1), "the drop does not wait for the store");
        test.store.release();
    }
}

#[test]
fn a_call_that_is_dropped_during_its_work_releases_its_slot() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        make_half_open(&test);
        let db = db();
        drop(Task::start(test.board.call_async(&db, std::future::pending::<Result<(), std::io::Error>>())));
        assert_eq!(test.kept(), 1);
        let next = block_on(test.board.allow_async(&db)).expect("an answer");
        assert!(matches!(next, Admission::Admitted { .. }), "the slot is free: {next:?}");
    }
}

/// With a window each success counts, so a tally is written.
const WINDOW: &str = r#"{"defaults": {"fail_max": 5, "window": {"kind": "count", "size": 100, "failure_rate": 0.9, "minimum_calls": 50}}}"#;

/// A board whose target owes a tally of one success, and the outcomes of the calls that its observer was told.
fn owing_a_tally(engine: fuseboard_host::EngineKind) -> (TestBoard, Arc<Mutex<Vec<Option<Outcome>>>>) {
    let observed = Arc::<Mutex<Vec<_>>>::default();
    let seen = Arc::clone(&observed);
    let test = TestBoard::with(engine, WINDOW, |builder| {
        builder.leases(Leases::On).observer(move |record| {
            if record.answered == Answered::Engine {
                seen.lock().expect("no panic").push(record.outcome);
            }
        })
    });
    let permit = block_on(test.board.allow_async(&db())).expect("an answer").into_result().expect("admitted");
    block_on(test.board.settle_async(&db(), Some(&permit), &fuseboard_host::Report::new(fuseboard_host::End::Returned))).expect("settled");
    test.clock.advance(Millis::from_secs(1));
    test.store.begun();
    (test, observed)
}

#[test]
fn an_outcome_is_kept_if_its_call_is_dropped_while_tallies_are_reported() {
    for &engine in ENGINES {
        let (test, observed) = owing_a_tally(engine);
        let (db, report) = (db(), failure());
        test.store.hold(Held::All);
        drop(Task::start(test.board.settle_async(&db, None, &report)));
        assert!(test.kept() >= 1, "the failure is kept");
        test.store.release();
        block_on(test.board.flush_async(SECOND)).expect("an answer");
        assert_eq!((test.kept(), test.circuit().failure_streak), (0, 1));
        assert_eq!(observed.lock().expect("no panic").len(), 1, "observed once");
    }
}

#[test]
fn an_admission_is_settled_as_cancelled_if_its_call_is_dropped_while_tallies_are_reported() {
    for &engine in ENGINES {
        let (test, observed) = owing_a_tally(engine);
        let db = db();
        test.store.hold(Held::Swaps);
        drop(Task::start(test.board.allow_async(&db)));
        assert_eq!(*observed.lock().expect("no panic"), [Some(Outcome::Neutral)]);
    }
}

#[test]
fn a_dropped_allow_leaves_nothing_behind() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        let db = db();
        test.store.hold(Held::All);
        // More than may wait in one engine.
        for _ in 0..300 {
            drop(Task::start(test.board.allow_async(&db)));
        }
        test.store.release();
        let permit = block_on(test.board.allow_async(&db)).expect("an answer").into_result().expect("admitted");
        let settlement = block_on(test.board.settle_async(&db, Some(&permit), &success())).expect("a verdict");
        assert_eq!((written(&settlement), test.kept()), (Written::Unchanged, 0));
        assert_eq!(test.board.health().expect("health").storage_lost_since_ms, None, "no outage");
    }
}

#[test]
fn a_call_that_waits_across_a_fork_ends_in_the_child_and_touches_nothing_of_the_parent() {
    for &engine in ENGINES {
        let test = TestBoard::with(engine, "{}", |builder| builder.on_engine_error(OnEngineError::Refuse));
        let (db, report) = (db(), failure());
        test.store.hold(Held::All);
        let (waiting, dropped) = (Task::start(test.board.allow_async(&db)), Task::start(test.board.settle_async(&db, None, &report)));
        // As the hooks run in a forked child, where the parent's gate stays closed.
        test.board.before_fork();
        test.board.after_fork_in_child();
        test.store.release();
        let error = waiting.finish().expect_err("it was made to an engine of the parent");
        assert!(error.to_string().contains("forked"), "{error}");
        drop(dropped);
        assert_eq!(test.kept(), 0, "the outcome belongs to the parent");
        assert!(matches!(block_on(test.board.allow_async(&db)), Ok(Admission::Admitted { .. })));
    }
}
