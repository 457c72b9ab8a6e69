//! How long to wait before the next attempt to connect.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const FIRST_MS: u64 = 50;
const LONGEST_MS: u64 = 5_000;

/// Doubles from 50 ms to 5 s. Each wait is between half of that and all of it, so that processes do not come back all at once.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Counts a failed attempt and returns the wait before the next.
    pub fn failed(&mut self) -> Duration {
        let full = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        let half = full / 2;
        // A new `RandomState` has random keys, which is random enough to spread processes.
        Duration::from_millis(half + RandomState::new().hash_one(self.failures) % (half + 1))
    }

    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_stay_there() {
        let mut backoff = Backoff::default();
        for full in [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000] {
            let wait = backoff.failed().as_millis();
            assert!((full / 2..=full).contains(&wait), "{wait} of {full} ms");
        }
    }

    #[test]
    fn a_success_resets_the_wait() {
        let mut backoff = Backoff { failures: 100 };
        backoff.reset();
        assert!(backoff.failed().as_millis() <= 50);
    }
}
