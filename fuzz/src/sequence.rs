//! Runs any sequence of requests, replies, faults and pauses on one instance. Each request ends.

use super::one_key_store::OneKeyStore;
use fuseboard::time::{Millis, Mono, Now, Wall};
use fuseboard::{
    Answer, Command, End, Identity, Need, Operation, Outcome, Permit, Reply, Report, RequestStep, Scope, Seen, Sources, StepAnswer, Steps,
    StoreError, Target, Token,
};

/// The number of bytes of an input that are used.
const BYTES_MAX: usize = 512;

/// Far more steps than all requests of an input need.
const STEPS_MAX: usize = 20_000;

struct Run {
    steps: Steps,
    store: OneKeyStore,
    now: Now,
    /// Requests that need the store, with their operations.
    operations: Vec<(Token, Operation)>,
    /// Requests that may go on.
    woken: Vec<Token>,
    /// The number of requests that wait for others.
    waiting: usize,
    /// Permits of calls that are not settled yet.
    permits: Vec<Permit>,
}

pub fn run(data: &[u8]) {
    let mut steps = Steps::default();
    steps.configure(&Sources::default(), Identity { writer: 1, seed: 1 }).expect("the defaults are valid");
    let now = Now { wall: Wall(1_800_000_000_000), mono: Mono(0) };
    let mut run =
        Run { steps, store: OneKeyStore::default(), now, operations: Vec::new(), woken: Vec::new(), waiting: 0, permits: Vec::new() };
    for byte in data.iter().take(BYTES_MAX) {
        run.act(byte % 16, usize::from(byte / 16));
    }
    run.end_all();
    assert_eq!(run.waiting, 0, "a request waits for ever");
}

fn target() -> Target {
    Target::name("orders-db")
}

impl Run {
    /// Takes one action. `index` selects among several operations, outcomes or commands.
    fn act(&mut self, action: u8, index: usize) {
        match action {
            0..=3 => self.allow(),
            4..=6 => self.settle(index),
            7..=9 => self.reply(index),
            10 => self.fail(index),
            11 => self.go_on(),
            12 => self.pause(Millis(1 << index)),
            13 => self.abandon(index),
            14 => self.command(index),
            _ => self.store.set(None),
        }
    }

    /// Notes how far a request came.
    fn note(&mut self, step: RequestStep) {
        self.woken.extend(step.woken);
        match step.need {
            Need::Store(token, operation) => self.operations.push((token, operation)),
            Need::Wait(..) => self.waiting += 1,
            Need::Nothing(StepAnswer::Decided(decision)) => {
                if let Answer::Admitted(admitted) = decision.answer {
                    self.permits.push(admitted.permit);
                }
            }
            Need::Nothing(_) => {}
        }
    }

    fn allow(&mut self) {
        let step = self.steps.allow(self.now, &target(), Seen::Nothing, Seen::Nothing).expect("a valid target");
        self.note(step);
    }

    fn settle(&mut self, index: usize) {
        let outcome = [Outcome::Failure, Outcome::Success, Outcome::Neutral][index % 3];
        let permit = self.permits.pop();
        let report = Report::new(End::counted(outcome));
        let step = self.steps.settle(self.now, &target(), permit.as_ref(), &report).expect("a valid target");
        self.note(step);
    }

    fn take_operation(&mut self, index: usize) -> Option<(Token, Operation)> {
        if self.operations.is_empty() { None } else { Some(self.operations.swap_remove(index % self.operations.len())) }
    }

    fn reply(&mut self, index: usize) {
        let Some((token, operation)) = self.take_operation(index) else { return };
        let reply = self.store.carry_out(&operation);
        self.resume(token, reply);
    }

    /// Fails an operation. It may have been carried out all the same.
    fn fail(&mut self, index: usize) {
        let Some((token, operation)) = self.take_operation(index) else { return };
        if index % 2 == 1 {
            self.store.carry_out(&operation);
        }
        let error = if index % 4 < 2 { StoreError::Unavailable("down".into()) } else { StoreError::Unknown("lost".into()) };
        self.resume(token, Reply::Failed(error));
    }

    fn resume(&mut self, token: Token, reply: Reply) {
        let step = self.steps.resume(self.now, token, reply).expect("the request waits");
        self.note(step);
    }

    fn go_on(&mut self) {
        let Some(token) = self.woken.pop() else { return };
        self.waiting -= 1;
        self.resume(token, Reply::GoOn);
    }

    fn pause(&mut self, by: Millis) {
        self.now = Now { wall: self.now.wall.plus(by), mono: self.now.mono.plus(by) };
    }

    fn abandon(&mut self, index: usize) {
        let Some((token, _)) = self.take_operation(index) else { return };
        let woken = self.steps.abandon(self.now, token).expect("configured");
        self.woken.extend(woken);
    }

    fn command(&mut self, index: usize) {
        let command = [Command::Trip, Command::HalfOpen, Command::Close, Command::Disable][index % 4].clone();
        let step = self.steps.command(self.now, &Scope::name("orders-db"), &command).expect("a valid scope");
        self.note(step);
    }

    /// Ends all requests. The store answers.
    fn end_all(&mut self) {
        for _ in 0..STEPS_MAX {
            self.go_on();
            self.reply(0);
        }
        assert!(self.operations.is_empty() && self.woken.is_empty(), "a request goes on for ever: {:?} {:?}", self.operations, self.woken);
    }
}
