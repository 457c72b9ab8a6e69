//! How long ago the server proved that it had sent every invalidation so far.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often a cache is looked at that was not read for as long.
const IDLE: Duration = Duration::from_secs(1);

/// Times of the connection's last answer and of the cache's last two reads.
///
/// An answer counts from when its command was sent. The server sends invalidations and answers in one order, so once the answer is
/// here, every change before the command was sent is here too. A change after it may not be.
pub struct Liveness {
    start: Instant,
    /// Longest time that a cached record is known for after that.
    bound: Duration,
    confirmed_ns: AtomicU64,
    read_ns: AtomicU64,
    earlier_read_ns: AtomicU64,
}

impl Liveness {
    pub fn new(bound: Duration) -> Liveness {
        // Readings begin at `bound`, so that nothing is fresh before the first answer.
        let start = Instant::now();
        let start = start.checked_sub(bound).unwrap_or(start);
        Liveness { start, bound, confirmed_ns: AtomicU64::new(0), read_ns: AtomicU64::new(0), earlier_read_ns: AtomicU64::new(0) }
    }

    pub fn is_fresh(&self, now: Instant) -> bool {
        self.ns(now).saturating_sub(self.confirmed_ns.load(Ordering::Acquire)) < ns(self.bound)
    }

    /// A command that was sent then has been answered.
    pub fn confirm(&self, sent: Instant) {
        self.confirmed_ns.fetch_max(self.ns(sent), Ordering::AcqRel);
    }

    /// Records a read from the cache.
    pub fn mark_read(&self, now: Instant) {
        let earlier = self.read_ns.swap(self.ns(now), Ordering::Relaxed);
        self.earlier_read_ns.store(earlier, Ordering::Relaxed);
    }

    /// Whether a `PING` spares more round trips than it costs: the last two reads are younger than the time from one `PING` to the next.
    pub fn is_worth_a_ping(&self, now: Instant) -> bool {
        let earlier = self.earlier_read_ns.load(Ordering::Relaxed);
        earlier > 0 && self.ns(now).saturating_sub(earlier) < ns(self.bound / 2)
    }

    /// The time until the next `PING`, which is due half of the bound after the last answer.
    pub fn time_to_next_ping(&self, now: Instant) -> Duration {
        let age = self.ns(now).saturating_sub(self.confirmed_ns.load(Ordering::Acquire));
        Duration::from_nanos(ns(self.bound / 2).saturating_sub(age))
    }

    /// The time until it is looked at again whether a `PING` is worth it.
    pub fn time_to_next_look(&self, now: Instant) -> Duration {
        let idle = self.ns(now).saturating_sub(self.read_ns.load(Ordering::Relaxed));
        if idle < ns(IDLE) { self.bound / 2 } else { IDLE.max(self.bound / 2) }
    }

    fn ns(&self, at: Instant) -> u64 {
        ns(at.saturating_duration_since(self.start))
    }
}

fn ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Duration = Duration::from_millis(100);

    #[test]
    fn nothing_is_fresh_before_the_first_answer() {
        assert!(!Liveness::new(BOUND).is_fresh(Instant::now()));
    }

    #[test]
    fn records_are_fresh_for_the_bound_after_an_answered_command_was_sent() {
        let liveness = Liveness::new(BOUND);
        let sent = Instant::now();
        liveness.confirm(sent);
        assert!(liveness.is_fresh(sent + BOUND.mul_f64(0.999)));
        assert!(!liveness.is_fresh(sent + BOUND));
    }

    #[test]
    fn an_answer_to_an_earlier_command_changes_nothing() {
        let liveness = Liveness::new(BOUND);
        let earlier = Instant::now();
        let sent = earlier + BOUND;
        liveness.confirm(sent);
        liveness.confirm(earlier);
        assert!(liveness.is_fresh(sent + BOUND / 2));
    }

    #[test]
    fn the_next_ping_is_due_after_half_of_the_bound() {
        let liveness = Liveness::new(BOUND);
        let sent = Instant::now();
        liveness.confirm(sent);
        assert_eq!(liveness.time_to_next_ping(sent + BOUND / 4), BOUND / 4);
        assert_eq!(liveness.time_to_next_ping(sent + BOUND), Duration::ZERO);
    }

    #[test]
    fn a_cache_that_is_read_is_looked_at_often() {
        let liveness = Liveness::new(BOUND);
        let now = Instant::now();
        assert_eq!(liveness.time_to_next_look(now), BOUND / 2, "a connection is made because something is read");
        assert_eq!(liveness.time_to_next_look(now + IDLE), IDLE);
        liveness.mark_read(now + IDLE);
        assert_eq!(liveness.time_to_next_look(now + IDLE), BOUND / 2);
    }

    #[test]
    fn a_ping_is_worth_its_round_trip_after_two_reads_within_half_of_the_bound() {
        let liveness = Liveness::new(BOUND);
        let (now, half) = (Instant::now(), BOUND / 2);
        liveness.mark_read(now);
        assert!(!liveness.is_worth_a_ping(now));
        liveness.mark_read(now + half / 2);
        assert!(liveness.is_worth_a_ping(now + half / 2) && !liveness.is_worth_a_ping(now + half));
        liveness.mark_read(now + 5 * half);
        assert!(!liveness.is_worth_a_ping(now + 5 * half));
    }
}
