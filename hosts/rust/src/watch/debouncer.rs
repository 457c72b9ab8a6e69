//! Decides when changed files may be read. Time and the state of the files are arguments.

use super::files::{ChangeKind, FileChange};
use super::snapshot::Snapshot;
use std::time::{Duration, Instant};

/// A file may be written in several steps. It may be read once it has not changed for this long.
const STILL: Duration = Duration::from_secs(1);
/// Time between two snapshots of a file.
const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(100);

/// The changed files that have not been read yet.
#[derive(Default)]
pub(super) struct Debouncer {
    unread: Vec<(usize, FileState)>,
    next_snapshots: Option<Instant>,
}

enum FileState {
    Complete,
    /// The last snapshot, and when it was first taken.
    Writing(Option<(Snapshot, Instant)>),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// No file has changed.
    Nothing,
    /// Call `next` again after this time.
    Wait(Duration),
    /// All files may be read now.
    Read,
}

impl FileState {
    fn is_still(&self, now: Instant) -> bool {
        match self {
            FileState::Complete => true,
            FileState::Writing(last) => last.as_ref().is_some_and(|(_, since)| now.saturating_duration_since(*since) >= STILL),
        }
    }
}

impl Debouncer {
    pub(super) fn add(&mut self, change: FileChange) {
        let position = self.unread.iter().position(|(file, _)| *file == change.file);
        let earlier = position.map(|position| self.unread.swap_remove(position).1);
        let state = match (change.kind, earlier) {
            (ChangeKind::Replaced, _) => FileState::Complete,
            (ChangeKind::Written, Some(FileState::Writing(last))) => FileState::Writing(last),
            (ChangeKind::Written, _) => FileState::Writing(None),
        };
        self.unread.push((change.file, state));
    }

    /// Takes snapshots of the files that are being written. All files are read together, so each waits for the others.
    pub(super) fn next(&mut self, now: Instant, mut snapshot: impl FnMut(usize) -> Snapshot) -> Next {
        if self.unread.is_empty() {
            return Next::Nothing;
        }
        if self.unread.iter().any(|(_, state)| matches!(state, FileState::Writing(_))) {
            let rest = self.next_snapshots.map_or(Duration::ZERO, |next| next.saturating_duration_since(now));
            if !rest.is_zero() {
                return Next::Wait(rest);
            }
            self.next_snapshots = Some(now + SNAPSHOT_INTERVAL);
            for (file, state) in &mut self.unread {
                let FileState::Writing(last) = state else { continue };
                let new = snapshot(*file);
                if last.as_ref().is_none_or(|(last, _)| *last != new) {
                    *last = Some((new, now));
                }
            }
        }
        if !self.unread.iter().all(|(_, state)| state.is_still(now)) {
            return Next::Wait(SNAPSHOT_INTERVAL);
        }
        self.unread.clear();
        Next::Read
    }
}

#[cfg(test)]
#[path = "debouncer_tests.rs"]
mod tests;
