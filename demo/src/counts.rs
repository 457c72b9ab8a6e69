//! What happened to the calls of one side, stage by stage. Everything that the demo prints is counted here or by a server.

use crate::script::{SCRIPT, STAGES};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How a call ended for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// Answered 200.
    Well,
    /// Answered otherwise, or not at all.
    Badly,
    /// Not made: the board said no.
    Refused,
}

/// Counted while it happens, by many threads.
#[derive(Default)]
pub struct Counters([StageCounters; STAGES]);

#[derive(Default)]
struct StageCounters {
    well: AtomicU64,
    badly: AtomicU64,
    refused: AtomicU64,
    waited_ns: AtomicU64,
    refusing_ns: AtomicU64,
    /// Since the start, plus one; 0: none yet.
    first_well_ns: AtomicU64,
}

/// The counts of one stage, by the stage in which the calls were offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub well: u64,
    pub badly: u64,
    pub refused: u64,
    /// What callers waited, refusals included.
    pub waited: Duration,
    /// What callers waited for refusals.
    pub refusing: Duration,
    /// When the first of these calls had its good answer, from the start.
    pub first_well: Option<Duration>,
}

impl Counters {
    /// One call: of which stage, how it ended, how long that took, and when it was over.
    pub fn add(&self, stage: usize, ended: CallEnd, took: Duration, at: Duration) {
        let Some(counters) = self.0.get(stage) else { return };
        let counter = match ended {
            CallEnd::Well => &counters.well,
            CallEnd::Badly => &counters.badly,
            CallEnd::Refused => &counters.refused,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        counters.waited_ns.fetch_add(nanos(took), Ordering::Relaxed);
        match ended {
            CallEnd::Well => drop(counters.first_well_ns.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |first| {
                let at = nanos(at).saturating_add(1);
                (first == 0 || at < first).then_some(at)
            })),
            CallEnd::Refused => drop(counters.refusing_ns.fetch_add(nanos(took), Ordering::Relaxed)),
            CallEnd::Badly => {}
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
            well: load(&self.well),
            badly: load(&self.badly),
            refused: load(&self.refused),
            waited: Duration::from_nanos(load(&self.waited_ns)),
            refusing: Duration::from_nanos(load(&self.refusing_ns)),
            first_well: load(&self.first_well_ns).checked_sub(1).map(Duration::from_nanos),
        }
    }
}

impl Counts {
    pub fn made(&self) -> u64 {
        self.well + self.badly
    }

    pub fn offered(&self) -> u64 {
        self.made() + self.refused
    }

    /// What a refusal took its caller.
    pub fn refusal_took(&self) -> Option<Duration> {
        self.refusing.checked_div(u32::try_from(self.refused).ok()?)
    }

    fn plus(self, other: Counts) -> Counts {
        Counts {
            well: self.well + other.well,
            badly: self.badly + other.badly,
            refused: self.refused + other.refused,
            waited: self.waited + other.waited,
            refusing: self.refusing + other.refusing,
            first_well: [self.first_well, other.first_well].into_iter().flatten().min(),
        }
    }
}

pub fn total(stages: &[Counts; STAGES]) -> Counts {
    stages.iter().copied().fold(Counts::default(), Counts::plus)
}

/// Of the stages in which the server was sick.
pub fn while_sick(stages: &[Counts; STAGES]) -> Counts {
    let sick = stages.iter().zip(SCRIPT).filter(|(_, stage)| stage.health.is_sick());
    sick.map(|(counts, _)| *counts).fold(Counts::default(), Counts::plus)
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
        counters.add(0, CallEnd::Well, 2 * MS, 7 * MS);
        counters.add(0, CallEnd::Well, 2 * MS, 5 * MS);
        counters.add(0, CallEnd::Badly, 3 * MS, 8 * MS);
        counters.add(1, CallEnd::Refused, MS, 9 * MS);
        counters.add(1, CallEnd::Refused, 3 * MS, 9 * MS);
        counters.add(STAGES, CallEnd::Well, MS, MS);
        let [fine, sick, ..] = counters.read();
        assert_eq!((fine.made(), fine.offered(), fine.waited, fine.first_well), (3, 3, 7 * MS, Some(5 * MS)));
        assert_eq!((sick.made(), sick.offered(), sick.waited, sick.first_well), (0, 2, 4 * MS, None));
        assert_eq!((sick.refusal_took(), fine.refusal_took()), (Some(2 * MS), None));
    }

    #[test]
    fn a_good_answer_at_the_very_start_is_one() {
        let counters = Counters::default();
        counters.add(0, CallEnd::Well, Duration::ZERO, Duration::ZERO);
        assert_eq!(counters.read()[0].first_well, Some(Duration::ZERO));
    }

    #[test]
    fn the_sick_stages_are_the_three_in_the_middle() {
        let one = Counts { well: 1, badly: 2, refused: 3, waited: MS, refusing: MS, first_well: Some(MS) };
        let stages = [one; STAGES];
        assert_eq!(total(&stages), Counts { well: 5, badly: 10, refused: 15, waited: 5 * MS, refusing: 5 * MS, first_well: Some(MS) });
        assert_eq!((while_sick(&stages).offered(), while_sick(&stages).waited), (18, 3 * MS));
    }
}
