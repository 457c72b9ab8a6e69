//! What one thread rings and another waits for. However often it rings, it is one thing to do.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A file is written in several steps; this long after the last one it is read.
const QUIET: Duration = Duration::from_millis(100);
/// One that never comes to rest is read all the same.
const LONGEST: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Bell {
    state: Mutex<State>,
    turned: Condvar,
}

#[derive(Default)]
struct State {
    change: Option<Change>,
    trouble: Option<String>,
    ended: bool,
}

/// When something changed first and last, since it was heard.
#[derive(Clone, Copy)]
struct Change {
    first: Instant,
    last: Instant,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rung {
    Changed,
    Trouble(String),
    Ended,
}

impl Bell {
    pub(super) fn change(&self) {
        let now = Instant::now();
        self.turn(|state| state.change = Some(Change { first: state.change.map_or(now, |change| change.first), last: now }));
    }

    pub(super) fn trouble(&self, why: String) {
        self.turn(|state| state.trouble = Some(why));
    }

    pub(super) fn end(&self) {
        self.turn(|state| state.ended = true);
    }

    /// Waits until there is something to do.
    pub(super) fn wait(&self) -> Rung {
        let mut state = self.state();
        loop {
            if state.ended {
                return Rung::Ended;
            }
            if let Some(why) = state.trouble.take() {
                return Rung::Trouble(why);
            }
            let Some(Change { first, last }) = state.change else {
                state = self.turned.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let rest = (last + QUIET).min(first + LONGEST).saturating_duration_since(Instant::now());
            if rest.is_zero() {
                state.change = None;
                return Rung::Changed;
            }
            state = self.turned.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn turn(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.turned.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_changes_are_one_and_are_heard_when_all_is_quiet() {
        let bell = Bell::default();
        let began = Instant::now();
        (0..100).for_each(|_| bell.change());
        assert_eq!(bell.wait(), Rung::Changed);
        assert!(began.elapsed() >= QUIET);
        bell.end();
        assert_eq!(bell.wait(), Rung::Ended, "nothing is left of the changes");
    }

    #[test]
    fn what_never_comes_to_rest_is_heard_all_the_same() {
        let bell = Bell::default();
        let first = Instant::now().checked_sub(LONGEST).expect("the machine runs for a second");
        bell.state().change = Some(Change { first, last: first });
        bell.change();
        let began = Instant::now();
        assert_eq!(bell.wait(), Rung::Changed);
        assert!(began.elapsed() < QUIET, "it waited for the last change");
    }

    #[test]
    fn the_end_comes_before_all_else() {
        let bell = Bell::default();
        bell.change();
        bell.trouble("lost".to_owned());
        assert_eq!(bell.wait(), Rung::Trouble("lost".to_owned()));
        bell.end();
        assert_eq!(bell.wait(), Rung::Ended);
    }
}
