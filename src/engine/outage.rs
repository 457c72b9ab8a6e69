//! Back-off after a store failure: the store is not used for a growing time, so that callers never queue for it.

use crate::time::{Millis, Mono, Now, Wall};

const BACK_OFF_MIN: Millis = Millis(100);
const BACK_OFF_MAX: Millis = Millis(10_000);

/// Whether the store is reachable, as far as this instance knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Outage {
    #[default]
    None,
    /// The store has failed since `wall`, and last at `failed`. It is not used before `until`.
    Since { wall: Wall, failed: Mono, until: Mono, back_off: Millis, extent: Extent },
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// What the store does not do during an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// A read failed last.
    Everything,
    /// A write failed last. It is not known whether reads work.
    AtLeastWriting,
    /// Reads work, and writes do not: the store is full or read-only, for example. Only writes wait for the back-off.
    Writing,
}

/// Whether an answer or a failure changed the state of the store. Only a change is an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transition {
    Changed,
    Same,
}

impl Outage {
    /// The rest of the back-off for an operation, if it is not over.
    pub fn back_off_left(&self, access: Access, now: Mono) -> Option<Millis> {
        match self {
            Outage::Since { extent: Extent::Writing, .. } if access == Access::Read => None,
            Outage::Since { until, .. } if *until > now => Some(until.since(now)),
            _ => None,
        }
    }

    pub fn since(&self) -> Option<Wall> {
        match self {
            Outage::None => None,
            Outage::Since { wall, .. } => Some(*wall),
        }
    }

    /// An operation that began at `began` failed. Doubles the back-off, unless the operation was already under way when the store last
    /// failed: of several operations under way, only one counts.
    pub fn failed(&mut self, access: Access, began: Mono, now: Now) -> Transition {
        let extent = match (access, &self) {
            (Access::Read, _) => Extent::Everything,
            (Access::Write, Outage::Since { extent: Extent::Writing, .. }) => Extent::Writing,
            (Access::Write, _) => Extent::AtLeastWriting,
        };
        let (wall, back_off, transition) = match self {
            Outage::None => (now.wall, BACK_OFF_MIN, Transition::Changed),
            Outage::Since { failed, .. } if began <= *failed => return Transition::Same,
            Outage::Since { wall, back_off, .. } => (*wall, Millis(back_off.0.saturating_mul(2)).min(BACK_OFF_MAX), Transition::Same),
        };
        *self = Outage::Since { wall, failed: now.mono, until: now.mono.plus(back_off), back_off, extent };
        transition
    }

    /// The store answered an operation that began at `began`. Ends the outage, unless the store failed after that.
    pub fn answered(&mut self, began: Mono) -> Transition {
        match self {
            Outage::None => Transition::Same,
            Outage::Since { failed, .. } if began < *failed => Transition::Same,
            Outage::Since { .. } => {
                *self = Outage::None;
                Transition::Changed
            }
        }
    }

    /// The store answered a read that began at `began`, while outcomes wait to be written. An outage that began with a write goes on as
    /// one of writing: only a write can show that it is over.
    pub fn answered_read(&mut self, began: Mono) -> Transition {
        match self {
            Outage::Since { failed, extent: extent @ (Extent::AtLeastWriting | Extent::Writing), .. } => {
                if began >= *failed {
                    *extent = Extent::Writing;
                }
                Transition::Same
            }
            Outage::None | Outage::Since { .. } => self.answered(began),
        }
    }

    /// Nothing waits to be written any more. Ends an outage of writing, since reads work.
    pub fn nothing_to_write(&mut self) -> Transition {
        if !matches!(self, Outage::Since { extent: Extent::Writing, .. }) {
            return Transition::Same;
        }
        *self = Outage::None;
        Transition::Changed
    }
}
