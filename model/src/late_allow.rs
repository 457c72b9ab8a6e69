//! Promise 5: at a late enough time a call is admitted.

use crate::history::History;
use crate::policies::SKEW;
use crate::replay::{give, target};
use crate::stored::{Content, Stored};
use crate::system::System;
use fuseboard::time::{Mono, Now, Wall};
use fuseboard::{Answer, Identity, Need, Operation, Reply, Revision, Seen, Sources, StepAnswer, Steps};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Later than every wait of the model's policies, and than the longest time for which the engine leaves a failed store alone.
const LATE: u64 = 60_000;
/// How far a process's clock may be behind the one of the writer, in milliseconds.
const BEHIND: i64 = -3_600_000;

/// A process's history, the revision of the record, and the time.
type Question = (u64, Option<u64>, u64);

/// Answers whether a call is admitted late, each question once.
pub struct LateAllows {
    policies: Vec<Sources>,
    of_processes: Mutex<HashMap<Question, bool>>,
}

impl LateAllows {
    pub fn new(policies: Vec<Sources>) -> LateAllows {
        LateAllows { policies, of_processes: Mutex::default() }
    }

    /// Whether a new process with any policy admits a call at a late time, whatever its clock says.
    pub fn admits(&self, stored: &Arc<Stored>, time: u64) -> bool {
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
    pub fn process_admits(&self, history: &History, content: &Content, time: u64, offset: i64) -> bool {
        let question = (history.digest, content.as_ref().map(|stored| stored.revision), time);
        if let Some(known) = self.of_processes.lock().unwrap_or_else(PoisonError::into_inner).get(&question) {
            return *known;
        }
        let mut steps = Steps::default();
        for input in history.inputs() {
            let _ = give(&mut steps, &self.policies, Identity { writer: history.writer, seed: history.seed }, input);
        }
        let admits = admits_late(steps, content, time, offset);
        self.of_processes.lock().unwrap_or_else(PoisonError::into_inner).insert(question, admits);
        admits
    }
}

/// Whether a process admits a call now, or when every wait that it reads now is over, or when every wait that it reads then is over: what
/// it clamped during an outage, it clamps again when the store is back.
fn admits_late(mut steps: Steps, content: &Content, time: u64, offset: i64) -> bool {
    let mut content = content.as_ref().map(|stored| (stored.revision, stored.text.clone()));
    let mut admits_at = |time| admits(&mut steps, &mut content, time, offset);
    (0..3).any(|waits| admits_at(time + waits * (LATE + 2 * SKEW)))
}

/// Runs one `allow` over a store that always answers.
fn admits(steps: &mut Steps, content: &mut Option<(u64, String)>, time: u64, offset: i64) -> bool {
    let time = System::time_of(time, offset);
    let now = Now { wall: Wall(time.wall), mono: Mono(time.mono) };
    let mut store = ContentStore(content);
    let mut step = steps.allow(now, &target(), Seen::Nothing, Seen::Nothing);
    while let Ok(Need::Store(token, operation)) = step.as_ref().map(|step| step.need.clone()) {
        let reply = store.reply(operation);
        step = steps.resume(now, token, reply);
    }
    let Ok(Need::Nothing(StepAnswer::Decided(decision))) = step.map(|step| step.need) else { return false };
    matches!(decision.answer, Answer::Admitted(_))
}

/// A store of one text.
struct ContentStore<'a>(&'a mut Option<(u64, String)>);

impl ContentStore<'_> {
    fn reply(&mut self, operation: Operation) -> Reply {
        use fuseboard::{Entry, Lookup, Page, Swap};
        let entry = |(revision, value): (u64, String)| Entry { revision: Revision(revision), value };
        match operation {
            Operation::Load { .. } => Reply::Loaded(self.0.clone().map_or(Lookup::Missing, |found| Lookup::Found(entry(found)))),
            Operation::Swap { expected, value, .. } => {
                if expected.map(|revision| revision.0) != self.0.as_ref().map(|(revision, _)| *revision) {
                    return Reply::Swapped(Swap::Conflict(self.0.clone().map(entry)));
                }
                let revision = self.0.as_ref().map_or(1, |(revision, _)| revision.wrapping_add(1));
                *self.0 = Some((revision, value));
                Reply::Swapped(Swap::Stored(Revision(revision)))
            }
            Operation::Keys { .. } => Reply::Listed(Page::default()),
        }
    }
}
