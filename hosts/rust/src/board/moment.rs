//! A moment by the two monotonic clocks of a board: the exact one, and the coarse one that is read faster.

use fuseboard::time::{Millis, Mono};

/// The same moment by both clocks. They may begin at different times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) exact: Mono,
    pub(super) coarse: Mono,
}

/// What one of the two clocks reads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    Exact(Mono),
    Coarse(Mono),
}

impl Moment {
    pub(super) fn plus(self, wait: Millis) -> Moment {
        Moment { exact: self.exact.plus(wait), coarse: self.coarse.plus(wait) }
    }

    #[inline]
    pub(super) fn is_reached(self, now: Reading) -> bool {
        match now {
            Reading::Exact(now) => now >= self.exact,
            Reading::Coarse(now) => now >= self.coarse,
        }
    }
}
