//! Passes signals from notify's thread to the thread of the watch.

use super::files::FileChange;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Default)]
pub(super) struct Signals {
    pending: Mutex<Pending>,
    added: Condvar,
}

#[derive(Default)]
struct Pending {
    /// The last change of each file.
    changes: Vec<FileChange>,
    failure: Option<String>,
    ended: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Changed(Vec<FileChange>),
    Failed(String),
    Ended,
    /// There was none within the time.
    TimedOut,
}

impl Signals {
    pub(super) fn change(&self, changes: Vec<FileChange>) {
        self.update(|pending| {
            pending.changes.retain(|earlier| changes.iter().all(|change| change.file != earlier.file));
            pending.changes.extend(changes);
        });
    }

    pub(super) fn fail(&self, why: String) {
        self.update(|pending| pending.failure = Some(why));
    }

    pub(super) fn end(&self) {
        self.update(|pending| pending.ended = true);
    }

    /// Waits for the next signal, without a limit or at most for a time. The end comes first, then a failure, then changes.
    pub(super) fn wait(&self, wait_max: Option<Duration>) -> Signal {
        let deadline = wait_max.map(|wait| Instant::now() + wait);
        let mut pending = self.pending();
        loop {
            if let Some(signal) = pending.take() {
                return signal;
            }
            let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            pending = match rest {
                None => self.added.wait(pending).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Signal::TimedOut,
                Some(rest) => self.added.wait_timeout(pending, rest).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    fn update(&self, add: impl FnOnce(&mut Pending)) {
        add(&mut self.pending());
        self.added.notify_all();
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    fn take(&mut self) -> Option<Signal> {
        if self.ended {
            return Some(Signal::Ended);
        }
        let failure = self.failure.take().map(Signal::Failed);
        failure.or_else(|| (!self.changes.is_empty()).then(|| Signal::Changed(std::mem::take(&mut self.changes))))
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::ChangeKind;
    use super::*;

    fn change(file: usize, kind: ChangeKind) -> FileChange {
        FileChange { file, kind }
    }

    #[test]
    fn changes_of_each_file_are_one_signal_with_the_last_one() {
        let signals = Signals::default();
        (0..100).for_each(|_| signals.change(vec![change(0, ChangeKind::Written)]));
        signals.change(vec![change(1, ChangeKind::Written), change(0, ChangeKind::Replaced)]);
        let expected = vec![change(1, ChangeKind::Written), change(0, ChangeKind::Replaced)];
        assert_eq!(signals.wait(None), Signal::Changed(expected));
        assert_eq!(signals.wait(Some(Duration::ZERO)), Signal::TimedOut);
    }

    #[test]
    fn the_end_comes_before_failures_and_changes() {
        let signals = Signals::default();
        signals.change(vec![change(0, ChangeKind::Written)]);
        signals.fail("lost".to_owned());
        assert_eq!(signals.wait(None), Signal::Failed("lost".to_owned()));
        signals.end();
        assert_eq!(signals.wait(None), Signal::Ended);
    }
}
