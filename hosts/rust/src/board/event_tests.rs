//! How events reach the caller and the listeners.

use super::event_dispatcher::{EventDispatcher, Listener};
use super::fake_answers::{db, refused};
use super::fake_engine::TestBoard;
use super::fake_script::Scripted;
use super::on_engine_error::OnEngineError;
use super::store_kind::StoreKind;
use fuseboard::{Cause, Decision, Event, EventKind, Scope, Target};
use std::sync::{Arc, Mutex};

type Generations = Arc<Mutex<Vec<u64>>>;

/// A board, and the generations of the events that its listener received.
fn listening(instances: usize) -> (TestBoard, Generations) {
    let received = Generations::default();
    let writer = Arc::clone(&received);
    let listener: Listener = Box::new(move |event| writer.lock().unwrap().push(event.generation));
    let events = EventDispatcher::new(vec![listener], Vec::new());
    (TestBoard::with(instances, StoreKind::Immediate, events, OnEngineError::Refuse), received)
}

fn decision_with_event(circuit: Scope, generation: u64) -> Scripted {
    let event = Event { circuit: Some(circuit), generation, ..Event::new(EventKind::PhaseChanged, Cause::Streak, "", 0) };
    Scripted::Decide(Box::new(Decision { events: vec![event], ..refused(0) }))
}

fn returned_by_allow(board: &TestBoard, target: &Target) -> Vec<u64> {
    let (_, events) = board.inner.admit_with_events(&board.target(target)).unwrap();
    events.iter().map(|event| event.generation).collect()
}

#[test]
fn events_come_back_with_the_call_that_caused_them_and_go_to_the_listeners() {
    let (board, received) = listening(1);
    board.script(decision_with_event(Scope::name("db"), 7));
    assert_eq!(returned_by_allow(&board, &db()), [7]);
    assert_eq!(*received.lock().unwrap(), [7]);
    assert_eq!(returned_by_allow(&board, &db()), [0; 0]);
}

#[test]
fn an_event_that_two_engines_report_comes_back_once() {
    let (board, received) = listening(2);
    let target = |slot| (0..1_000).map(|n| Target::name(format!("n{n}"))).find(|target| board.target(target).slot == slot).unwrap();
    let returned = [target(0), target(1)].map(|target| {
        board.script(decision_with_event(Scope::resolver("r"), 3));
        returned_by_allow(&board, &target)
    });
    assert_eq!(returned, [vec![3], vec![]]);
    assert_eq!(*received.lock().unwrap(), [3]);
}

#[test]
fn listeners_receive_the_events_of_a_circuit_in_the_engines_order() {
    const CALLS: u64 = 2_000;
    let (board, received) = listening(1);
    for generation in 0..4 * CALLS {
        board.script(decision_with_event(Scope::name("db"), generation));
    }
    let target = board.target(&db());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..CALLS).for_each(|_| drop(board.inner.admit(&target))));
        }
    });
    assert!(received.lock().unwrap().iter().copied().eq(0..4 * CALLS));
}
