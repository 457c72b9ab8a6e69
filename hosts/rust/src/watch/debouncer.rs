//! Combines the changes that one thread reports into one, for which another thread waits.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A file may be written in several steps. It counts as changed this long after the last step.
const QUIET: Duration = Duration::from_millis(100);
/// A file that is written all the time counts as changed after this long.
const LONGEST: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Debouncer {
    state: Mutex<State>,
    signal: Condvar,
}

#[derive(Default)]
struct State {
    change: Option<Change>,
    failure: Option<String>,
    ended: bool,
}

/// The first and the last change since the previous wait returned.
#[derive(Clone, Copy)]
struct Change {
    first: Instant,
    last: Instant,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Changed,
    Failed(String),
    Ended,
}

impl Debouncer {
    pub(super) fn change(&self) {
        let now = Instant::now();
        self.update(|state| state.change = Some(Change { first: state.change.map_or(now, |change| change.first), last: now }));
    }

    pub(super) fn fail(&self, why: String) {
        self.update(|state| state.failure = Some(why));
    }

    pub(super) fn end(&self) {
        self.update(|state| state.ended = true);
    }

    /// Waits for the next signal: the end first, then a failure, then a change that has settled.
    pub(super) fn wait(&self) -> Signal {
        let mut state = self.state();
        loop {
            if state.ended {
                return Signal::Ended;
            }
            if let Some(why) = state.failure.take() {
                return Signal::Failed(why);
            }
            let Some(Change { first, last }) = state.change else {
                state = self.signal.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let rest = (last + QUIET).min(first + LONGEST).saturating_duration_since(Instant::now());
            if rest.is_zero() {
                state.change = None;
                return Signal::Changed;
            }
            state = self.signal.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.signal.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_changes_are_one_signal_after_a_quiet_time() {
        let debouncer = Debouncer::default();
        let began = Instant::now();
        (0..100).for_each(|_| debouncer.change());
        assert_eq!(debouncer.wait(), Signal::Changed);
        assert!(began.elapsed() >= QUIET);
        debouncer.end();
        assert_eq!(debouncer.wait(), Signal::Ended, "the changes were one signal");
    }

    #[test]
    fn changes_that_never_stop_are_signalled_after_a_limit() {
        let debouncer = Debouncer::default();
        let first = Instant::now().checked_sub(LONGEST).expect("the system has been up for a second");
        debouncer.state().change = Some(Change { first, last: first });
        debouncer.change();
        let began = Instant::now();
        assert_eq!(debouncer.wait(), Signal::Changed);
        assert!(began.elapsed() < QUIET, "it waited for a quiet time");
    }

    #[test]
    fn the_end_comes_before_failures_and_changes() {
        let debouncer = Debouncer::default();
        debouncer.change();
        debouncer.fail("lost".to_owned());
        assert_eq!(debouncer.wait(), Signal::Failed("lost".to_owned()));
        debouncer.end();
        assert_eq!(debouncer.wait(), Signal::Ended);
    }
}
