//! Calls that wait for the store, and for one another.

use crate::boards::{ENGINES, Task, TestBoard, db, failure, written};
use crate::controlled_store::Held;
use fuseboard_host::time::Millis;
use fuseboard_host::{Admission, Error, Operation, Settlement, Store, Swap, Target, Written};
use futures_lite::future::block_on;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

#[test]
fn an_allow_waits_for_the_store_as_a_future() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        test.store.hold(Held::All);
        let db = db();
        let mut allow = Task::start(test.board.allow_async(&db));
        assert_eq!(test.store.begun(), [Operation::Load]);
        assert!(allow.poll().is_none() && allow.wakes() == 0);
        test.store.release();
        assert!(allow.wakes() > 0);
        assert!(matches!(allow.poll(), Some(Ok(Admission::Admitted { .. }))));
    }
}

#[test]
fn a_healthy_call_costs_one_load_for_each_circuit() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        for (target, loads) in [(db(), 1), (db().resolver("r"), 2)] {
            for call in 0..3 {
                assert!(matches!(block_on(test.board.allow_async(&target)), Ok(Admission::Admitted { .. })));
                assert_eq!(test.store.begun(), vec![Operation::Load; loads], "call {call}");
            }
        }
    }
}

#[test]
fn the_engine_is_free_while_the_store_works() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        test.store.hold(Held::All);
        let targets: Vec<_> = (0..20).map(|number| Target::name(format!("n{number}"))).collect();
        let tasks: Vec<_> = targets.iter().map(|target| Task::start(test.board.allow_async(target))).collect();
        assert_eq!(test.store.begun(), vec![Operation::Load; 20], "all of them wait in the store");
        assert_eq!(test.board.health().expect("an answer").kept, 0);
        test.store.release();
        assert!(tasks.into_iter().all(|task| matches!(task.finish(), Ok(Admission::Admitted { .. }))));
    }
}

#[test]
fn failures_of_one_target_wait_for_its_writer_and_are_written_in_one_swap() {
    for &engine in ENGINES {
        let test = TestBoard::with(engine, r#"{"defaults": {"fail_max": 100}}"#, |builder| builder);
        let report = failure();
        let targets = [db(), db(), db(), db()];
        test.store.hold(Held::Swaps);
        let mut settles: Vec<_> = targets.iter().map(|db| Task::start(test.board.settle_async(db, None, &report))).collect();
        let swaps = |begun: Vec<Operation>| begun.into_iter().filter(|operation| *operation == Operation::Swap).count();
        assert_eq!(swaps(test.store.begun()), 1, "the first one is the writer");
        let waiting = settles.split_off(1);
        let before: Vec<_> = waiting.iter().map(Task::wakes).collect();
        test.store.release();
        let first = settles.pop().expect("the writer").finish().expect("a verdict");
        assert_eq!(written(&first), Written::Stored);
        assert!(waiting.iter().zip(before).any(|(task, before)| task.wakes() > before), "the next writer is woken");
        for settle in waiting {
            assert_eq!(written(&settle.finish().expect("a verdict")), Written::Stored);
        }
        // The next writer's own load came late, so its first swap is a conflict.
        assert_eq!(swaps(test.store.begun()), 2, "the others are a group");
        assert_eq!(test.circuit().failure_streak, 4);
    }
}

/// Panics from now on, if it is set.
#[derive(Default)]
struct PanickingWaker(AtomicBool);

impl Wake for PanickingWaker {
    fn wake(self: Arc<Self>) {
        assert!(!self.0.load(Ordering::Relaxed), "a fault of the executor");
    }
}

#[test]
fn a_waker_that_panics_does_not_end_the_request_that_wakes_it() {
    for &engine in ENGINES {
        let errors = Arc::<Mutex<Vec<String>>>::default();
        let writer = Arc::clone(&errors);
        let listener = move |error: &Error| writer.lock().unwrap().push(error.to_string());
        let test = TestBoard::with(engine, r#"{"defaults": {"fail_max": 100}}"#, |builder| builder.error_listener(listener));
        let report = failure();
        let (both, db) = (db().resolver("r"), db());
        test.store.hold(Held::Swaps);
        let settle = Task::start(test.board.settle_async(&both, None, &report));
        let mut woken = pin!(test.board.settle_async(&db, None, &report));
        let waker = Arc::<PanickingWaker>::default();
        assert!(woken.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&waker)))).is_pending(), "another one swaps");
        test.store.release();
        waker.0.store(true, Ordering::Relaxed);
        let Settlement::Verdict(verdict) = settle.finish().expect("a verdict") else { panic!("no lease") };
        assert_eq!(verdict.resolver.map(|resolver| resolver.written), Some(Written::Stored));
        let other = Target::name("other").resolver("r");
        let Settlement::Verdict(verdict) = block_on(test.board.settle_async(&other, None, &report)).expect("a verdict") else {
            panic!("no lease")
        };
        assert_eq!(verdict.resolver.map(|resolver| resolver.written), Some(Written::Stored), "the circuit has no writer");
        assert_eq!(written(&block_on(woken).expect("a verdict")), Written::Stored);
        assert!(errors.lock().unwrap().iter().all(|error| error.contains("waker panicked")) && !errors.lock().unwrap().is_empty());
    }
}

#[test]
fn an_allow_without_an_answer_in_time_is_decided_by_the_outage_rule() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        test.store.hold(Held::All);
        let db = db();
        let allow = Task::start(test.board.allow_async(&db));
        test.store.let_time_pass();
        assert!(matches!(allow.finish(), Ok(Admission::Admitted { .. })));
        assert!(test.board.health().expect("health").storage_lost_since_ms.is_some());
    }
}

#[test]
fn a_swap_without_an_answer_in_time_is_unknown() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        let report = failure();
        let db = db();
        test.store.hold(Held::Answers);
        let settle = Task::start(test.board.settle_async(&db, None, &report));
        test.store.let_time_pass();
        // The record is read again, and has the write.
        assert_eq!(written(&settle.finish().expect("a verdict")), Written::Stored);
        assert_eq!(test.store.begun(), [Operation::Load, Operation::Swap, Operation::Load]);
    }
}

#[test]
fn what_a_caller_has_waited_counts_against_its_deadline() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        let db = db();
        block_on(test.board.allow_async(&db)).expect("an answer");
        // The board repeats the load by which the engine knows that there is no record.
        test.store.hold(Held::All);
        let allow = Task::start(test.board.allow_async(&db));
        let written = test.store.store.compare_and_swap("n:db", None, "not a record", None, Millis(100));
        assert!(matches!(written, Ok(Swap::Stored(_))));
        test.clock.advance(Millis(200));
        test.store.release();
        assert!(matches!(allow.finish(), Ok(Admission::Admitted { .. })));
        assert_eq!(test.store.within(), Millis(50), "what is left of 250 ms");
    }
}

#[test]
fn a_store_that_calls_its_own_board_receives_an_error() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        test.store.call_in_loads(&test.board);
        assert!(matches!(block_on(test.board.allow_async(&db())), Ok(Admission::Admitted { .. })));
        let errors = test.store.errors_of_calls();
        assert!(errors.len() == 1 && errors[0].contains("called its own board"), "{errors:?}");
    }
}
