//! What the messages of all processes show together.

use crate::message::{Message, Probe};
use crate::policy;
use fuseboard_host::Written;
use std::collections::{BTreeMap, BTreeSet};

/// The calls of all processes in one round. A process is identified by its index in the fleet, a call by its number in the process.
#[derive(Default)]
pub struct Evidence {
    begun: BTreeMap<(usize, u64), CallBegin>,
    /// When each call began to be settled, in nanoseconds.
    settling: BTreeMap<(usize, u64), u64>,
    ended: BTreeMap<(usize, u64), Written>,
    /// The waits of all refusals.
    pub waits_ms: Vec<u64>,
    /// The outcomes that were left in the backlogs after the last flush.
    pub kept: u64,
}

struct CallBegin {
    target: String,
    requested_ns: u64,
    admitted_ns: u64,
    probe: Option<Probe>,
}

/// How many calls of one name there were, by what became of their outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts {
    pub begun: u64,
    /// The verdict was `stored`.
    pub acknowledged: u64,
    /// The verdict was `unknown`.
    pub unknown: u64,
    /// The verdict was `kept`: it may have been written later, or dropped.
    pub kept: u64,
    /// The call began and did not end, because the process was killed.
    pub unended: u64,
}

impl OutcomeCounts {
    /// The outcomes that may have been counted or not.
    #[must_use]
    pub fn in_doubt(&self) -> u64 {
        self.unknown + self.kept + self.unended
    }
}

/// A time in which a probe had a slot, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SlotTime {
    from: u64,
    to: u64,
}

impl Evidence {
    pub fn add(&mut self, process: usize, message: Message) {
        match message {
            Message::Begin { call, target, requested_ns, admitted_ns, probe } => {
                self.begun.insert((process, call), CallBegin { target, requested_ns, admitted_ns, probe });
            }
            Message::Settling { call, at_ns } => {
                self.settling.insert((process, call), at_ns);
            }
            Message::End { call, written } => {
                self.ended.insert((process, call), written);
            }
            Message::Refused { wait_ms } => self.waits_ms.push(wait_ms),
            Message::Done { kept } => self.kept += u64::from(kept),
        }
    }

    #[must_use]
    pub fn counts(&self, target: &str) -> OutcomeCounts {
        let mut counts = OutcomeCounts::default();
        for (call, _) in self.begun.iter().filter(|(_, begun)| begun.target == target) {
            counts.begun += 1;
            match self.ended.get(call) {
                Some(Written::Stored) => counts.acknowledged += 1,
                Some(Written::Unknown) => counts.unknown += 1,
                Some(Written::Kept) => counts.kept += 1,
                Some(Written::Unchanged | Written::Stale) => {}
                None => counts.unended += 1,
            }
        }
        counts
    }

    /// The most probes of one generation that had a slot at one time, over all generations.
    #[must_use]
    pub fn most_probes_at_once(&self) -> usize {
        self.slot_times().into_values().map(|times| most_at_once(&times)).max().unwrap_or(0)
    }

    /// The number of probes that were granted by the store.
    #[must_use]
    pub fn probes(&self) -> usize {
        self.slot_times().values().map(Vec::len).sum()
    }

    #[must_use]
    pub fn generations(&self) -> usize {
        self.slot_times().len()
    }

    /// The processes that were granted a probe.
    #[must_use]
    pub fn probing_processes(&self) -> usize {
        let probing = self.begun.iter().filter(|(_, begun)| matches!(begun.probe, Some(Probe::Shared { .. })));
        probing.map(|((process, _), _)| process).collect::<BTreeSet<_>>().len()
    }

    /// The time in which each probe certainly had its slot, by name and generation. It begins when the probe was admitted. It ends when the
    /// process began to settle it, or at the slot's deadline, whichever is earlier. The deadline is computed from the time before the
    /// request, so it is not later than the real one.
    fn slot_times(&self) -> BTreeMap<(&str, &str), Vec<SlotTime>> {
        let mut times: BTreeMap<(&str, &str), Vec<SlotTime>> = BTreeMap::new();
        let timeout_ns = u64::try_from(policy::PROBE_TIMEOUT.as_nanos()).unwrap_or(u64::MAX);
        for (call, begun) in &self.begun {
            let Some(Probe::Shared { generation }) = &begun.probe else { continue };
            let deadline = begun.requested_ns + timeout_ns;
            let to = self.settling.get(call).map_or(deadline, |at| deadline.min(*at));
            times.entry((&begun.target, generation)).or_default().push(SlotTime { from: begun.admitted_ns, to });
        }
        times
    }
}

fn most_at_once(times: &[SlotTime]) -> usize {
    let number_at = |at: u64| times.iter().filter(|time| time.from <= at && at < time.to).count();
    times.iter().map(|time| number_at(time.from)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn begin(call: u64, at_ms: u64, generation: Option<&str>) -> Message {
        let probe = generation.map(|generation| Probe::Shared { generation: generation.to_owned() });
        Message::Begin { call, target: "probe-1".to_owned(), requested_ns: at_ms * MS, admitted_ns: at_ms * MS, probe }
    }

    fn settling(call: u64, at_ms: u64) -> Message {
        Message::Settling { call, at_ns: at_ms * MS }
    }

    #[test]
    fn a_probe_has_its_slot_until_its_end_or_its_deadline() {
        let mut evidence = Evidence::default();
        evidence.add(0, begin(1, 0, Some("a")));
        evidence.add(1, begin(1, 10, Some("a")));
        assert_eq!(evidence.most_probes_at_once(), 2);
        evidence.add(0, settling(1, 10));
        assert_eq!(evidence.most_probes_at_once(), 1, "the first was settled when the second began, and perhaps killed then");
        evidence.add(2, begin(1, 59, Some("a")));
        assert_eq!(evidence.most_probes_at_once(), 2, "the second was killed, and has its slot until 60 ms");
        evidence.add(3, begin(1, 60, Some("a")));
        evidence.add(4, begin(1, 60, Some("b")));
        assert_eq!((evidence.most_probes_at_once(), evidence.generations(), evidence.probes()), (2, 2, 5));
    }

    #[test]
    fn an_outcome_is_in_doubt_unless_it_was_acknowledged_or_inert() {
        let mut evidence = Evidence::default();
        let verdicts = [Written::Stored, Written::Unknown, Written::Kept, Written::Stale, Written::Unchanged];
        for (call, written) in (1..).zip(verdicts) {
            evidence.add(0, begin(call, 0, None));
            evidence.add(0, Message::End { call, written });
        }
        evidence.add(0, begin(9, 0, None));
        let counts = evidence.counts("probe-1");
        assert_eq!(counts, OutcomeCounts { begun: 6, acknowledged: 1, unknown: 1, kept: 1, unended: 1 });
        assert_eq!(counts.in_doubt(), 3);
    }
}
