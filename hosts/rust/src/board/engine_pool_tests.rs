//! What a pool promises about its locks.

use super::super::fake_answers::db;
use super::super::fake_engine::TestBoard;
use super::*;
use fuseboard::{Seen, StepAnswer};
use std::cell::Cell;
use std::sync::TryLockError;

#[test]
fn the_answer_of_a_request_is_received_while_its_engine_is_locked() {
    let board = TestBoard::new(1);
    let pool = &board.inner.engines;
    let target = db();
    let request = StepRequest::Allow { target: &target, seen: Seen::Nothing, resolver_seen: Seen::Nothing };
    let received = Cell::new(0);
    let ended = |answer: &mut StepAnswer| {
        assert!(matches!(answer, StepAnswer::Decided(_)));
        assert!(matches!(pool.pooled(0).try_lock(), Err(TryLockError::WouldBlock)), "another request could come in between");
        received.set(received.get() + 1);
    };
    pool.begin(0, Now::default().into(), &request, &ended).unwrap();
    assert_eq!(received.get(), 1);
    assert!(pool.pooled(0).try_lock().is_ok());
}
