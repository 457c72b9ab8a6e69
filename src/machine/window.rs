//! The sliding window of a closed circuit, over the last calls or the last seconds.

use crate::answer::Cause;
use crate::policy::{WindowPolicy, WindowShape};
use crate::status::WindowCounts;
use crate::time::{Millis, Wall};
use serde::Serialize;

/// Number of buckets in a time window.
const BUCKETS: u64 = 60;
/// A record holds at most this many buckets; the oldest are dropped. Sixty-one can overlap the window, and other clocks within the
/// skew can add buckets that lie ahead of ours.
const BUCKETS_MAX: usize = 240;

/// What one counted call adds to the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    Success,
    SlowSuccess,
    Failure,
    SlowFailure,
}

impl Sample {
    const fn letter(self) -> char {
        match self {
            Sample::Success => 's',
            Sample::SlowSuccess => 'S',
            Sample::Failure => 'f',
            Sample::SlowFailure => 'F',
        }
    }

    fn from_letter(letter: char) -> Option<Sample> {
        [Sample::Success, Sample::SlowSuccess, Sample::Failure, Sample::SlowFailure].into_iter().find(|sample| sample.letter() == letter)
    }

    const fn failed(self) -> bool {
        matches!(self, Sample::Failure | Sample::SlowFailure)
    }

    const fn slow(self) -> bool {
        matches!(self, Sample::SlowSuccess | Sample::SlowFailure)
    }
}

/// The last outcomes of a closed circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    Count { size: u32, calls: Calls },
    Time { size_ms: Millis, buckets: Vec<Bucket> },
}

/// One letter per call, oldest first: `s` for a success, `f` for a failure, upper case if the call was slow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Calls(String);

impl Calls {
    /// Returns `None` if the text has any other letter.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Calls> {
        word.chars().all(|letter| Sample::from_letter(letter).is_some()).then(|| Calls(word.to_owned()))
    }

    fn samples(&self) -> impl Iterator<Item = Sample> + '_ {
        self.0.chars().filter_map(Sample::from_letter)
    }
}

/// Start (a multiple of the bucket's width), successes, failures, and how many of both were slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bucket(pub Wall, pub u32, pub u32, pub u32);

impl Bucket {
    fn of(start: Wall, sample: Sample, times: u32) -> Bucket {
        let (successes, failures) = if sample.failed() { (0, times) } else { (times, 0) };
        Bucket(start, successes, failures, if sample.slow() { times } else { 0 })
    }

    /// Adds the counts of another bucket.
    pub fn add(&mut self, other: Bucket) {
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

    /// Counts calls that ended at `at`. Calls that ended before the window begins are not counted. A stamp later than `now` plus the
    /// skew is read as now.
    pub fn add(&mut self, sample: Sample, times: u32, at: Wall, now: Wall, skew: Millis) {
        match self {
            Window::Count { size, calls } => {
                let times = times.min(*size);
                (0..times).for_each(|_| calls.0.push(sample.letter()));
                let surplus = calls.0.len().saturating_sub(*size as usize);
                calls.0.drain(..surplus);
            }
            Window::Time { size_ms, buckets } => {
                let width = size_ms.0.div_ceil(BUCKETS).max(1);
                let start = |at: Wall| Wall(at.0 - at.0 % width);
                // These come from a clock that ran ahead. The calls have ended by now, so they go into the current bucket.
                let ahead = buckets.split_off(buckets.partition_point(|bucket| bucket.0 <= now.plus(skew)));
                buckets.retain(|bucket| !has_left(bucket.0, *size_ms, now));
                for Bucket(_, successes, failures, slow) in ahead {
                    add_bucket(buckets, Bucket(start(now), successes, failures, slow));
                }
                let start = start(at.min(now.plus(skew)));
                if !has_left(start, *size_ms, now) {
                    add_bucket(buckets, Bucket::of(start, sample, times));
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
            Window::Count { calls, .. } => calls.samples().for_each(|sample| sum.add(Bucket::of(now, sample, 1))),
            Window::Time { size_ms, buckets } => {
                buckets.iter().filter(|bucket| !has_left(bucket.0, *size_ms, now)).for_each(|bucket| sum.add(*bucket));
            }
        }
        WindowCounts { successes: sum.1, failures: sum.2, slow: sum.3 }
    }

    /// Whether this engine could have written the window. Stored text that fails this is damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self {
            Window::Count { size, calls } => *size > 0 && *size <= crate::policy::WINDOW_CALLS_MAX && calls.0.len() <= *size as usize,
            Window::Time { size_ms, buckets } => {
                let sizes = 1..=u64::from(crate::policy::WINDOW_SECONDS_MAX) * 1_000;
                sizes.contains(&size_ms.0) && buckets.len() <= BUCKETS_MAX && buckets.is_sorted_by(|a, b| a.0 < b.0)
            }
        }
    }
}

/// Inserts a bucket in order of its start, or adds it to the bucket with the same start.
fn add_bucket(buckets: &mut Vec<Bucket>, new: Bucket) {
    let place = buckets.partition_point(|bucket| bucket.0 < new.0);
    match buckets.get_mut(place) {
        Some(bucket) if bucket.0 == new.0 => bucket.add(new),
        _ => buckets.insert(place, new),
    }
}

/// Whether a bucket has left the window. It leaves as a whole, once its start is as old as the window is long.
fn has_left(start: Wall, size: Millis, now: Wall) -> bool {
    start.plus(size) <= now
}

/// Why the window opens its circuit, if it does. A failure is judged by the count and both rates, a slow outcome by the slow-call
/// rate. A success that was not slow never opens a circuit.
#[must_use]
pub fn judge(policy: &WindowPolicy, counts: WindowCounts, sample: Sample) -> Option<Cause> {
    let calls = counts.successes.saturating_add(counts.failures);
    let enough = calls >= policy.minimum_calls;
    let failure_count = policy.failure_count.is_some_and(|count| counts.failures >= count);
    let failure_rate = enough && policy.failure_rate.is_some_and(|rate| rate.reached(counts.failures, calls));
    let slow_rate = enough && policy.slow_call_rate.is_some_and(|rate| rate.reached(counts.slow, calls));
    let causes = [
        (sample.failed() && failure_count, Cause::FailureCount),
        (sample.failed() && failure_rate, Cause::FailureRate),
        ((sample.failed() || sample.slow()) && slow_rate, Cause::SlowRate),
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
    fn buckets_from_a_clock_that_ran_ahead_are_merged_into_the_current_bucket() {
        let mut counts = window(vec![Bucket(Wall(100_000), 1, 0, 0), Bucket(Wall(900_000), 2, 0, 1), Bucket(Wall(901_000), 3, 1, 0)]);
        counts.add(Sample::Failure, 1, Wall(101_500), Wall(101_500), SKEW);
        assert_eq!(counts, window(vec![Bucket(Wall(100_000), 1, 0, 0), Bucket(Wall(101_000), 5, 2, 1)]));
    }

    #[test]
    fn a_window_never_grows_past_what_is_read_as_sound() {
        let mut counts = window(Vec::new());
        // Many clocks within a large skew, the clock that is farthest ahead first.
        for second in (0..600_u64).rev() {
            counts.add(Sample::Success, 1, Wall(second * 1_000), Wall(second * 1_000), Millis(600_000));
            assert!(counts.is_sound(), "{counts:?}");
        }
    }
}
