//! Synchronous calls of a board with an asynchronous store.

use crate::boards::{ENGINES, TestBoard, db, failure, written};
use crate::controlled_store::{ControlledStore, Held};
use fuseboard_host::{Admission, Board, OnStart, Written};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_synchronous_call_blocks_until_another_thread_lets_the_store_answer() {
    for &engine in ENGINES {
        let test = TestBoard::new(engine);
        test.store.hold(Held::All);
        thread::scope(|scope| {
            let call = scope.spawn(|| {
                let permit = test.board.allow(&db()).expect("an answer").into_result().expect("admitted");
                test.board.settle(&db(), Some(&permit), &failure()).expect("a verdict")
            });
            // A load and a swap.
            test.store.let_through(2);
            assert_eq!(written(&call.join().expect("no panic")), Written::Stored);
        });
    }
}

#[test]
fn a_synchronous_call_ends_with_its_budget_if_nobody_drives_the_store() {
    for &engine in ENGINES {
        let document = r#"{"defaults": {"sharing": {"storage_budget_ms": 50}}}"#;
        let test = TestBoard::with(engine, document, |builder| builder.clock(fuseboard_host::SystemClock::new()));
        test.store.hold(Held::All);
        let start = Instant::now();
        assert!(matches!(test.board.allow(&db()), Ok(Admission::Admitted { .. })));
        assert!(start.elapsed() >= Duration::from_millis(50));
        assert!(test.board.health().expect("health").storage_lost_since_ms.is_some());
    }
}

#[test]
fn a_board_reads_an_asynchronous_store_at_its_start_if_it_is_told_to() {
    let store = ControlledStore::default();
    let board = Board::builder().engine(ENGINES[0]).async_store(store.clone()).on_start(OnStart::Fail).build();
    assert!(board.is_ok() && store.begun().len() == 1);
}
