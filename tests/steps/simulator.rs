//! Random runs of one instance: many requests at once, a faulty store, any order of replies, abandoned requests, and new
//! configurations. Each run is determined by its seed.

use crate::driver::{Driver, Progress, report, sources};
use fuseboard::time::Millis;
use fuseboard::{Command, Identity, Outcome, Permit, Reply, Scope, Seen, StoreError, Target, Token};
use std::collections::{BTreeMap, BTreeSet};

/// Rounds of all runs together. A round is one request, reply, fault or pause.
const ROUNDS: u64 = 100_000;
const ROUNDS_OF_A_RUN: u64 = 2_000;
pub const TARGETS: u64 = 3;

/// Which outcomes and faults a run may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Only failures, so that the streaks count every outcome. No answer is lost, and no request is abandoned.
    Failures,
    /// Only failures. Answers are lost, and requests are abandoned.
    Losses,
    /// Successes and commands too.
    Everything,
}

pub struct Simulator {
    pub driver: Driver,
    pub state: u64,
    pub mix: Mix,
    pub permits: Vec<(Target, Permit)>,
    /// The key of each swap that waits for its reply.
    pub swaps: BTreeMap<Token, String>,
    /// The targets of requests for permits.
    pub allowing: BTreeMap<Token, Target>,
    /// Requests that settle. The outcome of an abandoned one is unknown.
    pub settling: BTreeSet<Token>,
    pub texts: BTreeSet<String>,
    /// The number of the last write.
    pub sequence: u64,
    pub stored: u64,
    pub kept: u64,
    pub unknown: u64,
}

impl Simulator {
    fn new(seed: u64, mix: Mix) -> Simulator {
        Simulator {
            driver: Driver::new(config(mix)),
            state: seed,
            mix,
            permits: Vec::new(),
            swaps: BTreeMap::new(),
            allowing: BTreeMap::new(),
            settling: BTreeSet::new(),
            texts: BTreeSet::new(),
            sequence: 0,
            stored: 0,
            kept: 0,
            unknown: 0,
        }
    }

    /// Returns a random number by `SplitMix64`.
    fn random_below(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { all.get(usize::try_from(self.random_below(all.len() as u64)).expect("small")).cloned() }
    }

    fn target(&mut self) -> Target {
        Target::name(format!("db-{}", self.random_below(TARGETS)))
    }

    fn round(&mut self) {
        match self.random_below(100) {
            0..35 => self.begin(),
            35..80 => self.reply(),
            80..90 => self.wake(),
            90..92 if self.mix != Mix::Failures => self.abandon(),
            92 if self.random_below(10) == 0 => {
                let text = config(self.mix);
                self.driver.steps.configure(&sources(text), Identity { writer: 1, seed: 1 }).expect("valid");
            }
            _ => {
                let by = self.random_below(30);
                self.driver.advance(Millis(by));
            }
        }
    }

    fn begin(&mut self) {
        let (target, now) = (self.target(), self.driver.now());
        let kinds = if self.mix == Mix::Everything { 13 } else { 10 };
        let progress = match self.random_below(kinds) {
            0..5 => self.driver.allow(&target),
            5..9 => return self.settle(),
            9 => {
                let step = self.driver.steps.flush(now).expect("configured");
                self.driver.take(step)
            }
            10 => {
                let command = self.one_of(&[Command::Trip, Command::HalfOpen, Command::Close]).expect("one");
                let step = self.driver.steps.command(now, &Scope::name(target.name.clone()), &command).expect("valid");
                self.driver.take(step)
            }
            11 => {
                let step = self.driver.steps.status(now, &target).expect("valid");
                self.driver.take(step)
            }
            _ => {
                let step = self.driver.steps.allow(now, &target, Seen::Missing, Seen::Nothing).expect("valid");
                self.driver.take(step)
            }
        };
        self.check_step(progress, Some(target));
    }

    fn settle(&mut self) {
        if self.permits.is_empty() {
            return;
        }
        let at = usize::try_from(self.random_below(self.permits.len() as u64)).expect("small");
        let (target, permit) = self.permits.swap_remove(at);
        let outcome = if self.mix == Mix::Everything && self.random_below(3) == 0 { Outcome::Success } else { Outcome::Failure };
        let step = self.driver.steps.settle(self.driver.now(), &target, Some(&permit), &report(outcome)).expect("valid");
        let progress = self.driver.take(step);
        if let Progress::Store(token) | Progress::Wait(token) = progress {
            self.settling.insert(token);
        }
        self.check_step(progress, None);
    }

    fn reply(&mut self) {
        let open: Vec<Token> = self.driver.operations.keys().copied().collect();
        let done: Vec<Token> = self.driver.replies.keys().copied().collect();
        let Some(token) = self.one_of(&[open, done].concat()) else { return };
        if !self.driver.replies.contains_key(&token) {
            match self.random_below(20) {
                0 => return self.fail(token, StoreError::Unavailable("down".into())),
                1 if self.mix != Mix::Failures => return self.fail(token, StoreError::Unknown("lost".into())),
                _ => self.driver.carry_out(token),
            }
            if self.random_below(3) == 0 {
                return;
            }
        }
        let progress = self.driver.deliver(token);
        self.end_operation(token, progress);
    }

    /// Fails an operation. A lost one may have been carried out.
    fn fail(&mut self, token: Token, error: StoreError) {
        let operation = self.driver.operations[&token].clone();
        if matches!(error, StoreError::Unknown(_)) && self.random_below(2) == 0 {
            let _ = operation.run(&self.driver.store);
        }
        let progress = self.driver.fail(token, Reply::Failed(error));
        self.end_operation(token, progress);
    }

    pub fn end_operation(&mut self, token: Token, progress: Progress) {
        self.swaps.remove(&token);
        let target = self.allowing.remove(&token);
        if matches!(progress, Progress::Ended(_)) {
            self.settling.remove(&token);
        }
        self.check_step(progress, target);
    }

    fn wake(&mut self) {
        let Some(token) = self.one_of(&self.driver.woken.clone()) else { return };
        let progress = self.driver.go_on(token);
        self.end_operation(token, progress);
    }

    fn abandon(&mut self) {
        let waiting = [self.driver.operations.keys().copied().collect(), self.driver.waiting.clone()].concat();
        let Some(token) = self.one_of(&waiting) else { return };
        // The host cannot cancel an operation that it has begun.
        if let Some(operation) = self.driver.operations.get(&token).cloned()
            && self.random_below(2) == 0
        {
            let _ = operation.run(&self.driver.store);
        }
        self.driver.abandon(token);
        self.swaps.remove(&token);
        self.unknown += u64::from(self.settling.remove(&token));
    }
}

fn config(mix: Mix) -> &'static str {
    match mix {
        Mix::Failures | Mix::Losses => r#"{"defaults": {"fail_max": null, "fail_gap_s": null, "sharing": {"lease_ms": 0}}}"#,
        Mix::Everything => {
            r#"{"defaults": {"fail_max": 3, "reset_timeout_s": 1, "window": {"kind": "count", "size": 20, "failure_count": 8},
            "sharing": {"on_storage_error": "reject"}}}"#
        }
    }
}

#[test]
fn every_outcome_counts_at_most_once_and_no_request_waits_for_ever() {
    let runs = ROUNDS / ROUNDS_OF_A_RUN;
    for seed in 0..runs {
        let mix = [Mix::Failures, Mix::Losses, Mix::Everything][usize::try_from(seed % 3).expect("small")];
        let mut simulator = Simulator::new(seed, mix);
        for _ in 0..ROUNDS_OF_A_RUN {
            simulator.round();
        }
        simulator.drain();
        if mix != Mix::Everything {
            simulator.check_counts();
        }
    }
}
