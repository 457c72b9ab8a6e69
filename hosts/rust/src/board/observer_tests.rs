//! The rules of observers.

use super::fake_answers::{db, refused};
use super::fake_engine::TestBoard;
use super::fake_script::Scripted;
use super::observers::{Answered, CallRecord};
use fuseboard::time::Millis;
use fuseboard::{End, Outcome, Phase, Report};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Seen = Arc<Mutex<Vec<String>>>;

/// A board, and what an observer of it saw.
fn observed() -> (TestBoard, Seen) {
    let seen = Seen::default();
    let writer = Arc::clone(&seen);
    let observe = move |record: &CallRecord<'_>| {
        let CallRecord { target, refused, answered, status, elapsed, outcome, phase } = record.clone();
        let why = refused.map(ToString::to_string);
        writer.lock().unwrap().push(format!("{} {why:?} {answered:?} {status:?} {elapsed:?} {outcome:?} {phase:?}", target.name));
    };
    (TestBoard::observed(vec![Box::new(observe)], Vec::new()), seen)
}

fn take(seen: &Seen) -> Vec<String> {
    std::mem::take(&mut *seen.lock().unwrap())
}

#[test]
fn each_call_is_one_record_leased_or_not() {
    let (board, seen) = observed();
    let clock = board.clock.clone();
    let call = || {
        let called = board.call(|| {
            clock.advance(Millis(7));
            Ok::<(), fmt::Error>(())
        });
        called.unwrap();
        take(&seen)
    };
    assert_eq!(call(), ["db None Engine None Some(7ms) Some(Success) Some(Closed)"]);
    board.lease(&db());
    assert_eq!(call(), ["db None Board None Some(7ms) Some(Success) Some(Closed)"]);
    assert!(board.log().is_empty(), "no request is made for it");
}

#[test]
fn refusals_are_observed_with_their_reason_repeated_ones_too() {
    let (board, seen) = observed();
    board.script(Scripted::Decide(Box::new(refused(100))));
    for answered in ["Engine", "Board"] {
        board.allow(&db()).unwrap();
        let why = "the circuit is open; try again in 500 ms";
        assert_eq!(take(&seen), [format!("db Some({why:?}) {answered} None None None None")]);
    }
}

#[test]
fn an_observer_may_call_the_board_and_does_not_observe_itself() {
    let inner = Arc::<Mutex<Option<TestBoard>>>::default();
    let calls = Arc::<Mutex<u32>>::default();
    let (counter, board) = (Arc::clone(&calls), Arc::clone(&inner));
    let observe = move |_: &CallRecord<'_>| {
        *counter.lock().unwrap() += 1;
        let board = board.lock().unwrap().clone();
        if let Some(board) = board {
            board.settle(&db(), End::Returned);
        }
    };
    let observed = TestBoard::observed(vec![Box::new(observe)], Vec::new());
    *inner.lock().unwrap() = Some(observed.clone());
    observed.settle(&db(), End::Returned);
    assert_eq!(*calls.lock().unwrap(), 1);
    assert_eq!(observed.log().len(), 2);
    *inner.lock().unwrap() = None;
}

#[test]
fn an_observer_that_panics_is_left_out_and_reported_once() {
    let errors = Seen::default();
    let reported = Arc::clone(&errors);
    let (panics, seen) = (Arc::<AtomicU32>::default(), Arc::<AtomicU32>::default());
    let (panicking, counter) = (Arc::clone(&panics), Arc::clone(&seen));
    let panic = move |_: &CallRecord<'_>| {
        panicking.fetch_add(1, Ordering::Relaxed);
        panic!("a fault of the observer")
    };
    let count = move |_: &CallRecord<'_>| {
        counter.fetch_add(1, Ordering::Relaxed);
    };
    let board = TestBoard::observed(
        vec![Box::new(panic), Box::new(count)],
        vec![Box::new(move |error| reported.lock().unwrap().push(error.to_string()))],
    );
    for _ in 0..3 {
        board.settle(&db(), End::Returned);
    }
    assert_eq!([&panics, &seen].map(|count| count.load(Ordering::Relaxed)), [1, 3], "the other one goes on");
    assert_eq!(take(&errors), ["an observer panicked and is called no more; correct it and build the board again"]);
}

#[test]
fn a_record_of_a_failed_settlement_has_no_outcome() {
    let target = db();
    let report = Report { status: Some(503), elapsed_ns: Some(5), ..Report::new(End::Returned) };
    let record = CallRecord::settled(&target, &report, None);
    assert_eq!((record.status, record.elapsed, record.outcome, record.phase), (Some(503), Some(Duration::from_nanos(5)), None, None));
    assert_eq!(record.answered, Answered::Engine);
    let leased = CallRecord::leased(&target, &report, Outcome::Success);
    assert_eq!((leased.outcome, leased.phase), (Some(Outcome::Success), Some(Phase::Closed)));
}
