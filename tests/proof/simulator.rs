//! Random runs of one instance: many requests at once, a faulty store, any order of replies, abandoned requests, new configurations,
//! records that leave the cache, and changes by others. Each run is determined by its seed.

use crate::driver::{Driver, Progress, report};
use crate::figures::{Figures, number_from_env};
use crate::mix::Mix;
use crate::observer::{Answers, Observer, StoredEntry};
use crate::random_actions::{PATCHES, targets};
use crate::settings::Settings;
use crate::write_checks::WriteChecks;
use fuseboard::time::Millis;
use fuseboard::{Command, Lease, Outcome, Permit, Reply, Scope, Seen, StoreError, Target, Token};
use std::collections::{BTreeMap, BTreeSet};

/// Rounds of all runs together. A round is one request, reply, fault or pause.
const ROUNDS: u64 = 400_000;
const ROUNDS_OF_A_RUN: u64 = 2_000;
pub const TARGETS: u64 = 3;
/// An outcome whose request is open.
pub struct Settling {
    pub target: Target,
    pub permit: Permit,
    pub outcome: Outcome,
}

pub struct Simulator {
    pub driver: Driver,
    state: u64,
    pub mix: Mix,
    pub settings: Settings,
    pub writer: u64,
    pub permits: Vec<(Target, Permit)>,
    pub writes: WriteChecks,
    /// Requests for permits: the target, and how many changes had been told when it began.
    pub allowing: BTreeMap<Token, (Target, usize)>,
    /// Requests that settle. The outcome of an abandoned one is unknown.
    pub settling: BTreeMap<Token, Settling>,
    /// Requests of operators.
    pub operating: BTreeSet<Token>,
    /// The swaps of each open request.
    pub swaps: BTreeMap<Token, u32>,
    pub observer: Observer,
    pub leases: Vec<Lease>,
    /// The phase changes of all answers: the circuit and its new generation.
    pub phase_changes: BTreeSet<(Scope, u64)>,
    /// The changed circuits of all answers.
    pub changed: Vec<Scope>,
    /// What is stored under each key, as seen last.
    pub entries: BTreeMap<String, StoredEntry>,
    /// How often the events told that the store was lost, and that it was back.
    pub lost: u64,
    pub back: u64,
    pub stored: u64,
    pub kept: u64,
    pub unknown: u64,
}

impl Simulator {
    fn new(seed: u64, mix: Mix) -> Simulator {
        let settings = mix.settings();
        let mut observer = Observer::default();
        observer.answers = Answers::InAnyOrder;
        // Of a patch.
        observer.trial_calls_max = 3;
        Simulator {
            driver: Driver::new(&settings.document()),
            state: seed,
            mix,
            settings,
            writer: 1,
            permits: Vec::new(),
            writes: WriteChecks::default(),
            allowing: BTreeMap::new(),
            settling: BTreeMap::new(),
            operating: BTreeSet::new(),
            swaps: BTreeMap::new(),
            observer,
            leases: Vec::new(),
            phase_changes: BTreeSet::new(),
            changed: Vec::new(),
            entries: BTreeMap::new(),
            lost: 0,
            back: 0,
            stored: 0,
            kept: 0,
            unknown: 0,
        }
    }

    /// Returns a random number by `SplitMix64`.
    pub fn random_below(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    pub fn one_of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { all.get(usize::try_from(self.random_below(all.len() as u64)).expect("small")).cloned() }
    }

    pub fn target(&mut self) -> Target {
        if self.mix.counts_every_outcome() || self.random_below(2) == 0 {
            return Target::name(format!("db-{}", self.random_below(TARGETS)));
        }
        self.one_of(&targets()).expect("some")
    }

    fn round(&mut self) {
        match self.random_below(100) {
            0..35 => self.begin(),
            35..80 => self.reply(),
            80..90 => self.wake(),
            90..92 if self.mix != Mix::Failures => self.abandon(),
            92 if self.random_below(10) == 0 => self.configure(),
            93 if self.mix == Mix::Outside && self.random_below(4) == 0 => self.change_outside(),
            _ => {
                let by = self.random_below(30);
                self.driver.advance(Millis(by));
            }
        }
    }

    fn begin(&mut self) {
        let (target, now) = (self.target(), self.driver.now());
        let kinds = match self.mix {
            Mix::Failures | Mix::Losses => 10,
            Mix::Everything => 13,
            Mix::Outside => 14,
        };
        let step = match self.random_below(kinds) {
            0..5 => return self.allow(target, Seen::Nothing),
            5..9 => return self.settle(),
            9 => self.driver.steps.flush(now),
            10 => return self.operate(&target),
            11 => self.driver.steps.status(now, &target),
            12 if self.mix == Mix::Everything => return self.allow(target, Seen::Missing),
            _ => {
                let patch = self.one_of(&[None, Some(PATCHES[0]), Some(PATCHES[2]), Some(PATCHES[4])]).expect("one");
                self.driver.steps.update_policy(now, &Scope::name(&*target.name), patch)
            }
        };
        let progress = self.driver.take(step.expect("valid"));
        self.check_step(progress);
    }

    fn allow(&mut self, target: Target, seen: Seen) {
        let step = self.driver.steps.allow(self.driver.now(), &target, seen, Seen::Nothing).expect("valid");
        let (progress, began) = (self.driver.take(step), self.changed.len());
        match &progress {
            Progress::Store(token) | Progress::Wait(token) => drop(self.allowing.insert(*token, (target, began))),
            Progress::Ended(answer) => self.check_decided(&target, began, answer),
        }
        self.check_step(progress);
    }

    fn operate(&mut self, target: &Target) {
        let command = self.one_of(&[Command::Trip, Command::HalfOpen, Command::Close]).expect("one");
        let step = self.driver.steps.command(self.driver.now(), &Scope::name(&*target.name), &command).expect("valid");
        let progress = self.driver.take(step);
        if let Progress::Store(token) | Progress::Wait(token) = progress {
            self.operating.insert(token);
        }
        self.check_step(progress);
    }

    fn settle(&mut self) {
        if self.permits.is_empty() {
            return;
        }
        let at = usize::try_from(self.random_below(self.permits.len() as u64)).expect("small");
        let (target, permit) = self.permits.swap_remove(at);
        let outcome = if !self.mix.counts_every_outcome() && self.random_below(3) == 0 { Outcome::Success } else { Outcome::Failure };
        let step = self.driver.steps.settle(self.driver.now(), &target, Some(&permit), &report(outcome)).expect("valid");
        let progress = self.driver.take(step);
        let settling = Settling { target, permit, outcome };
        match &progress {
            Progress::Store(token) | Progress::Wait(token) => drop(self.settling.insert(*token, settling)),
            Progress::Ended(answer) => self.check_settled(&settling, answer),
        }
        self.check_step(progress);
    }

    fn reply(&mut self) {
        let open: Vec<Token> = self.driver.operations.keys().copied().collect();
        let done: Vec<Token> = self.driver.replies.keys().copied().collect();
        let Some(token) = self.one_of(&[open, done].concat()) else { return };
        if !self.driver.replies.contains_key(&token) {
            match self.random_below(20) {
                0 => return self.fail(token, StoreError::Unavailable("down".into())),
                1 if self.mix != Mix::Failures => return self.fail(token, StoreError::Unknown("lost".into())),
                2 if self.mix == Mix::Outside => return self.fail(token, StoreError::Refused("full".into())),
                _ => self.carry_out(token),
            }
            if self.random_below(3) == 0 {
                return;
            }
        }
        let progress = self.driver.deliver(token);
        self.end_operation(token, progress);
    }

    pub fn carry_out(&mut self, token: Token) {
        let swapped = self.swapped_entry(token);
        self.driver.carry_out(token);
        self.check_swapped(token, swapped);
    }

    /// The store carries out an operation, and its answer is lost.
    fn carry_out_and_lose(&mut self, token: Token) {
        let swapped = self.swapped_entry(token);
        let _ = self.driver.operations[&token].run(&self.driver.store);
        self.check_swapped(token, swapped);
    }

    /// Fails an operation. A lost one may have been carried out.
    fn fail(&mut self, token: Token, error: StoreError) {
        if matches!(error, StoreError::Unknown(_)) && self.random_below(2) == 0 {
            self.carry_out_and_lose(token);
        }
        let progress = self.driver.fail(token, Reply::Failed(error));
        self.end_operation(token, progress);
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
        if self.driver.operations.contains_key(&token) && self.random_below(2) == 0 {
            self.carry_out_and_lose(token);
        }
        self.driver.abandon(token);
        self.writes.end(token);
        self.unknown += u64::from(self.settling.remove(&token).is_some());
        self.forget(token);
    }
}

#[test]
fn promises_hold_for_many_open_requests_in_any_order_of_replies() {
    let mut figures = Figures::new("simulator", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 17]);
    let mixes = [Mix::Failures, Mix::Losses, Mix::Everything, Mix::Outside];
    for (seed, mix) in (0..number_from_env("PROOF_ROUNDS", ROUNDS) / ROUNDS_OF_A_RUN).zip(mixes.into_iter().cycle()) {
        println!("seed {seed}, {mix:?}");
        let mut simulator = Simulator::new(seed, mix);
        for round in 0..ROUNDS_OF_A_RUN {
            simulator.round();
            // An eviction takes as long as many runs.
            if seed < mixes.len() as u64 && round == ROUNDS_OF_A_RUN / 2 {
                simulator.evict();
            }
        }
        simulator.drain();
        simulator.remove_newer_records();
        simulator.flush();
        if mix != Mix::Outside {
            simulator.check_leases_after_reading();
        }
        if mix.counts_every_outcome() {
            simulator.check_counts();
        }
        simulator.check_recovery();
        figures.add("rounds", ROUNDS_OF_A_RUN);
        figures.add_assertions(&simulator.observer.assertions);
    }
    figures.write();
}
