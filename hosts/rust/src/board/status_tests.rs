//! The status of a target over several engines.

use super::event_dispatcher::{ErrorListener, EventDispatcher};
use super::fake_answers::db;
use super::fake_engine::TestBoard;
use super::handle::Board;
use super::on_engine_error::OnEngineError;
use super::store_kind::StoreKind;
use fuseboard::Target;
use std::sync::{Arc, Mutex};

/// A board of three engines, and the errors that its listener received.
fn board() -> (TestBoard, Board, Arc<Mutex<Vec<String>>>) {
    let errors = Arc::<Mutex<Vec<String>>>::default();
    let writer = Arc::clone(&errors);
    let listener: ErrorListener = Box::new(move |error| writer.lock().unwrap().push(error.to_string()));
    let test = TestBoard::with(3, StoreKind::Immediate, EventDispatcher::new(Vec::new(), vec![listener]), OnEngineError::Refuse);
    let board = Board { inner: Arc::clone(&test.inner) };
    (test, board, errors)
}

fn slot(test: &TestBoard, target: &Target) -> usize {
    test.target(target).slot
}

#[test]
fn only_the_engine_that_serves_a_target_is_asked_for_its_status_and_health() {
    let (test, board, _) = board();
    assert_eq!(board.status(&db()).unwrap().circuit.refused, 1);
    let own = slot(&test, &db());
    assert_eq!(test.log(), [format!("status {own}"), format!("health {own}")]);
}

#[test]
fn the_engines_count_the_refusals_of_a_resolver_together() {
    let (_, board, _) = board();
    let status = board.status(&db().resolver("r")).unwrap();
    assert_eq!((status.circuit.refused, status.resolver.unwrap().refused), (1, 3));
}

#[test]
fn another_engine_that_stops_does_not_fail_the_status() {
    let (test, board, errors) = board();
    let target = db().resolver("r");
    let other = (slot(&test, &target) + 1) % 3;
    test.script.status_stops.lock().unwrap().push(other);
    assert_eq!(board.status(&target).unwrap().resolver.unwrap().refused, 2, "a stopped engine has lost its count");
    assert_eq!(errors.lock().unwrap().len(), 1);
}
