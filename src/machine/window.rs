//! The sliding window of a closed circuit, over the last calls or the last seconds.

use crate::answer::Cause;
use crate::policy::{WindowPolicy, WindowShape};
use crate::status::WindowCounts;
use crate::time::{Millis, Mono, Now, Stamp, Wall};
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
pub struct Bucket(pub Stamp, pub u32, pub u32, pub u32);

impl Bucket {
    fn of(start: Stamp, sample: Sample, times: u32) -> Bucket {
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

    /// Counts calls that ended at `at`, not later than `now`. Calls that ended before the window begins are not counted.
    pub fn add(&mut self, sample: Sample, times: u32, at: Stamp, now: Now, skew: Millis) {
        match self {
            Window::Count { size, calls } => {
                let times = times.min(*size);
                (0..times).for_each(|_| calls.0.push(sample.letter()));
                let surplus = calls.0.len().saturating_sub(*size as usize);
                calls.0.drain(..surplus);
            }
            Window::Time { size_ms, buckets } => {
                let width = Millis(size_ms.0.div_ceil(BUCKETS).max(1));
                if buckets.last().is_some_and(|last| last.0.at > now.wall.plus(skew)) {
                    *buckets = dated(buckets, width, now);
                }
                buckets.retain(|bucket| !bucket.0.is_aged(*size_ms, now));
                let start = bucket_start(at, width);
                if !start.is_aged(*size_ms, now) {
                    add_bucket(buckets, Bucket::of(start, sample, times));
                }
                let surplus = buckets.len().saturating_sub(BUCKETS_MAX);
                buckets.drain(..surplus);
            }
        }
    }

    /// What the window holds now.
    #[must_use]
    pub fn counts(&self, now: Now) -> WindowCounts {
        let mut sum = Bucket(now.stamp(), 0, 0, 0);
        match self {
            Window::Count { calls, .. } => calls.samples().for_each(|sample| sum.add(Bucket::of(now.stamp(), sample, 1))),
            // A bucket leaves as a whole, once its start is as old as the window is long.
            Window::Time { size_ms, buckets } => {
                buckets.iter().filter(|bucket| !bucket.0.is_aged(*size_ms, now)).for_each(|bucket| sum.add(*bucket));
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
                sizes.contains(&size_ms.0) && buckets.len() <= BUCKETS_MAX && buckets.is_sorted_by(|a, b| a.0.at < b.0.at)
            }
        }
    }
}

/// Inserts a bucket in order of its start, or adds it to the bucket with the same start.
fn add_bucket(buckets: &mut Vec<Bucket>, new: Bucket) {
    let place = buckets.partition_point(|bucket| bucket.0.at < new.0.at);
    match buckets.get_mut(place) {
        Some(bucket) if bucket.0.at == new.0.at => bucket.add(new),
        _ => buckets.insert(place, new),
    }
}

/// All buckets, dated by this process's clock. Some lay ahead of it: it was set back, or another process's clock ran ahead.
fn dated(buckets: &[Bucket], width: Millis, now: Now) -> Vec<Bucket> {
    let mut dated = Vec::new();
    for Bucket(start, successes, failures, slow) in buckets {
        add_bucket(&mut dated, Bucket(bucket_start(now.dated(*start), width), *successes, *failures, *slow));
    }
    dated
}

/// The start of the bucket for calls that ended at `at`.
fn bucket_start(at: Stamp, width: Millis) -> Stamp {
    let into = Millis(at.at.0 % width.0);
    Stamp { at: Wall(at.at.0 - into.0), mono: Mono(at.mono.0.saturating_sub(into.as_ns())) }
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

    fn at(wall_ms: u64, mono_ms: u64) -> Now {
        Now { wall: Wall(wall_ms), mono: Mono(mono_ms * 1_000_000) }
    }

    #[test]
    fn buckets_from_a_clock_that_ran_ahead_are_merged_into_the_current_bucket() {
        let now = at(101_500, 500_000);
        let bucket = |start, successes, failures, slow| Bucket(now.stamp_at(Wall(start)), successes, failures, slow);
        let mut counts = window(vec![bucket(100_000, 1, 0, 0), bucket(900_000, 2, 0, 1), bucket(901_000, 3, 1, 0)]);
        counts.add(Sample::Failure, 1, now.stamp(), now, SKEW);
        assert_eq!(counts, window(vec![bucket(100_000, 1, 0, 0), bucket(101_000, 5, 2, 1)]));
    }

    #[test]
    fn buckets_age_by_the_monotonic_clock_whatever_the_wall_clock_does() {
        let failures = |counts: &Window, now| counts.counts(now).failures;
        let first = at(7_200_000, 100_000);
        let mut counts = window(Vec::new());
        counts.add(Sample::Failure, 14, first.stamp(), first, SKEW);
        assert_eq!(failures(&counts, at(10_800_000, 159_999)), 14, "set forward by an hour");
        assert_eq!(failures(&counts, at(3_600_000, 159_999)), 14, "set back by an hour");
        assert_eq!(failures(&counts, at(3_600_000, 160_000)), 0, "set back by an hour, a minute ago");

        let set_back = at(7_170_000, 130_000);
        counts.add(Sample::Failure, 1, set_back.stamp(), set_back, SKEW);
        assert_eq!(failures(&counts, at(7_199_000, 159_000)), 15);
        assert_eq!(failures(&counts, at(7_200_000, 160_000)), 1, "each call leaves the window a minute after it ended");
        assert_eq!(failures(&counts, at(7_230_000, 190_000)), 0);
    }

    #[test]
    fn calls_after_the_clock_was_set_back_are_not_added_to_older_buckets() {
        let mut counts = window(Vec::new());
        for now in [at(7_170_000, 70_000), at(7_200_000, 100_000), at(7_170_500, 100_500)] {
            counts.add(Sample::Failure, 1, now.stamp(), now, SKEW);
        }
        let failures = |mono_ms| counts.counts(at(0, mono_ms)).failures;
        assert_eq!([129_999, 130_000, 159_999, 160_000].map(failures), [3, 2, 2, 0]);
    }

    #[test]
    fn buckets_that_lie_ahead_are_stored_by_the_clock_that_reads_them() {
        let now = at(100_000, 500_000);
        let mut counts = window(vec![Bucket(now.stamp_at(Wall(3_700_000)), 0, 14, 0)]);
        let later = at(110_000, 510_000);
        counts.add(Sample::Success, 1, later.stamp(), later, SKEW);
        assert_eq!(counts, window(vec![Bucket(later.stamp_at(Wall(100_000)), 0, 14, 0), Bucket(later.stamp_at(Wall(110_000)), 1, 0, 0)]));
    }

    #[test]
    fn a_bucket_just_within_the_skew_keeps_its_date() {
        let now = at(100_000, 500_000);
        let ahead = Bucket(now.stamp_at(Wall(101_000)), 0, 14, 0);
        let mut counts = window(vec![ahead]);
        counts.add(Sample::Success, 1, now.stamp(), now, SKEW);
        assert_eq!(counts, window(vec![Bucket(now.stamp(), 1, 0, 0), ahead]));
    }

    #[test]
    fn a_late_call_gets_a_bucket_of_its_own_time() {
        let now = at(130_000, 130_000);
        let mut counts = window(vec![Bucket(now.stamp(), 0, 14, 0)]);
        let earlier = at(100_000, 100_000).stamp();
        counts.add(Sample::Failure, 1, earlier, now, SKEW);
        assert_eq!(counts, window(vec![Bucket(earlier, 0, 1, 0), Bucket(now.stamp(), 0, 14, 0)]));
    }

    #[test]
    fn a_window_never_grows_past_what_is_read_as_sound() {
        let mut counts = window(Vec::new());
        // Many clocks within a large skew, the clock that is farthest ahead first.
        for second in (0..600_u64).rev() {
            let now = Now { wall: Wall(second * 1_000), mono: Mono(0) };
            counts.add(Sample::Success, 1, now.stamp(), now, Millis(600_000));
            assert!(counts.is_sound(), "{counts:?}");
        }
    }
}
