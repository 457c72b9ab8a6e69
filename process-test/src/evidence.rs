//! What the lines of all processes prove together.

use crate::policy;
use crate::report::{Probe, Report};
use fuseboard_host::Written;
use std::collections::{BTreeMap, BTreeSet};

/// The calls of all processes in one round. A process is identified by its place, and a call by its number there.
#[derive(Default)]
pub struct Evidence {
    begun: BTreeMap<(usize, u64), Begun>,
    ended: BTreeMap<(usize, u64), Ended>,
    pub waits_ms: Vec<u64>,
    pub kept: u64,
}

struct Begun {
    target: String,
    asked_ns: u64,
    admitted_ns: u64,
    probe: Option<Probe>,
}

struct Ended {
    settling_ns: u64,
    written: Written,
}

/// How outcomes of one name ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub begun: u64,
    /// The verdict was `stored`.
    pub acknowledged: u64,
    /// The verdict was `unknown`.
    pub unknown: u64,
    /// The verdict was `kept`: it may have been written later, or dropped.
    pub kept: u64,
    /// Begun, and never ended: the process was killed.
    pub unended: u64,
}

impl Tally {
    /// The outcomes that may have been counted or not.
    #[must_use]
    pub fn in_doubt(&self) -> u64 {
        self.unknown + self.kept + self.unended
    }
}

/// A time in which a probe had a slot, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    from: u64,
    to: u64,
}

impl Evidence {
    pub fn take_in(&mut self, process: usize, report: Report) {
        match report {
            Report::Begin { n, target, asked_ns, admitted_ns, probe } => {
                self.begun.insert((process, n), Begun { target, asked_ns, admitted_ns, probe });
            }
            Report::End { n, settling_ns, written } => {
                self.ended.insert((process, n), Ended { settling_ns, written });
            }
            Report::Refused { wait_ms } => self.waits_ms.push(wait_ms),
            Report::Done { kept } => self.kept += u64::from(kept),
        }
    }

    #[must_use]
    pub fn tally(&self, target: &str) -> Tally {
        let mut tally = Tally::default();
        for (call, _) in self.begun.iter().filter(|(_, begun)| begun.target == target) {
            tally.begun += 1;
            match self.ended.get(call).map(|ended| ended.written) {
                Some(Written::Stored) => tally.acknowledged += 1,
                Some(Written::Unknown) => tally.unknown += 1,
                Some(Written::Kept) => tally.kept += 1,
                Some(Written::Unchanged | Written::Stale) => {}
                None => tally.unended += 1,
            }
        }
        tally
    }

    /// The most probes of one generation that had a slot at one time, over all generations.
    #[must_use]
    pub fn probes_at_once(&self) -> usize {
        self.held().into_values().map(|held| at_once(&held)).max().unwrap_or(0)
    }

    /// The number of probes that were granted by the store.
    #[must_use]
    pub fn probes(&self) -> usize {
        self.held().values().map(Vec::len).sum()
    }

    #[must_use]
    pub fn generations(&self) -> usize {
        self.held().len()
    }

    /// The processes that were granted a probe.
    #[must_use]
    pub fn probing_processes(&self) -> usize {
        let probing = self.begun.iter().filter(|(_, begun)| matches!(begun.probe, Some(Probe::Shared { .. })));
        probing.map(|((process, _), _)| process).collect::<BTreeSet<_>>().len()
    }

    /// When each probe certainly had its slot: from when it was admitted, to when it began to settle or its slot's deadline came. The
    /// deadline is counted from before the request, so it is never too late here.
    fn held(&self) -> BTreeMap<(&str, &str), Vec<Held>> {
        let mut held: BTreeMap<(&str, &str), Vec<Held>> = BTreeMap::new();
        let timeout_ns = u64::try_from(policy::PROBE_TIMEOUT.as_nanos()).unwrap_or(u64::MAX);
        for (call, begun) in &self.begun {
            let Some(Probe::Shared { generation }) = &begun.probe else { continue };
            let deadline = begun.asked_ns + timeout_ns;
            let to = self.ended.get(call).map_or(deadline, |ended| ended.settling_ns.min(deadline));
            held.entry((&begun.target, generation)).or_default().push(Held { from: begun.admitted_ns, to });
        }
        held
    }
}

fn at_once(held: &[Held]) -> usize {
    let overlaps = |at: u64| held.iter().filter(|held| held.from <= at && at < held.to).count();
    held.iter().map(|held| overlaps(held.from)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn begin(n: u64, at_ms: u64, generation: Option<&str>) -> Report {
        let probe = generation.map(|generation| Probe::Shared { generation: generation.to_owned() });
        Report::Begin { n, target: "probe-1".to_owned(), asked_ns: at_ms * MS, admitted_ns: at_ms * MS, probe }
    }

    fn end(n: u64, at_ms: u64, written: Written) -> Report {
        Report::End { n, settling_ns: at_ms * MS, written }
    }

    #[test]
    fn a_probe_counts_until_its_end_or_its_deadline() {
        let mut evidence = Evidence::default();
        evidence.take_in(0, begin(1, 0, Some("a")));
        evidence.take_in(1, begin(1, 10, Some("a")));
        assert_eq!(evidence.probes_at_once(), 2);
        evidence.take_in(0, end(1, 10, Written::Stored));
        assert_eq!(evidence.probes_at_once(), 1, "the first ended when the second began");
        evidence.take_in(2, begin(1, 59, Some("a")));
        assert_eq!(evidence.probes_at_once(), 2, "the second was killed, and has its slot until 60 ms");
        evidence.take_in(3, begin(1, 60, Some("a")));
        evidence.take_in(4, begin(1, 60, Some("b")));
        assert_eq!((evidence.probes_at_once(), evidence.generations(), evidence.probes()), (2, 2, 5));
    }

    #[test]
    fn an_outcome_is_in_doubt_unless_it_was_acknowledged_or_inert() {
        let mut evidence = Evidence::default();
        let verdicts = [Written::Stored, Written::Unknown, Written::Kept, Written::Stale, Written::Unchanged];
        for (n, written) in (1..).zip(verdicts) {
            evidence.take_in(0, begin(n, 0, None));
            evidence.take_in(0, end(n, 1, written));
        }
        evidence.take_in(0, begin(9, 0, None));
        let tally = evidence.tally("probe-1");
        assert_eq!(tally, Tally { begun: 6, acknowledged: 1, unknown: 1, kept: 1, unended: 1 });
        assert_eq!(tally.in_doubt(), 3);
    }
}
