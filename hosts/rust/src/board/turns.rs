//! Requests of one engine that wait for their turn to write a record.

use fuseboard::{Need, RequestStep, Token};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The requests of one engine that wait for others.
#[derive(Default)]
pub(super) struct Turns {
    waiting: Vec<(Token, Arc<Turn>)>,
}

/// Where the thread of a request waits until its turn comes.
#[derive(Default)]
pub(super) struct Turn {
    state: Mutex<TurnState>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum TurnState {
    #[default]
    Waits,
    Came,
}

impl Turns {
    /// Wakes the requests that may go on because of a step. Adds the request itself if it has to wait.
    pub(super) fn take(&mut self, step: &RequestStep) -> Option<Arc<Turn>> {
        for token in &step.woken {
            self.end(*token);
        }
        let Need::Wait(token, _) = step.need else { return None };
        let turn = Arc::new(Turn::default());
        self.waiting.push((token, Arc::clone(&turn)));
        Some(turn)
    }

    /// Ends the wait of one request.
    pub(super) fn end(&mut self, token: Token) {
        if let Some(at) = self.waiting.iter().position(|(waiting, _)| *waiting == token) {
            self.waiting.swap_remove(at).1.come();
        }
    }

    /// Ends all waits, because the engine that the requests were made to is gone.
    pub(super) fn end_all(&mut self) {
        self.waiting.drain(..).for_each(|(_, turn)| turn.come());
    }
}

impl Turn {
    fn come(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = TurnState::Came;
        self.changed.notify_all();
    }

    /// Waits until the turn comes, at most for so long.
    pub(super) fn wait(&self, at_most: Duration) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_timeout_while(state, at_most, |state| *state == TurnState::Waits));
    }
}
