//! Requests whose threads wait for other requests of the same engine.

use fuseboard::{Need, RequestStep, Token};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The requests of one engine that wait for others.
#[derive(Default)]
pub(super) struct ParkedRequests {
    waiting: Vec<(Token, Arc<ParkedRequest>)>,
}

/// A request that waits until others of its engine have gone on.
#[derive(Default)]
pub(super) struct ParkedRequest {
    state: Mutex<ParkState>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum ParkState {
    #[default]
    Waits,
    MayGoOn,
}

impl ParkedRequests {
    /// Wakes the requests that may go on because of a step. Adds the request itself if it has to wait.
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
            self.waiting.swap_remove(at).1.wake();
        }
    }

    /// Ends all waits, because the engine that the requests were made to is gone.
    pub(super) fn end_all(&mut self) {
        self.waiting.drain(..).for_each(|(_, parked)| parked.wake());
    }
}

impl ParkedRequest {
    fn wake(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = ParkState::MayGoOn;
        self.changed.notify_all();
    }

    /// Waits until the request may go on, at most for so long.
    pub(super) fn wait(&self, at_most: Duration) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_timeout_while(state, at_most, |state| *state == ParkState::Waits));
    }
}
