//! Counting while closed: the last calls, or the last seconds.

use super::policy::{WindowPolicy, WindowShape};
use crate::status::WindowCounts;
use crate::time::{Millis, Wall};
use serde::Serialize;

/// A time window counts in so many buckets.
const BUCKETS: u64 = 60;
/// One bucket more than sixty may be partly in, and clocks that differ may add as many again ahead of ours. More are of many clocks far
/// apart: the oldest go.
const BUCKETS_MAX: usize = 240;

/// What one counted call adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Success,
    SlowSuccess,
    Failure,
    SlowFailure,
}

impl Mark {
    const fn letter(self) -> char {
        match self {
            Mark::Success => 's',
            Mark::SlowSuccess => 'S',
            Mark::Failure => 'f',
            Mark::SlowFailure => 'F',
        }
    }

    fn from_letter(letter: char) -> Option<Mark> {
        [Mark::Success, Mark::SlowSuccess, Mark::Failure, Mark::SlowFailure].into_iter().find(|mark| mark.letter() == letter)
    }

    const fn failed(self) -> bool {
        matches!(self, Mark::Failure | Mark::SlowFailure)
    }

    const fn slow(self) -> bool {
        matches!(self, Mark::SlowSuccess | Mark::SlowFailure)
    }
}

/// The last outcomes of a closed circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    Count { size: u32, calls: Calls },
    Time { size_ms: Millis, buckets: Vec<Bucket> },
}

/// A word of the letters s, S, f, F, oldest first; a capital was slow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Calls(String);

impl Calls {
    /// `None` where another letter stands in the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Calls> {
        word.chars().all(|letter| Mark::from_letter(letter).is_some()).then(|| Calls(word.to_owned()))
    }

    fn marks(&self) -> impl Iterator<Item = Mark> + '_ {
        self.0.chars().filter_map(Mark::from_letter)
    }
}

/// Start (aligned to the epoch), successes, failures, and how many of both were slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bucket(pub Wall, pub u32, pub u32, pub u32);

impl Bucket {
    fn of(start: Wall, mark: Mark, times: u32) -> Bucket {
        let (successes, failures) = if mark.failed() { (0, times) } else { (times, 0) };
        Bucket(start, successes, failures, if mark.slow() { times } else { 0 })
    }

    fn add(&mut self, other: Bucket) {
        self.1 = self.1.saturating_add(other.1);
        self.2 = self.2.saturating_add(other.2);
        self.3 = self.3.saturating_add(other.3);
    }
}

impl Window {
    #[must_use]
    pub fn new(shape: WindowShape) -> Window {
        match shape {
            WindowShape::Count(size) => Window::Count { size, calls: Calls::default() },
            WindowShape::Time(size_ms) => Window::Time { size_ms, buckets: Vec::new() },
        }
    }

    #[must_use]
    pub fn shape(&self) -> WindowShape {
        match self {
            Window::Count { size, .. } => WindowShape::Count(*size),
            Window::Time { size_ms, .. } => WindowShape::Time(*size_ms),
        }
    }

    /// Counts calls that ended at `at`; what the window has passed meanwhile is not counted. Stamps later than `now` and the
    /// skew are read as now.
    pub fn add(&mut self, mark: Mark, times: u32, at: Wall, now: Wall, skew: Millis) {
        match self {
            Window::Count { size, calls } => {
                let times = times.min(*size);
                (0..times).for_each(|_| calls.0.push(mark.letter()));
                let surplus = calls.0.len().saturating_sub(*size as usize);
                calls.0.drain(..surplus);
            }
            Window::Time { size_ms, buckets } => {
                let width = size_ms.0.div_ceil(BUCKETS).max(1);
                let start = |at: Wall| Wall(at.0 - at.0 % width);
                // Of a clock that ran ahead: all of them happened by now, in one bucket.
                let ahead = buckets.split_off(buckets.partition_point(|bucket| bucket.0 <= now.plus(skew)));
                buckets.retain(|bucket| !passed(bucket.0, *size_ms, now));
                for Bucket(_, successes, failures, slow) in ahead {
                    put(buckets, Bucket(start(now), successes, failures, slow));
                }
                let start = start(at.min(now.plus(skew)));
                if !passed(start, *size_ms, now) {
                    put(buckets, Bucket::of(start, mark, times));
                }
                let surplus = buckets.len().saturating_sub(BUCKETS_MAX);
                buckets.drain(..surplus);
            }
        }
    }

    /// What the window holds now.
    #[must_use]
    pub fn counts(&self, now: Wall) -> WindowCounts {
        let mut sum = Bucket(now, 0, 0, 0);
        match self {
            Window::Count { calls, .. } => calls.marks().for_each(|mark| sum.add(Bucket::of(now, mark, 1))),
            Window::Time { size_ms, buckets } => {
                buckets.iter().filter(|bucket| !passed(bucket.0, *size_ms, now)).for_each(|bucket| sum.add(*bucket));
            }
        }
        WindowCounts { successes: sum.1, failures: sum.2, slow: sum.3 }
    }

    /// Whether stored text can have been written by this engine.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self {
            Window::Count { size, calls } => *size > 0 && *size <= super::policy::WINDOW_CALLS_MAX && calls.0.len() <= *size as usize,
            Window::Time { size_ms, buckets } => {
                let sizes = 1..=u64::from(super::policy::WINDOW_SECONDS_MAX) * 1_000;
                sizes.contains(&size_ms.0) && buckets.len() <= BUCKETS_MAX && buckets.is_sorted_by(|a, b| a.0 < b.0)
            }
        }
    }
}

/// Puts a bucket in its place, or adds it to the one that stands there.
fn put(buckets: &mut Vec<Bucket>, new: Bucket) {
    let place = buckets.partition_point(|bucket| bucket.0 < new.0);
    match buckets.get_mut(place) {
        Some(bucket) if bucket.0 == new.0 => bucket.add(new),
        _ => buckets.insert(place, new),
    }
}

/// A bucket leaves whole when its start is the window's size old.
fn passed(start: Wall, size: Millis, now: Wall) -> bool {
    start.plus(size) <= now
}

/// Why a window opens its circuit, if it does. Each failure judges the count and both rates, each slow outcome the slow rate; a
/// plain success never trips.
#[must_use]
pub fn judge(policy: &WindowPolicy, counts: WindowCounts, mark: Mark) -> Option<&'static str> {
    let calls = counts.successes.saturating_add(counts.failures);
    let enough = calls >= policy.minimum_calls;
    let failure_count = policy.failure_count.is_some_and(|count| counts.failures >= count);
    let failure_rate = enough && policy.failure_rate.is_some_and(|rate| rate.reached(counts.failures, calls));
    let slow_rate = enough && policy.slow_call_rate.is_some_and(|rate| rate.reached(counts.slow, calls));
    let causes = [
        (mark.failed() && failure_count, "failure count"),
        (mark.failed() && failure_rate, "failure rate"),
        ((mark.failed() || mark.slow()) && slow_rate, "slow-call rate"),
    ];
    causes.into_iter().find_map(|(reached, cause)| reached.then_some(cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKEW: Millis = Millis(1_000);

    fn window(buckets: Vec<Bucket>) -> Window {
        Window::Time { size_ms: Millis(60_000), buckets }
    }

    #[test]
    fn buckets_of_a_clock_that_ran_ahead_become_one_bucket_of_now() {
        let mut counts = window(vec![Bucket(Wall(100_000), 1, 0, 0), Bucket(Wall(900_000), 2, 0, 1), Bucket(Wall(901_000), 3, 1, 0)]);
        counts.add(Mark::Failure, 1, Wall(101_500), Wall(101_500), SKEW);
        assert_eq!(counts, window(vec![Bucket(Wall(100_000), 1, 0, 0), Bucket(Wall(101_000), 5, 2, 1)]));
    }

    #[test]
    fn a_window_never_grows_to_what_is_read_as_damage() {
        let mut counts = window(Vec::new());
        // Many clocks within a large skew, the one farthest ahead first.
        for second in (0..600_u64).rev() {
            counts.add(Mark::Success, 1, Wall(second * 1_000), Wall(second * 1_000), Millis(600_000));
            assert!(counts.is_sound(), "{counts:?}");
        }
    }
}
