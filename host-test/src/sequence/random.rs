//! Random choices, determined by a seed.

use fastrand::Rng;

/// The source of the choices.
pub(super) struct Random(Rng);

impl Random {
    pub(super) fn with_seed(seed: u64) -> Random {
        Random(Rng::with_seed(seed))
    }

    /// True once in this many times on average.
    pub(super) fn one_in(&mut self, times: u32) -> bool {
        self.0.u32(..times.max(1)) == 0
    }

    /// A number below `end`; 0 if `end` is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0.usize(..end.max(1))
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// One of a list, or none, with equal chance.
    pub(super) fn maybe<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        if self.one_in(2) { None } else { Some(self.pick(of)) }
    }

    pub(super) fn any(&mut self) -> u64 {
        self.0.u64(..)
    }
}
