//! Guarded calls, `flush_async` and `close`.

use crate::boards::{ENGINES, Task, TestBoard, db, failure};
use crate::controlled_store::Held;
use fuseboard_host::time::Millis;
use fuseboard_host::{CallError, Operation, Phase};
use futures_lite::future::block_on;
use std::time::Duration;

#[test]
fn guarded_calls_are_admitted_and_settled_by_the_asynchronous_store() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        for _ in 0..2 {
            let failed = block_on(test.board.call_async(&db(), async { Err::<(), _>("x".parse::<u8>().expect_err("no number")) }));
            assert!(matches!(failed, Err(CallError::Failed(_))));
        }
        let refused = block_on(test.board.call_async(&db(), async { Ok::<_, std::io::Error>(()) }));
        assert!(matches!(refused, Err(CallError::Refused(_))));
        assert_eq!(test.circuit().phase, Phase::Open);
    }
}

#[test]
fn a_flush_waits_for_the_store_as_a_future_and_may_be_dropped() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        let (db, report) = (db(), failure());
        test.store.hold(Held::All);
        drop(Task::start(test.board.settle_async(&db, None, &report)));
        drop(Task::start(test.board.flush_async(Duration::from_secs(1))));
        assert_eq!(test.kept(), 1, "a dropped flush keeps what it has not written");
        let flush = Task::start(test.board.flush_async(Duration::from_secs(1)));
        test.store.release();
        assert_eq!(flush.finish().expect("an answer").kept, 0);
        assert_eq!(test.circuit().failure_streak, 1);
    }
}

#[test]
fn a_closed_board_writes_nothing_more_when_it_is_dropped() {
    for &engine in ENGINES {
        let TestBoard { board, store, clock } = TestBoard::new(engine);
        let (db, report) = (db(), failure());
        store.hold(Held::All);
        drop(Task::start(board.settle_async(&db, None, &report)));
        let another = board.clone();
        let close = Task::start(board.close());
        store.let_time_pass();
        assert_eq!(close.finish().expect("an answer").kept, 1, "the store does not answer");
        store.begun();
        store.release();
        // The engine would use the store again.
        clock.advance(Millis::from_secs(60));
        drop(another);
        assert_eq!(store.begun(), [], "the drop does not use the store");
    }
}

#[test]
fn a_board_that_is_not_closed_writes_when_it_is_dropped() {
    for &engine in ENGINES {
        let TestBoard { board, store, .. } = TestBoard::new(engine);
        let (db, report) = (db(), failure());
        store.hold(Held::All);
        drop(Task::start(board.settle_async(&db, None, &report)));
        store.release();
        store.begun();
        drop(board);
        assert_eq!(store.begun(), [Operation::Load, Operation::Swap]);
    }
}
