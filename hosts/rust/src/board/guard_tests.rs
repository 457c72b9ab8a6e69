//! The rules of guards, and of calls whose engine fails.

use super::admission::Admission;
use super::call_error::{CallError, GuardError};
use super::call_report::report_of;
use super::event_dispatcher::EventDispatcher;
use super::fake_answers::{db, refused};
use super::fake_engine::TestBoard;
use super::fake_script::Scripted;
use super::guard::Guard;
use super::handle::Board;
use super::on_engine_error::OnEngineError;
use super::store_kind::StoreKind;
use fuseboard::time::Millis;
use fuseboard::{End, Outcome, Permit, Report};
use futures_lite::future::block_on;
use std::fmt;
use std::sync::{Arc, Mutex};

const ENGINE_SETTLED: &str = "settle db";

fn board_of(board: &TestBoard) -> Board {
    Board { inner: Arc::clone(&board.inner) }
}

fn guard(board: &TestBoard) -> Guard {
    let guard = board_of(board).guard(&db()).expect("admitted");
    assert_eq!(board.log(), ["allow db"]);
    guard
}

/// A board that admits calls when its engine fails, and the errors that it reported.
fn lenient_board() -> (TestBoard, Arc<Mutex<Vec<String>>>) {
    let errors = Arc::<Mutex<Vec<String>>>::default();
    let reported = Arc::clone(&errors);
    let listener = move |error: &crate::Error| reported.lock().unwrap().push(error.to_string());
    let events = EventDispatcher::new(Vec::new(), vec![Box::new(listener)]);
    (TestBoard::with(1, StoreKind::Immediate, events, OnEngineError::Admit), errors)
}

#[test]
fn a_guard_is_settled_once_with_the_time_that_passed() {
    let board = TestBoard::new(1);
    let settled = |settle: fn(Guard)| {
        let guard = guard(&board);
        board.clock.advance(Millis(7));
        settle(guard);
        board.log()
    };
    assert_eq!(settled(Guard::success), ["settle db Returned Some(7000000)"]);
    assert_eq!(settled(|guard| guard.failure(&fmt::Error)), ["settle db Raised([\"core.fmt.Error\"]) Some(7000000)"]);
    let neutral = |guard: Guard| guard.report(Report { elapsed_ns: Some(1), ..Report::new(End::counted(Outcome::Neutral)) });
    assert_eq!(settled(neutral), ["settle db Counted { outcome: Neutral, what: None } Some(1)"]);
}

#[test]
fn a_guard_that_is_dropped_unsettled_is_cancelled_with_the_time_that_passed() {
    let board = TestBoard::new(1);
    let guard = guard(&board);
    board.clock.advance(Millis(7));
    drop(guard);
    assert_eq!(board.log(), ["settle db Cancelled Some(7000000)"]);
}

#[test]
fn a_refused_guard_holds_the_refusal_and_settles_nothing() {
    let board = TestBoard::new(1);
    board.script(Scripted::Decide(Box::new(refused(0))));
    assert!(matches!(board_of(&board).guard(&db()), Err(GuardError::Refused(_))));
    assert_eq!(board.log(), ["allow db"]);
}

#[test]
fn a_guard_keeps_its_board_alive_until_it_is_settled() {
    let board = TestBoard::new(1);
    let guard = guard(&board);
    let script = Arc::clone(&board.script);
    drop(board);
    guard.success();
    assert_eq!(*script.log.lock().unwrap(), ["settle db Returned Some(0)", "flush 0"]);
}

#[test]
fn an_async_guard_is_settled_or_cancelled_inline_or_on_the_pool() {
    for store_kind in [StoreKind::Immediate, StoreKind::Blocking] {
        let board = TestBoard::with(1, store_kind, EventDispatcher::default(), OnEngineError::Refuse);
        block_on(async {
            let guard = board_of(&board).guard_async(&db()).await.expect("admitted");
            board.clock.advance(Millis(7));
            guard.failure(&fmt::Error).await;
        });
        assert_eq!(board.log(), ["allow db", "settle db Raised([\"core.fmt.Error\"]) Some(7000000)"]);
    }
    let board = TestBoard::new(1);
    drop(block_on(board_of(&board).guard_async(&db())).expect("admitted"));
    assert_eq!(board.log(), ["allow db", "settle db Cancelled Some(0)"]);
}

#[test]
fn an_engine_that_fails_admits_the_call_unguarded_and_is_reported() {
    for failure in [Scripted::Stop, Scripted::Panic] {
        let (board, errors) = lenient_board();
        board.script(failure);
        let admission = board.allow(&db()).expect("no fault of the engine refuses a call");
        assert_eq!(admission, Admission::Admitted { permit: Permit::default(), would_refuse: None }, "its outcome counts nowhere");
        assert_eq!(errors.lock().unwrap().len(), 1, "{errors:?}");
        let called: Result<u8, CallError<fmt::Error>> = board.call(|| Ok(1));
        assert!(matches!(called, Ok(1)));
        assert!(board.log().iter().any(|line| line.starts_with(ENGINE_SETTLED)), "the engine was restarted");
    }
}

#[test]
fn a_problem_is_the_callers_fault_and_admits_nothing() {
    let (board, errors) = lenient_board();
    board.script(Scripted::Problem);
    assert!(board.allow(&db()).is_err_and(|error| error.problem().is_some()));
    assert!(errors.lock().unwrap().is_empty());
}

#[test]
fn a_board_may_refuse_calls_when_its_engine_fails() {
    let board = TestBoard::new(1);
    board.script(Scripted::Stop);
    let target = board.target(&db());
    let called = board.inner.call(&target, || -> Result<(), fmt::Error> { panic!("not to be called") }, report_of);
    assert!(matches!(called, Err(CallError::Board(error)) if error.is_engine_stopped()));
}
