//! Any sequence of requests, replies, faults and pauses on one instance: each request ends.

use super::one_key_store::OneKeyStore;
use fuseboard::time::{Millis, Mono, Now, Wall};
use fuseboard::{
    Answer, Command, End, Identity, Need, Operation, Outcome, Permit, Reply, Report, RequestStep, Scope, Seen, Sources, StepAnswer, Steps,
    StoreError, Target, Token,
};

/// Commands and settings of an input that are used.
const BYTES_MAX: usize = 512;

/// Far more steps than all requests of an input need.
const STEPS_MAX: usize = 20_000;

struct Run {
    steps: Steps,
    store: OneKeyStore,
    now: Now,
    asked: Vec<(Token, Operation)>,
    woken: Vec<Token>,
    waiting: usize,
    permits: Vec<Permit>,
}

pub fn run(data: &[u8]) {
    let mut steps = Steps::default();
    steps.configure(&Sources::default(), Identity { writer: 1, seed: 1 }).expect("the defaults are valid");
    let now = Now { wall: Wall(1_800_000_000_000), mono: Mono(0) };
    let mut run = Run { steps, store: OneKeyStore::default(), now, asked: Vec::new(), woken: Vec::new(), waiting: 0, permits: Vec::new() };
    for byte in data.iter().take(BYTES_MAX) {
        run.act(byte % 16, usize::from(byte / 16));
    }
    run.drain();
    assert_eq!(run.waiting, 0, "a request waits for ever");
}

fn target() -> Target {
    Target::name("orders-db")
}

impl Run {
    fn act(&mut self, what: u8, which: usize) {
        match what {
            0..=3 => self.allow(),
            4..=6 => self.settle(which),
            7..=9 => self.reply(which),
            10 => self.fail(which),
            11 => self.go_on(),
            12 => self.pause(Millis(1 << which)),
            13 => self.abandon(which),
            14 => self.command(which),
            _ => self.store.set(None),
        }
    }

    fn take(&mut self, step: RequestStep) {
        self.woken.extend(step.woken);
        match step.need {
            Need::Store(token, operation) => self.asked.push((token, operation)),
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
        self.take(step);
    }

    fn settle(&mut self, which: usize) {
        let outcome = [Outcome::Failure, Outcome::Success, Outcome::Neutral][which % 3];
        let permit = self.permits.pop();
        let report = Report::new(End::counted(outcome));
        let step = self.steps.settle(self.now, &target(), permit.as_ref(), &report).expect("a valid target");
        self.take(step);
    }

    fn asked(&mut self, which: usize) -> Option<(Token, Operation)> {
        if self.asked.is_empty() { None } else { Some(self.asked.swap_remove(which % self.asked.len())) }
    }

    fn reply(&mut self, which: usize) {
        let Some((token, operation)) = self.asked(which) else { return };
        let reply = self.store.carry_out(&operation);
        self.resume(token, reply);
    }

    /// A swap that is lost may have been carried out.
    fn fail(&mut self, which: usize) {
        let Some((token, operation)) = self.asked(which) else { return };
        if which % 2 == 1 {
            self.store.carry_out(&operation);
        }
        let error = if which % 4 < 2 { StoreError::Unavailable("down".into()) } else { StoreError::Unknown("lost".into()) };
        self.resume(token, Reply::Failed(error));
    }

    fn resume(&mut self, token: Token, reply: Reply) {
        let step = self.steps.resume(self.now, token, reply).expect("the request waits");
        self.take(step);
    }

    fn go_on(&mut self) {
        let Some(token) = self.woken.pop() else { return };
        self.waiting -= 1;
        self.resume(token, Reply::GoOn);
    }

    fn pause(&mut self, by: Millis) {
        self.now = Now { wall: self.now.wall.plus(by), mono: self.now.mono.plus(by) };
    }

    fn abandon(&mut self, which: usize) {
        let Some((token, _)) = self.asked(which) else { return };
        let woken = self.steps.abandon(self.now, token).expect("configured");
        self.woken.extend(woken);
    }

    fn command(&mut self, which: usize) {
        let command = [Command::Trip, Command::HalfOpen, Command::Close, Command::Disable][which % 4].clone();
        let step = self.steps.command(self.now, &Scope::name("orders-db"), &command).expect("a valid scope");
        self.take(step);
    }

    /// Ends all requests over a store that answers.
    fn drain(&mut self) {
        for _ in 0..STEPS_MAX {
            self.go_on();
            self.reply(0);
        }
        assert!(self.asked.is_empty() && self.woken.is_empty(), "a request goes on for ever: {:?} {:?}", self.asked, self.woken);
    }
}
