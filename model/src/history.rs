//! A process's engine, represented by everything that it was given.
//!
//! The engine is deterministic: it reads no clock and no random number, and gets the time and every reply as an argument. So two engines
//! with equal histories are in equal states and answer all later inputs alike. A history has a digest of all its inputs.

use crate::mark::Mark;
use crate::operation::{Asked, Told};
use crate::replay;
use fuseboard::{Claim, Outcome, Reason, Token, Written};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// A claim that can be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ModelClaim {
    pub generation: Option<Mark>,
    pub probe: Option<Mark>,
}

impl ModelClaim {
    pub fn new(claim: Claim) -> ModelClaim {
        ModelClaim { generation: claim.generation.map(Mark::from), probe: claim.probe.map(Mark::from) }
    }

    pub fn claim(self) -> Claim {
        Claim { generation: self.generation.map(Mark::write_mark), probe: self.probe.map(Mark::write_mark) }
    }
}

/// The time of one input, by both clocks of the process: the time of day in milliseconds, the monotonic time in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Time {
    pub wall: u64,
    pub mono: u64,
}

/// One thing that an engine is given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Input {
    pub time: Time,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// The number of a policy of the configuration.
    Configure(u8),
    Allow,
    Settle(Option<ModelClaim>, Verdict),
    Flush,
    Reply(Token, Told),
    Abandon(Token),
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    Success,
    Failure,
}

impl Verdict {
    pub fn outcome(self) -> Outcome {
        match self {
            Verdict::Success => Outcome::Success,
            Verdict::Failure => Outcome::Failure,
        }
    }
}

/// What an engine answered to its last input.
#[derive(Clone, Debug)]
pub struct Output {
    pub next: Next,
    pub woken: Vec<Token>,
    pub outage: Outage,
    /// The outcomes in its backlog.
    pub kept: u32,
}

/// Whether an engine takes the store for lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    None,
    Since,
}

#[derive(Clone, Debug)]
pub enum Next {
    Nothing,
    Asks(Token, Asked),
    Waits(Token),
    Admitted(Option<ModelClaim>),
    Refused(Reason, Option<u64>),
    Settled(Written),
    Flushed,
    Problem(String),
}

/// An engine's history: its inputs, and the answer to the last one.
pub struct History {
    pub digest: u64,
    pub writer: u64,
    pub seed: u64,
    pub before: Option<Arc<History>>,
    pub input: Input,
    pub output: Output,
}

impl History {
    /// All inputs, the first one first.
    pub fn inputs(&self) -> Vec<&Input> {
        let mut inputs = vec![&self.input];
        let mut before = &self.before;
        while let Some(history) = before {
            inputs.push(&history.input);
            before = &history.before;
        }
        inputs.reverse();
        inputs
    }
}

const SHARDS: u64 = 64;

/// A history's digest, and its next input.
type Extension = (u64, Input);

/// All histories so far, so that each is replayed once.
pub struct Histories {
    policies: Vec<fuseboard::Sources>,
    shards: Vec<Mutex<HashMap<Extension, Arc<History>>>>,
}

impl Histories {
    pub fn new(policies: Vec<fuseboard::Sources>) -> Histories {
        Histories { policies, shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    /// The history of a process that was just started.
    pub fn begin(&self, writer: u64, seed: u64, time: Time, policy: u8) -> Arc<History> {
        let mut hasher = DefaultHasher::new();
        (writer, seed).hash(&mut hasher);
        let input = Input { time, what: What::Configure(policy) };
        self.find((hasher.finish(), input), |(digest, input)| {
            let output = replay::output(&self.policies, (writer, seed), &[], &input);
            History { digest, writer, seed, before: None, input, output }
        })
    }

    /// A history with one more input.
    pub fn extend(&self, history: &Arc<History>, input: Input) -> Arc<History> {
        self.find((history.digest, input), |(digest, input)| {
            let output = replay::output(&self.policies, (history.writer, history.seed), &history.inputs(), &input);
            History { digest, writer: history.writer, seed: history.seed, before: Some(Arc::clone(history)), input, output }
        })
    }

    fn find(&self, extension: Extension, new: impl FnOnce(Extension) -> History) -> Arc<History> {
        let mut hasher = DefaultHasher::new();
        extension.hash(&mut hasher);
        let digest = hasher.finish();
        let shard = &self.shards[usize::try_from(digest % SHARDS).unwrap_or(0)];
        if let Some(found) = shard.lock().unwrap_or_else(PoisonError::into_inner).get(&extension) {
            return Arc::clone(found);
        }
        let made = Arc::new(new((digest, extension.1.clone())));
        let mut histories = shard.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(histories.entry(extension).or_insert(made))
    }

    /// How many histories there are.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }
}
