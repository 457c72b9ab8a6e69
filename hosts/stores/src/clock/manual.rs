use fuseboard::Clock;
use fuseboard::time::{Millis, Mono, Wall};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const PPM: i128 = 1_000_000;
const NS_PER_MS: u64 = 1_000_000;

/// A wall clock and a monotonic clock that a test moves by hand. Clones are the same clock.
///
/// ```
/// use fuseboard::{Clock, time::{Millis, Mono, Wall}};
/// use fuseboard_stores::ManualClock;
///
/// let clock = ManualClock::at(Wall(1_000), Mono(0));
/// clock.advance(Millis(20));
/// clock.step_wall(-500);
/// assert_eq!((clock.wall(), clock.mono()), (Wall(520), Mono(20_000_000)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ManualClock {
    readings: Arc<Mutex<Readings>>,
}

/// What a monotonic clock does while the machine sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuringSleep {
    Runs,
    /// It breaks the contract of the engine's clocks.
    Stands,
}

#[derive(Debug, Default)]
struct Readings {
    wall_ns: u128,
    mono_ns: u64,
    /// How much faster the wall clock runs than the monotonic one, in parts per million.
    drift_ppm: i32,
}

impl ManualClock {
    #[must_use]
    pub fn at(wall: Wall, mono: Mono) -> ManualClock {
        let readings = Readings { wall_ns: wall_ns(wall), mono_ns: mono.0, drift_ppm: 0 };
        ManualClock { readings: Arc::new(Mutex::new(readings)) }
    }

    /// Advances both clocks; the wall clock with its drift.
    pub fn advance(&self, by: Millis) {
        self.advance_ns(by.as_ns());
    }

    /// As [`ManualClock::advance`], in nanoseconds.
    pub fn advance_ns(&self, by: u64) {
        let mut readings = self.readings();
        readings.mono_ns = readings.mono_ns.saturating_add(by);
        let drifted = i128::from(by) * (PPM + i128::from(readings.drift_ppm)) / PPM;
        readings.wall_ns = readings.wall_ns.saturating_add_signed(drifted);
    }

    /// The machine sleeps. A clock that runs through sleep, as the contract demands, moves both readings.
    pub fn sleep(&self, by: Millis, during: DuringSleep) {
        match during {
            DuringSleep::Runs => self.advance(by),
            DuringSleep::Stands => self.step_wall(i64::try_from(by.0).unwrap_or(i64::MAX)),
        }
    }

    /// Moves only the wall clock, forward or back.
    pub fn step_wall(&self, by_ms: i64) {
        let mut readings = self.readings();
        readings.wall_ns = readings.wall_ns.saturating_add_signed(i128::from(by_ms) * i128::from(NS_PER_MS));
    }

    /// Sets only the wall clock.
    pub fn set_wall(&self, to: Wall) {
        self.readings().wall_ns = wall_ns(to);
    }

    /// Sets only the monotonic clock. It never goes back, so an earlier reading changes nothing.
    pub fn set_mono(&self, to: Mono) {
        let mut readings = self.readings();
        readings.mono_ns = readings.mono_ns.max(to.0);
    }

    /// From now on the wall clock runs this many parts per million faster than the monotonic one; slower if negative.
    pub fn drift(&self, ppm: i32) {
        self.readings().drift_ppm = ppm;
    }

    fn readings(&self) -> MutexGuard<'_, Readings> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> Wall {
        let ms = self.readings().wall_ns / u128::from(NS_PER_MS);
        Wall(u64::try_from(ms).unwrap_or(u64::MAX))
    }

    fn mono(&self) -> Mono {
        Mono(self.readings().mono_ns)
    }
}

fn wall_ns(wall: Wall) -> u128 {
    u128::from(wall.0) * u128::from(NS_PER_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_their_readings() {
        let clock = ManualClock::default();
        clock.clone().advance(Millis(5));
        assert_eq!(clock.mono(), Mono(5_000_000));
    }

    #[test]
    fn a_step_moves_only_the_wall_clock_and_stops_at_1970() {
        let clock = ManualClock::at(Wall(100), Mono(7));
        clock.step_wall(-250);
        assert_eq!((clock.wall(), clock.mono()), (Wall(0), Mono(7)));
        clock.step_wall(3);
        assert_eq!(clock.wall(), Wall(3));
    }

    #[test]
    fn the_monotonic_clock_never_goes_back() {
        let clock = ManualClock::at(Wall(0), Mono(50));
        clock.set_mono(Mono(10));
        assert_eq!(clock.mono(), Mono(50));
        clock.set_mono(Mono(60));
        assert_eq!(clock.mono(), Mono(60));
    }

    #[test]
    fn a_clock_that_stands_during_sleep_moves_only_the_wall_clock() {
        let clock = ManualClock::default();
        clock.sleep(Millis(5), DuringSleep::Stands);
        assert_eq!((clock.wall(), clock.mono()), (Wall(5), Mono(0)));
        clock.sleep(Millis(5), DuringSleep::Runs);
        assert_eq!((clock.wall(), clock.mono()), (Wall(10), Mono(5_000_000)));
    }

    #[test]
    fn drift_adds_up_over_small_steps() {
        let clock = ManualClock::default();
        clock.drift(1_000);
        for _ in 0..1_000 {
            clock.advance(Millis(1));
        }
        assert_eq!((clock.wall(), clock.mono()), (Wall(1_001), Mono(1_000_000_000)));
    }

    #[test]
    fn a_clock_at_its_maximum_stays_there() {
        let clock = ManualClock::at(Wall(u64::MAX), Mono(u64::MAX));
        clock.advance(Millis(u64::MAX));
        assert_eq!((clock.wall(), clock.mono()), (Wall(u64::MAX), Mono(u64::MAX)));
    }
}
