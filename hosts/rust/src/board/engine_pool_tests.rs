//! What a pool promises about its locks.

use super::super::event_dispatcher::ErrorListener;
use super::super::fake_answers::db;
use super::super::fake_engine::TestBoard;
use super::*;
use fuseboard::time::Millis;
use fuseboard::{Need, RequestStep, Seen, StepAnswer};
use std::cell::Cell;
use std::sync::TryLockError;
use std::task::{Context, Wake, Waker};

struct CountingWaker(AtomicUsize);

impl Wake for CountingWaker {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("a fault of the executor")
    }
}

#[test]
fn each_task_is_woken_although_the_wakers_of_others_panic() {
    let errors = Arc::<Mutex<Vec<String>>>::default();
    let writer = Arc::clone(&errors);
    let listener: ErrorListener = Box::new(move |error| writer.lock().unwrap().push(error.to_string()));
    let board = TestBoard::observed(Vec::new(), vec![listener]);
    let pool = &board.inner.engines;
    let woken = Arc::new(CountingWaker(AtomicUsize::new(0)));
    let mut pooled = pool.lock(0);
    for token in 0..3 {
        let step = RequestStep { need: Need::Wait(Token(token), Millis(1)), woken: Vec::new() };
        let parked = pooled.parked.take(&step).unwrap();
        assert!(parked.poll(&Context::from_waker(&Waker::from(Arc::clone(&woken)))).is_pending());
    }
    pooled.parked.end_all();
    pool.unlock(pooled);
    assert_eq!(woken.0.load(Ordering::Relaxed), 3);
    board.inner.dispatch(&[]);
    board.inner.dispatch(&[]);
    assert!(matches!(errors.lock().unwrap().as_slice(), [error] if error.contains("waker panicked")));
}

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
