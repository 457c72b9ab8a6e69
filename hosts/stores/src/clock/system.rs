use super::boot_time::{boot_time_ns, coarse_ns};
use fuseboard::Clock;
use fuseboard::time::{Mono, Wall};
use std::time::{SystemTime, UNIX_EPOCH};

/// The system's clocks. The monotonic one counts from the creation of this value, and runs on while the machine sleeps. Copies share
/// that start.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start_ns: u64,
}

impl SystemClock {
    #[must_use]
    pub fn new() -> SystemClock {
        SystemClock { start_ns: boot_time_ns() }
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
        Mono(boot_time_ns().saturating_sub(self.start_ns))
    }

    fn coarse(&self) -> Mono {
        Mono(coarse_ns())
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
        let coarse = clock.coarse();
        assert!(copy.coarse() >= coarse);
        assert!(clock.wall() > Wall(1_600_000_000_000), "the system's clock is set");
    }
}
