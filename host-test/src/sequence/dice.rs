use fastrand::Rng;

/// Chance, decided by a seed.
pub(super) struct Dice(Rng);

impl Dice {
    pub(super) fn of(seed: u64) -> Dice {
        Dice(Rng::with_seed(seed))
    }

    /// Once in so many times.
    pub(super) fn one_in(&mut self, times: u32) -> bool {
        self.0.u32(..times.max(1)) == 0
    }

    /// Less than this.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0.usize(..end.max(1))
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// One of a list, now and then none.
    pub(super) fn maybe<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        if self.one_in(2) { None } else { Some(self.pick(of)) }
    }

    pub(super) fn any(&mut self) -> u64 {
        self.0.u64(..)
    }
}
