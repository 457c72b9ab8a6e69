//! Promise 5: a circuit is never stuck. At a late time a call is admitted.

use crate::history::History;
use crate::model_policy::SKEW;
use crate::process_time::ProcessTime;
use crate::replay::target;
use crate::stored_text::{StoreContent, StoredText};
use fuseboard::{Answer, Entry, Identity, Lookup, Need, Operation, Page, Reply, Revision, Seen, Sources, StepAnswer, Steps, Swap};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Longer than every wait of the model's policies, and than the longest back-off of the engine from a failed store, in milliseconds.
const LATE: u64 = 60_000;
/// How far a process's clock may be behind the clock of the writer, in milliseconds.
const BEHIND: i64 = -3_600_000;

/// A process's history, the revision of the record, and the time.
type CheckedCase = (u64, Option<u64>, u64);

/// Checks whether processes admit a call at a late time. Each case is checked once.
pub struct StuckCheck {
    policies: Vec<Sources>,
    of_processes: Mutex<HashMap<CheckedCase, bool>>,
}

impl StuckCheck {
    pub fn new(policies: Vec<Sources>) -> StuckCheck {
        StuckCheck { policies, of_processes: Mutex::default() }
    }

    /// Whether a new process admits a call at a late time, with each policy, and also with a clock that is behind.
    pub fn new_process_admits(&self, stored: &Arc<StoredText>, time: u64) -> bool {
        let clocks = [0, BEHIND];
        let new = |policy: &Sources| {
            let mut steps = Steps::default();
            steps.configure(policy, Identity { writer: 99, seed: 99 }).expect("the policies of the model are valid");
            steps
        };
        *stored.admits_late.get_or_init(|| {
            let content = Some(Arc::clone(stored));
            self.policies.iter().all(|policy| clocks.iter().all(|offset| admits_late(new(policy), &content, time, *offset)))
        })
    }

    /// Whether a process without waiting requests admits a call at a late time.
    pub fn process_admits(&self, history: &History, content: &StoreContent, time: u64, offset: i64) -> bool {
        let case = (history.digest, content.as_ref().map(|stored| stored.revision), time);
        if let Some(admits) = self.of_processes.lock().unwrap_or_else(PoisonError::into_inner).get(&case) {
            return *admits;
        }
        let admits = admits_late(history.engine(&self.policies), content, time, offset);
        self.of_processes.lock().unwrap_or_else(PoisonError::into_inner).insert(case, admits);
        admits
    }
}

/// Whether an engine admits one of three calls: now, after every wait that it reads now, and after every wait that it reads then. The third
/// is for a deadline that was clamped during an outage: it is clamped again when the store is back.
fn admits_late(mut steps: Steps, content: &StoreContent, time: u64, offset: i64) -> bool {
    let mut store = WorkingStore { entry: content.as_ref().map(|stored| stored.entry()) };
    (0..3).any(|waits| admits(&mut steps, &mut store, ProcessTime::new(time + waits * (LATE + 2 * SKEW), offset)))
}

/// Runs one `allow`.
fn admits(steps: &mut Steps, store: &mut WorkingStore, time: ProcessTime) -> bool {
    let mut step = steps.allow(time.now(), &target(), Seen::Nothing, Seen::Nothing);
    while let Ok(Need::Store(token, operation)) = step.as_ref().map(|step| step.need.clone()) {
        step = steps.resume(time.now(), token, store.carry_out(operation));
    }
    let Ok(Need::Nothing(StepAnswer::Decided(decision))) = step.map(|step| step.need) else { return false };
    matches!(decision.answer, Answer::Admitted(_))
}

/// A store of one key that always answers.
struct WorkingStore {
    entry: Option<Entry>,
}

impl WorkingStore {
    fn carry_out(&mut self, operation: Operation) -> Reply {
        match operation {
            Operation::Load { .. } => Reply::Loaded(self.entry.clone().map_or(Lookup::Missing, Lookup::Found)),
            Operation::LoadMany { .. } => Reply::LoadedMany(vec![self.entry.clone().map_or(Lookup::Missing, Lookup::Found)]),
            Operation::Swap { expected, value, .. } => {
                if expected != self.entry.as_ref().map(|entry| entry.revision) {
                    return Reply::Swapped(Swap::Conflict(self.entry.clone()));
                }
                let revision = Revision(self.entry.as_ref().map_or(1, |entry| entry.revision.0.wrapping_add(1)));
                self.entry = Some(Entry { revision, value });
                Reply::Swapped(Swap::Stored(revision))
            }
            Operation::Keys { .. } => Reply::Listed(Page::default()),
        }
    }
}
