//! Drives the engine in steps. The test sets the time and the order of replies.

use fuseboard::time::{Millis, Mono, Now, Wall};
use fuseboard::{
    Clock, Document, End, Identity, Need, Operation, Outcome, Permit, Reply, Report, RequestStep, Seen, Sources, StepAnswer, Steps, Target,
    Token,
};
use fuseboard_stores::{ManualClock, MemoryStore};
use std::collections::BTreeMap;

pub const START: u64 = 1_800_000_000_000;

/// Whether a request has ended after a step, or what it waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    Ended(StepAnswer),
    Store(Token),
    Wait(Token),
}

pub struct Driver {
    pub steps: Steps,
    pub store: MemoryStore,
    pub clock: ManualClock,
    /// Operations that were not carried out yet.
    pub operations: BTreeMap<Token, Operation>,
    /// Replies of operations that were carried out, and not delivered yet.
    pub replies: BTreeMap<Token, Reply>,
    /// Requests that wait for others.
    pub waiting: Vec<Token>,
    /// Requests that may go on.
    pub woken: Vec<Token>,
}

pub fn sources(text: &str) -> Sources {
    Sources { documents: vec![Document { name: "test.json".into(), text: text.into() }], ..Sources::default() }
}

pub fn report(outcome: Outcome) -> Report {
    Report::new(End::counted(outcome))
}

impl Driver {
    pub fn new(config: &str) -> Driver {
        let clock = ManualClock::at(Wall(START), Mono(0));
        Driver::on(&MemoryStore::with_clock(clock.clone()), &clock, 1, config)
    }

    /// An instance on a store that others use too.
    pub fn on(store: &MemoryStore, clock: &ManualClock, writer: u64, config: &str) -> Driver {
        let mut steps = Steps::default();
        steps.configure(&sources(config), Identity { writer, seed: 1 }).expect("a valid configuration");
        let (store, clock) = (store.clone(), clock.clone());
        Driver { steps, store, clock, operations: BTreeMap::new(), replies: BTreeMap::new(), waiting: Vec::new(), woken: Vec::new() }
    }

    pub fn now(&self) -> Now {
        Now { wall: self.clock.wall(), mono: self.clock.mono() }
    }

    pub fn advance(&mut self, by: Millis) {
        self.clock.advance(by);
    }

    pub fn take(&mut self, step: RequestStep) -> Progress {
        self.woken.extend(step.woken);
        match step.need {
            Need::Nothing(answer) => Progress::Ended(answer),
            Need::Store(token, operation) => {
                self.operations.insert(token, operation);
                Progress::Store(token)
            }
            Need::Wait(token, _) => {
                self.waiting.push(token);
                Progress::Wait(token)
            }
        }
    }

    pub fn allow(&mut self, target: &Target) -> Progress {
        let step = self.steps.allow(self.now(), target, Seen::Nothing, Seen::Nothing).expect("a valid target");
        self.take(step)
    }

    pub fn settle(&mut self, target: &Target, permit: Option<&Permit>, outcome: Outcome) -> Progress {
        let step = self.steps.settle(self.now(), target, permit, &report(outcome)).expect("a valid target");
        self.take(step)
    }

    /// Carries out the operation of a request. Its reply is delivered later.
    pub fn carry_out(&mut self, token: Token) {
        let operation = self.operations.remove(&token).expect("the request waits for the store");
        self.replies.insert(token, operation.run(&self.store));
    }

    /// Delivers the reply of an operation that was carried out.
    pub fn deliver(&mut self, token: Token) -> Progress {
        let reply = self.replies.remove(&token).expect("the operation was carried out");
        self.resume(token, reply)
    }

    /// Replies to a request without carrying its operation out.
    pub fn fail(&mut self, token: Token, reply: Reply) -> Progress {
        self.operations.remove(&token).expect("the request waits for the store");
        self.resume(token, reply)
    }

    pub fn go_on(&mut self, token: Token) -> Progress {
        self.waiting.retain(|waiting| *waiting != token);
        self.woken.retain(|woken| *woken != token);
        self.resume(token, Reply::GoOn)
    }

    pub fn resume(&mut self, token: Token, reply: Reply) -> Progress {
        let step = self.steps.resume(self.now(), token, reply).expect("the request waits");
        self.take(step)
    }

    pub fn abandon(&mut self, token: Token) {
        self.operations.remove(&token);
        self.replies.remove(&token);
        self.waiting.retain(|waiting| *waiting != token);
        self.woken.retain(|woken| *woken != token);
        let woken = self.steps.abandon(self.now(), token).expect("configured");
        self.woken.extend(woken);
    }

    /// Carries out the operations of one request until it ends.
    pub fn end(&mut self, mut progress: Progress) -> StepAnswer {
        loop {
            match progress {
                Progress::Ended(answer) => return answer,
                Progress::Store(token) => {
                    self.carry_out(token);
                    progress = self.deliver(token);
                }
                Progress::Wait(token) => panic!("{token:?} waits for another request"),
            }
        }
    }
}
