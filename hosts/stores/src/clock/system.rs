use fuseboard::Clock;
use fuseboard::time::{Mono, Wall};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

const NS_PER_S: u64 = 1_000_000_000;

/// The system's clocks. The monotonic one counts from the creation of this value; copies share that start.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    #[must_use]
    pub fn new() -> SystemClock {
        SystemClock { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn wall(&self) -> Wall {
        // A system time before 1970 reads as 1970: the engine's times are unsigned.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Wall(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn mono(&self) -> Mono {
        // Every call reads it, so it avoids 128-bit arithmetic: 64 bits last for 584 years.
        let since = self.start.elapsed();
        Mono(since.as_secs().saturating_mul(NS_PER_S).saturating_add(u64::from(since.subsec_nanos())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_share_their_start_and_never_go_back() {
        let clock = SystemClock::new();
        let before = clock.mono();
        let copy = clock;
        assert!(copy.mono() >= before);
        assert!(clock.wall() > Wall(1_600_000_000_000), "the system's clock is set");
    }
}
