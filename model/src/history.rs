//! A process's engine, represented by all its inputs.
//!
//! The engine is deterministic: it reads no clock and no random number. The time and every reply are arguments. So two engines with equal
//! histories are in equal states and answer all later inputs alike. The digest of a history covers all its inputs.

use crate::input::{Input, InputKind};
use crate::output::Output;
use crate::process_time::ProcessTime;
use crate::replay;
use fuseboard::{Identity, Sources, Steps};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// An engine's history: its inputs, and the output for the last one.
pub struct History {
    pub digest: u64,
    pub identity: Identity,
    /// The history without the last input.
    pub before: Option<Arc<History>>,
    pub input: Input,
    pub output: Output,
}

impl History {
    /// All inputs, the first one first.
    fn inputs(&self) -> Vec<&Input> {
        let mut inputs = vec![&self.input];
        let mut before = &self.before;
        while let Some(history) = before {
            inputs.push(&history.input);
            before = &history.before;
        }
        inputs.reverse();
        inputs
    }

    /// A new engine that received all inputs.
    pub fn engine(&self, policies: &[Sources]) -> Steps {
        replay::engine_after(policies, self.identity, &self.inputs())
    }
}

const SHARDS: u64 = 64;

/// The digest of a history, and its next input.
type Extension = (u64, Input);

/// All histories so far. Each is replayed once.
pub struct Histories {
    policies: Vec<Sources>,
    shards: Vec<Mutex<HashMap<Extension, Arc<History>>>>,
}

impl Histories {
    pub fn new(policies: Vec<Sources>) -> Histories {
        Histories { policies, shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    /// The history of a process that was just started with a policy.
    pub fn begin(&self, identity: Identity, time: ProcessTime, policy: u8) -> Arc<History> {
        let mut hasher = DefaultHasher::new();
        (identity.writer, identity.seed).hash(&mut hasher);
        let input = Input { time, kind: InputKind::Configure(policy) };
        self.find_or_add((hasher.finish(), input), |(digest, input)| {
            let output = replay::output(&self.policies, identity, &[], &input);
            History { digest, identity, before: None, input, output }
        })
    }

    /// A history with one more input.
    pub fn extend(&self, history: &Arc<History>, input: Input) -> Arc<History> {
        self.find_or_add((history.digest, input), |(digest, input)| {
            let output = replay::output(&self.policies, history.identity, &history.inputs(), &input);
            History { digest, identity: history.identity, before: Some(Arc::clone(history)), input, output }
        })
    }

    /// Replays outside the lock. If two threads replay the same history, both get the one that is added first.
    fn find_or_add(&self, extension: Extension, new: impl FnOnce(Extension) -> History) -> Arc<History> {
        let mut hasher = DefaultHasher::new();
        extension.hash(&mut hasher);
        let digest = hasher.finish();
        let shard = &self.shards[usize::try_from(digest % SHARDS).unwrap_or(0)];
        if let Some(found) = shard.lock().unwrap_or_else(PoisonError::into_inner).get(&extension) {
            return Arc::clone(found);
        }
        let added = Arc::new(new((digest, extension.1.clone())));
        let mut histories = shard.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(histories.entry(extension).or_insert(added))
    }

    /// The number of histories.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }
}
