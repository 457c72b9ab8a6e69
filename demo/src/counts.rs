//! Counts of the calls of one side in each stage. Every number that the demo prints is counted here or by a server.

use crate::script::{SCRIPT, STAGES};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// The status was 200.
    Succeeded,
    /// Another status, or no response.
    Failed,
    /// The board refused it, so it was not made.
    Refused,
}

/// Counters that many threads increment.
#[derive(Default)]
pub struct Counters([StageCounters; STAGES]);

#[derive(Default)]
struct StageCounters {
    succeeded: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
    waited_ns: AtomicU64,
    waited_for_refusals_ns: AtomicU64,
    /// Time from the start to the first success, plus one. 0: no success yet.
    first_success_ns: AtomicU64,
}

/// The counts of one stage. A call belongs to the stage in which it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub succeeded: u64,
    pub failed: u64,
    pub refused: u64,
    /// Total duration of the calls, including refused ones.
    pub waited: Duration,
    /// Total duration of the refused calls.
    pub waited_for_refusals: Duration,
    /// Time from the start to the end of the first successful call.
    pub first_success: Option<Duration>,
}

impl Counters {
    /// Counts one call. `ended_at` is the time since the start.
    pub fn add(&self, stage: usize, end: CallEnd, duration: Duration, ended_at: Duration) {
        let Some(counters) = self.0.get(stage) else { return };
        let counter = match end {
            CallEnd::Succeeded => &counters.succeeded,
            CallEnd::Failed => &counters.failed,
            CallEnd::Refused => &counters.refused,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        counters.waited_ns.fetch_add(nanos(duration), Ordering::Relaxed);
        match end {
            CallEnd::Succeeded => drop(counters.first_success_ns.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |first| {
                let ended_ns = nanos(ended_at).saturating_add(1);
                (first == 0 || ended_ns < first).then_some(ended_ns)
            })),
            CallEnd::Refused => drop(counters.waited_for_refusals_ns.fetch_add(nanos(duration), Ordering::Relaxed)),
            CallEnd::Failed => {}
        }
    }

    /// The counts so far.
    pub fn read(&self) -> [Counts; STAGES] {
        self.0.each_ref().map(StageCounters::read)
    }
}

impl StageCounters {
    fn read(&self) -> Counts {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            succeeded: load(&self.succeeded),
            failed: load(&self.failed),
            refused: load(&self.refused),
            waited: Duration::from_nanos(load(&self.waited_ns)),
            waited_for_refusals: Duration::from_nanos(load(&self.waited_for_refusals_ns)),
            first_success: load(&self.first_success_ns).checked_sub(1).map(Duration::from_nanos),
        }
    }
}

impl Counts {
    pub fn sent(&self) -> u64 {
        self.succeeded + self.failed
    }

    pub fn offered(&self) -> u64 {
        self.sent() + self.refused
    }

    /// Mean duration of a refused call.
    pub fn mean_refusal(&self) -> Option<Duration> {
        self.waited_for_refusals.checked_div(u32::try_from(self.refused).ok()?)
    }

    fn plus(self, other: Counts) -> Counts {
        Counts {
            succeeded: self.succeeded + other.succeeded,
            failed: self.failed + other.failed,
            refused: self.refused + other.refused,
            waited: self.waited + other.waited,
            waited_for_refusals: self.waited_for_refusals + other.waited_for_refusals,
            first_success: [self.first_success, other.first_success].into_iter().flatten().min(),
        }
    }
}

pub fn total(stages: &[Counts; STAGES]) -> Counts {
    stages.iter().copied().fold(Counts::default(), Counts::plus)
}

/// Sum of the stages in which the server was faulty.
pub fn while_faulty(stages: &[Counts; STAGES]) -> Counts {
    let faulty = stages.iter().zip(SCRIPT).filter(|(_, stage)| stage.health.is_faulty());
    faulty.map(|(counts, _)| *counts).fold(Counts::default(), Counts::plus)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn calls_are_counted_by_stage_and_end() {
        let counters = Counters::default();
        counters.add(0, CallEnd::Succeeded, 2 * MS, 7 * MS);
        counters.add(0, CallEnd::Succeeded, 2 * MS, 5 * MS);
        counters.add(0, CallEnd::Failed, 3 * MS, 8 * MS);
        counters.add(1, CallEnd::Refused, MS, 9 * MS);
        counters.add(1, CallEnd::Refused, 3 * MS, 9 * MS);
        counters.add(STAGES, CallEnd::Succeeded, MS, MS);
        let [healthy, faulty, ..] = counters.read();
        assert_eq!((healthy.sent(), healthy.offered(), healthy.waited, healthy.first_success), (3, 3, 7 * MS, Some(5 * MS)));
        assert_eq!((faulty.sent(), faulty.offered(), faulty.waited, faulty.first_success), (0, 2, 4 * MS, None));
        assert_eq!((faulty.mean_refusal(), healthy.mean_refusal()), (Some(2 * MS), None));
    }

    #[test]
    fn a_success_at_time_zero_is_recorded() {
        let counters = Counters::default();
        counters.add(0, CallEnd::Succeeded, Duration::ZERO, Duration::ZERO);
        assert_eq!(counters.read()[0].first_success, Some(Duration::ZERO));
    }

    #[test]
    fn while_faulty_adds_the_three_middle_stages() {
        let one = Counts { succeeded: 1, failed: 2, refused: 3, waited: MS, waited_for_refusals: MS, first_success: Some(MS) };
        let stages = [one; STAGES];
        assert_eq!(
            total(&stages),
            Counts { succeeded: 5, failed: 10, refused: 15, waited: 5 * MS, waited_for_refusals: 5 * MS, first_success: Some(MS) }
        );
        assert_eq!((while_faulty(&stages).offered(), while_faulty(&stages).waited), (18, 3 * MS));
    }
}
