//! A guarded call within a guarded call. The refusal of the inner guard does not count on the outer circuit.

use fuseboard_host::{Board, CallError, Leases, ManualClock, Target, report_with};
use std::fmt;

const FAIL_MAX: u32 = 3;

/// What a client library returns that guards its calls by itself.
#[derive(Debug)]
struct ClientError(CallError<fmt::Error>);

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no page: {}", self.0)
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn board() -> Board {
    let config = format!(r#"{{"defaults": {{"fail_max": {FAIL_MAX}}}}}"#);
    let builder = Board::builder().document("test.json", &config);
    builder.clock(ManualClock::default()).leases(Leases::Off).build().expect("a good configuration")
}

fn inner() -> Target {
    Target::name("inner")
}

fn outer() -> Target {
    Target::name("outer")
}

/// A guarded call that always fails, so that its own circuit opens after `FAIL_MAX` calls.
fn fetch(board: &Board) -> Result<(), ClientError> {
    board.call(&inner(), || Err(fmt::Error)).map_err(ClientError)
}

/// Opens the inner circuit by calls that the outer circuit does not guard.
fn open_inner(board: &Board) {
    for _ in 0..FAIL_MAX {
        assert!(matches!(fetch(board), Err(ClientError(CallError::Failed(_)))));
    }
    assert!(matches!(fetch(board), Err(ClientError(CallError::Refused(_)))));
}

fn streak(board: &Board) -> u32 {
    board.status(&outer()).unwrap().circuit.failure_streak
}

#[test]
fn refusals_of_an_inner_guard_do_not_move_the_outer_circuit() {
    let board = board();
    open_inner(&board);
    for _ in 0..10 {
        let called = board.call(&outer(), || fetch(&board));
        assert!(matches!(called, Err(CallError::Failed(ClientError(CallError::Refused(_))))));
    }
    assert_eq!(streak(&board), 0);
}

#[test]
fn refusals_of_an_inner_board_do_not_move_the_outer_circuit_of_a_future() {
    let (board, client) = (board(), self::board());
    open_inner(&client);
    for _ in 0..10 {
        let called = futures_lite::future::block_on(board.call_async(&outer(), async { fetch(&client) }));
        assert!(matches!(called, Err(CallError::Failed(ClientError(CallError::Refused(_))))));
    }
    assert_eq!(streak(&board), 0);
}

#[test]
fn refusals_within_anyhow_are_neutral_by_the_recipe() {
    let board = board();
    open_inner(&board);
    let work = || fetch(&board).map_err(|error| anyhow::Error::new(error).context("load the start page"));
    for _ in 0..10 {
        let called = board.call_reported(&outer(), work, |result| report_with(result, |error| error.as_ref()));
        assert!(matches!(called, Err(CallError::Failed(_))));
    }
    assert_eq!(streak(&board), 0);
}

#[test]
fn failures_of_an_inner_call_that_was_made_count_on_both_circuits() {
    let board = board();
    for _ in 0..FAIL_MAX - 1 {
        assert!(matches!(board.call(&outer(), || fetch(&board)), Err(CallError::Failed(ClientError(CallError::Failed(_))))));
    }
    assert_eq!(streak(&board), FAIL_MAX - 1);
}
