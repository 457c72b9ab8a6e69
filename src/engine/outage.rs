//! When the store fails it is left alone for a growing while, so that callers never queue for it.

use crate::time::{Millis, Mono, Wall};

const ALONE_MIN: Millis = Millis(100);
const ALONE_MAX: Millis = Millis(10_000);

/// Whether the store answers, as far as this instance knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Outage {
    #[default]
    None,
    /// Lost since then; not asked again until then.
    Since { wall: Wall, until: Mono, wait: Millis },
}

/// Whether a turn for the better or the worse is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    News,
    Known,
}

impl Outage {
    /// How long the store is still to be left alone, if it is.
    pub fn alone_for(&self, now: Mono) -> Option<Millis> {
        match self {
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

    pub fn failed(&mut self, wall: Wall, mono: Mono) -> Turn {
        let (since, wait, turn) = match self {
            Outage::None => (wall, ALONE_MIN, Turn::News),
            Outage::Since { wall, wait, .. } => (*wall, Millis(wait.0.saturating_mul(2)).min(ALONE_MAX), Turn::Known),
        };
        *self = Outage::Since { wall: since, until: mono.plus(wait), wait };
        turn
    }

    pub fn answered(&mut self) -> Turn {
        if std::mem::take(self) == Outage::None { Turn::Known } else { Turn::News }
    }
}
