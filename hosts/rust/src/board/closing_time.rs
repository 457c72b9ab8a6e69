//! The time that the boards of a process may take in all to write outcomes when they are closed or dropped.

use super::engine_kind::SharedClock;
use fuseboard::Clock;
use fuseboard::time::Mono;
use fuseboard_stores::SystemClock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// All of it.
const CLOSING_MAX: Duration = Duration::from_secs(2);

/// Time that boards spend one after another. It comes back as fast as it was spent, while no board spends it. So boards that
/// are dropped at the end of a program have 2 s in all, and one that is dropped now and then has 2 s of its own.
///
/// One atomic number holds it, because a lock that another thread holds at a fork would stay locked in the child.
pub(super) struct ClosingTime {
    clock: SharedClock,
    /// When all of it will be back, in ns of the clock.
    all_back_at: AtomicU64,
}

/// What one board spends of it, until this is dropped.
pub(super) struct Spending<'a> {
    time: &'a ClosingTime,
    began: Mono,
    spent_before: Duration,
}

impl ClosingTime {
    pub(super) fn new(clock: SharedClock) -> ClosingTime {
        ClosingTime { clock, all_back_at: AtomicU64::new(0) }
    }

    /// That of this process.
    pub(super) fn of_process() -> Arc<ClosingTime> {
        static OF_PROCESS: LazyLock<Arc<ClosingTime>> = LazyLock::new(|| Arc::new(ClosingTime::new(Arc::new(SystemClock::new()))));
        Arc::clone(&OF_PROCESS)
    }

    /// Begins to spend. Boards that spend at the same time each have what was left when they began.
    pub(super) fn spend(&self) -> Spending<'_> {
        let began = self.clock.mono();
        let spent_before = Duration::from_nanos(self.all_back_at.load(Ordering::Relaxed).saturating_sub(began.0));
        Spending { time: self, began, spent_before }
    }
}

impl Spending<'_> {
    pub(super) fn limit(&self) -> Duration {
        CLOSING_MAX.saturating_sub(self.spent_before)
    }
}

impl Drop for Spending<'_> {
    fn drop(&mut self) {
        let now = self.time.clock.mono();
        let spent = self.spent_before.saturating_add(Duration::from_nanos(now.0.saturating_sub(self.began.0)));
        let all_back_at = now.0.saturating_add(u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX));
        // Time that several boards spend together counts once.
        self.time.all_back_at.fetch_max(all_back_at, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::time::Millis;
    use fuseboard_stores::ManualClock;

    fn closing_time() -> (ClosingTime, ManualClock) {
        let clock = ManualClock::default();
        (ClosingTime::new(Arc::new(clock.clone())), clock)
    }

    fn left(time: &ClosingTime) -> u128 {
        time.spend().limit().as_millis()
    }

    #[test]
    fn boards_that_are_dropped_one_after_another_have_two_seconds() {
        let (time, clock) = closing_time();
        for (left_before, takes) in [(2_000, 300), (1_700, 1_500), (200, 450), (0, 0), (0, 0)] {
            let spending = time.spend();
            assert_eq!(spending.limit().as_millis(), left_before);
            clock.advance(Millis(takes));
        }
    }

    #[test]
    fn it_comes_back_as_fast_as_it_was_spent() {
        let (time, clock) = closing_time();
        let spending = time.spend();
        clock.advance(Millis(1_500));
        drop(spending);
        for (passes, left_then) in [(0, 500), (400, 900), (1_100, 2_000), (60_000, 2_000)] {
            clock.advance(Millis(passes));
            assert_eq!(left(&time), left_then);
        }
    }

    #[test]
    fn boards_that_are_dropped_now_and_then_never_lack_time() {
        let (time, clock) = closing_time();
        for _ in 0..1_000 {
            let spending = time.spend();
            assert_eq!(spending.limit(), CLOSING_MAX);
            clock.advance(Millis(100));
            drop(spending);
            clock.advance(Millis(100));
        }
    }

    #[test]
    fn time_that_boards_spend_together_counts_once() {
        let (time, clock) = closing_time();
        let together = [(); 4].map(|()| time.spend());
        clock.advance(Millis(600));
        drop(together);
        assert_eq!(left(&time), 1_400);
    }
}
