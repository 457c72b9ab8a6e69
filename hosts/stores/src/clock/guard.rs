use fuseboard::Clock;
use fuseboard::time::{Mono, Wall};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A host's clock as one engine reads it: reading never panics, and the monotonic clock never goes back.
///
/// Where the inner clock panics, the last reading is returned again: the engine's contract has no error for clocks.
///
/// ```
/// use fuseboard::{Clock, time::Mono};
/// use fuseboard_stores::{ClockGuard, ManualClock};
///
/// let clock = ClockGuard::new(ManualClock::default());
/// assert_eq!(clock.mono(), Mono(0));
/// ```
#[derive(Debug)]
pub struct ClockGuard<C> {
    clock: C,
    last_wall: Cell<Wall>,
    last_mono: Cell<Mono>,
}

impl<C: Clock> ClockGuard<C> {
    pub fn new(clock: C) -> ClockGuard<C> {
        ClockGuard { clock, last_wall: Cell::new(Wall(0)), last_mono: Cell::new(Mono(0)) }
    }
}

impl<C: Clock> Clock for ClockGuard<C> {
    fn wall(&self) -> Wall {
        let read = catch_unwind(AssertUnwindSafe(|| self.clock.wall()));
        self.last_wall.set(read.unwrap_or(self.last_wall.get()));
        self.last_wall.get()
    }

    fn mono(&self) -> Mono {
        let read = catch_unwind(AssertUnwindSafe(|| self.clock.mono()));
        self.last_mono.set(read.map_or(self.last_mono.get(), |mono| mono.max(self.last_mono.get())));
        self.last_mono.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns each reading once, then panics.
    struct Readings(Cell<Vec<u64>>);

    impl Readings {
        fn next(&self) -> u64 {
            let mut left = self.0.take();
            let next = left.pop();
            self.0.set(left);
            next.expect("no reading is left")
        }
    }

    impl Clock for Readings {
        fn wall(&self) -> Wall {
            Wall(self.next())
        }

        fn mono(&self) -> Mono {
            Mono(self.next())
        }
    }

    #[test]
    fn a_clock_that_panics_stands_still() {
        let clock = ClockGuard::new(Readings(Cell::new(vec![7])));
        assert_eq!((clock.mono(), clock.mono()), (Mono(7), Mono(7)));
        let clock = ClockGuard::new(Readings(Cell::new(vec![7])));
        assert_eq!((clock.wall(), clock.wall()), (Wall(7), Wall(7)));
    }

    #[test]
    fn only_the_wall_clock_may_go_back() {
        let clock = ClockGuard::new(Readings(Cell::new(vec![5, 9])));
        assert_eq!((clock.mono(), clock.mono()), (Mono(9), Mono(9)));
        let clock = ClockGuard::new(Readings(Cell::new(vec![5, 9])));
        assert_eq!((clock.wall(), clock.wall()), (Wall(9), Wall(5)));
    }
}
