//! Requests whose threads or tasks wait for other requests of the same engine.

use fuseboard::{Need, RequestStep, Token};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// The requests of one engine that wait for others.
#[derive(Default)]
pub(super) struct ParkedRequests {
    waiting: Vec<(Token, Arc<ParkedRequest>)>,
    wakers: Vec<Waker>,
}

/// A request that waits until others of its engine have gone on: a thread by [`wait`](ParkedRequest::wait), a task by
/// [`poll`](ParkedRequest::poll).
#[derive(Default)]
pub(super) struct ParkedRequest {
    state: Mutex<ParkState>,
    changed: Condvar,
}

#[derive(Default)]
enum ParkState {
    #[default]
    Waits,
    /// A task waits.
    WaitsAs(Waker),
    MayGoOn,
}

impl ParkedRequests {
    /// Ends the waits of requests that may go on because of a step. Adds the request itself if it has to wait.
    pub(super) fn take(&mut self, step: &RequestStep) -> Option<Arc<ParkedRequest>> {
        for token in &step.woken {
            self.end(*token);
        }
        let Need::Wait(token, _) = step.need else { return None };
        let parked = Arc::new(ParkedRequest::default());
        self.waiting.push((token, Arc::clone(&parked)));
        Some(parked)
    }

    /// Ends the wait of one request.
    pub(super) fn end(&mut self, token: Token) {
        if let Some(at) = self.waiting.iter().position(|(waiting, _)| *waiting == token) {
            let ended = self.waiting.swap_remove(at).1.end();
            self.wakers.extend(ended);
        }
    }

    /// Ends all waits, because the engine that the requests were made to is gone.
    pub(super) fn end_all(&mut self) {
        self.wakers.extend(self.waiting.drain(..).filter_map(|(_, parked)| parked.end()));
    }

    /// Takes the tasks whose waits have ended. Wake them when the engine is not locked any more: a waker may run any code.
    #[inline]
    pub(super) fn take_wakers(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.wakers)
    }
}

impl ParkedRequest {
    fn state(&self) -> MutexGuard<'_, ParkState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the wait. Returns the waker of a task.
    fn end(&self) -> Option<Waker> {
        let before = std::mem::replace(&mut *self.state(), ParkState::MayGoOn);
        self.changed.notify_all();
        if let ParkState::WaitsAs(waker) = before { Some(waker) } else { None }
    }

    /// Waits until the request may go on, at most for so long.
    pub(super) fn wait(&self, at_most: Duration) {
        drop(self.changed.wait_timeout_while(self.state(), at_most, |state| !matches!(state, ParkState::MayGoOn)));
    }

    /// Whether the request may go on. If not, the task is woken then.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<()> {
        // Wakers are cloned and dropped while the state is not locked: they may run any code.
        let waker = context.waker().clone();
        let mut state = self.state();
        if matches!(*state, ParkState::MayGoOn) {
            return Poll::Ready(());
        }
        let before = std::mem::replace(&mut *state, ParkState::WaitsAs(waker));
        drop(state);
        drop(before);
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Weak;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::Wake;

    /// A waker whose drop notes whether the request was locked.
    struct Dropped {
        parked: Weak<ParkedRequest>,
        was_locked: Arc<AtomicBool>,
    }

    impl Wake for Dropped {
        fn wake(self: Arc<Self>) {}
    }

    impl Drop for Dropped {
        fn drop(&mut self) {
            let was_locked = self.parked.upgrade().is_some_and(|parked| parked.state.try_lock().is_err());
            self.was_locked.fetch_or(was_locked, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_waker_that_another_one_replaces_is_dropped_while_its_request_is_not_locked() {
        let (parked, was_locked) = (Arc::<ParkedRequest>::default(), Arc::<AtomicBool>::default());
        for _ in 0..2 {
            let waker = Dropped { parked: Arc::downgrade(&parked), was_locked: Arc::clone(&was_locked) };
            assert!(parked.poll(&Context::from_waker(&Waker::from(Arc::new(waker)))).is_pending());
        }
        assert!(!was_locked.load(Ordering::Relaxed));
    }
}
