use fuseboard::Clock;
use fuseboard::time::{Millis, Mono, Wall};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const PPM: i128 = 1_000_000;
const NS_PER_MS: u64 = 1_000_000;

/// Two clocks that move only when told to, for tests without waiting. Clones are the same clock.
///
/// ```
/// use fuseboard::{Clock, time::{Millis, Mono, Wall}};
/// use fuseboard_lent::ManualClock;
///
/// let clock = ManualClock::at(Wall(1_000), Mono(0));
/// clock.advance(Millis(20));
/// clock.step_wall(-500);
/// assert_eq!((clock.wall(), clock.mono()), (Wall(520), Mono(20_000_000)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ManualClock {
    hands: Arc<Mutex<Hands>>,
}

#[derive(Debug, Default)]
struct Hands {
    wall_ns: u128,
    mono_ns: u64,
    /// How much faster the wall clock runs than the monotonic one, in parts per million.
    drift_ppm: i32,
}

impl ManualClock {
    #[must_use]
    pub fn at(wall: Wall, mono: Mono) -> ManualClock {
        let hands = Hands { wall_ns: wall_ns(wall), mono_ns: mono.0, drift_ppm: 0 };
        ManualClock { hands: Arc::new(Mutex::new(hands)) }
    }

    /// Lets time pass on both clocks; on the wall clock with its drift.
    pub fn advance(&self, by: Millis) {
        self.advance_ns(by.as_ns());
    }

    /// As [`ManualClock::advance`], in nanoseconds.
    pub fn advance_ns(&self, by: u64) {
        let mut hands = self.hands();
        hands.mono_ns = hands.mono_ns.saturating_add(by);
        let drifted = i128::from(by) * (PPM + i128::from(hands.drift_ppm)) / PPM;
        hands.wall_ns = hands.wall_ns.saturating_add_signed(drifted);
    }

    /// Moves only the wall clock, by so many milliseconds: forward, or back.
    pub fn step_wall(&self, by_ms: i64) {
        let mut hands = self.hands();
        hands.wall_ns = hands.wall_ns.saturating_add_signed(i128::from(by_ms) * i128::from(NS_PER_MS));
    }

    /// Sets only the wall clock.
    pub fn set_wall(&self, to: Wall) {
        self.hands().wall_ns = wall_ns(to);
    }

    /// Sets only the monotonic clock. It never goes back, so an earlier reading changes nothing.
    pub fn set_mono(&self, to: Mono) {
        let mut hands = self.hands();
        hands.mono_ns = hands.mono_ns.max(to.0);
    }

    /// From now on the wall clock runs so many parts per million faster (or slower) than the monotonic one.
    pub fn drift(&self, ppm: i32) {
        self.hands().drift_ppm = ppm;
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> Wall {
        let ms = self.hands().wall_ns / u128::from(NS_PER_MS);
        Wall(u64::try_from(ms).unwrap_or(u64::MAX))
    }

    fn mono(&self) -> Mono {
        Mono(self.hands().mono_ns)
    }
}

fn wall_ns(wall: Wall) -> u128 {
    u128::from(wall.0) * u128::from(NS_PER_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_are_one_clock() {
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
    fn drift_adds_up_over_small_steps() {
        let clock = ManualClock::default();
        clock.drift(1_000);
        for _ in 0..1_000 {
            clock.advance(Millis(1));
        }
        assert_eq!((clock.wall(), clock.mono()), (Wall(1_001), Mono(1_000_000_000)));
    }

    #[test]
    fn a_clock_at_its_end_stays_there() {
        let clock = ManualClock::at(Wall(u64::MAX), Mono(u64::MAX));
        clock.advance(Millis(u64::MAX));
        assert_eq!((clock.wall(), clock.mono()), (Wall(u64::MAX), Mono(u64::MAX)));
    }
}
