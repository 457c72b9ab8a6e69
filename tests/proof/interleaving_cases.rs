//! Requests that are made at once, and what every order of their operations leads to.

use crate::driver::Driver;
use crate::settings::Settings;
use crate::stored::{Record, State};
use fuseboard::time::Millis;
use fuseboard::{Answer, Claim, DEFAULT_ROLE, Decision, Outcome, Permit, StepAnswer, Target, Verdict, Written};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Allow,
    /// Settles without a permit.
    Settle(Outcome),
    /// Settles with the permit that was granted before.
    SettlePermit(Outcome),
    Trip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestResult {
    /// With the claim on the name's circuit.
    Admitted(Claim),
    Refused,
    Settled(Written),
    Commanded,
    /// An operator's command that could not be stored.
    Failed,
    /// Its caller did not wait for the answer.
    Abandoned,
}

impl RequestResult {
    pub fn of_decision(decision: &Decision) -> RequestResult {
        match &decision.answer {
            Answer::Admitted(admitted) => RequestResult::Admitted(admitted.permit.circuit.expect("it counts")),
            Answer::Refused(_) => RequestResult::Refused,
        }
    }

    pub fn of_verdict(verdict: &Verdict) -> RequestResult {
        RequestResult::Settled(verdict.circuit.written)
    }

    /// Whether it is a probe that the store knows.
    pub fn is_stored_probe(self) -> bool {
        matches!(self, RequestResult::Admitted(claim) if claim.probe.is_some() && !claim.is_local())
    }
}

/// The state before the requests.
#[derive(Clone, Debug)]
pub struct Setup {
    pub target: Target,
    pub settings: Settings,
    pub failures: u64,
    /// Waits this long, and then takes a permit: a probe if the circuit is half-open.
    pub permit_after: Option<u64>,
    pub waits: u64,
}

impl Setup {
    /// Brings the circuits of a target into this state. Returns the permit.
    pub fn prepare(&self, target: &Target, driver: &mut Driver) -> Option<Permit> {
        for _ in 0..self.failures {
            let progress = driver.settle(target, None, Outcome::Failure);
            driver.end(progress);
        }
        driver.advance(Millis(self.permit_after.unwrap_or(0)));
        let permit = self.permit_after.map(|_| {
            let progress = driver.allow(target);
            permit(&driver.end(progress))
        });
        driver.advance(Millis(self.waits));
        permit
    }
}

fn permit(answer: &StepAnswer) -> Permit {
    match answer {
        StepAnswer::Decided(decision) => match &decision.answer {
            Answer::Admitted(admitted) => admitted.permit,
            Answer::Refused(refused) => panic!("refused: {refused:?}"),
        },
        other => panic!("not a decision: {other:?}"),
    }
}

/// What the requests of a case lead to if nothing fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// All failures count, once each.
    AllCount,
    /// The failures open the circuit.
    Opens,
    /// The success is counted before the failure or after it.
    AnyOrder,
    /// So many requests get a probe.
    Probes(u64),
    /// The first request settles a probe whose slot has expired: it counts, or the slot is taken over.
    LateProbe,
    /// The first request trips the circuit: it stays open.
    StaysOpen,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub setup: Setup,
    pub actions: Vec<Action>,
    pub expected: Expected,
}

impl Case {
    /// Checks the results and the record, if nothing failed.
    pub fn check(&self, results: &[RequestResult], record: &Record) {
        let streak = record.streak(DEFAULT_ROLE);
        match self.expected {
            Expected::AllCount => {
                assert!(results.iter().all(|result| *result == RequestResult::Settled(Written::Stored)), "{results:?}");
                assert_eq!(streak, self.setup.failures + results.len() as u64, "promise 7");
            }
            Expected::Opens => assert!(record.is_open(DEFAULT_ROLE), "promise 4: {record:?}"),
            Expected::AnyOrder => assert!((0..=1).contains(&streak), "promise 7: {record:?}"),
            Expected::Probes(wanted) => {
                let probes = results.iter().filter(|result| result.is_stored_probe()).count();
                assert_eq!(probes as u64, wanted, "promise 1: {results:?}");
            }
            Expected::LateProbe => {
                let taken_over = results[1].is_stored_probe();
                let counted = results[0] == RequestResult::Settled(Written::Stored);
                // If the other circuit then refuses, the slot that was taken over is released.
                let neither = self.setup.target.resolver.is_some() && results[1] == RequestResult::Refused;
                assert!(counted != taken_over || neither && !counted, "promise 2: {results:?}, {record:?}");
            }
            Expected::StaysOpen => assert!(record.is_open(DEFAULT_ROLE), "promise 2: {results:?}, {record:?}"),
        }
    }
}

const FAILURE: Action = Action::Settle(Outcome::Failure);

/// Cases of so many requests for one target.
pub fn cases(target: &Target, requests: usize) -> Vec<Case> {
    let settings = |fail_max, trial_calls| Settings { fail_max: Some(fail_max), trial_calls, ..Settings::default() };
    let all = |action| vec![action; requests];
    let first = |action: Action, others: Action| [vec![action], vec![others; requests - 1]].concat();
    let case = |failures, permit_after, waits, settings, actions, expected| {
        let setup = Setup { target: target.clone(), settings, failures, permit_after, waits };
        Case { setup, actions, expected }
    };
    let mut cases = Vec::new();
    for failures in [0, 1] {
        cases.push(case(failures, None, 0, settings(9, 1), all(FAILURE), Expected::AllCount));
        cases.push(case(failures, None, 0, settings(failures + requests as u64, 1), all(FAILURE), Expected::Opens));
    }
    let permitted = all(Action::SettlePermit(Outcome::Failure));
    cases.push(case(1, Some(0), 0, settings(9, 1), permitted, Expected::AllCount));
    for trial_calls in [1, 2] {
        cases.push(case(9, None, 1_000, settings(9, trial_calls), all(Action::Allow), Expected::Probes(trial_calls)));
    }
    cases.push(case(9, None, 1_000, settings(9, 1), first(Action::Trip, Action::Allow), Expected::StaysOpen));
    if requests == 2 {
        cases.push(case(1, None, 0, settings(9, 1), first(FAILURE, Action::Settle(Outcome::Success)), Expected::AnyOrder));
        for outcome in [Outcome::Success, Outcome::Failure] {
            let actions = first(Action::SettlePermit(outcome), Action::Allow);
            cases.push(case(9, Some(1_000), 1_000, settings(9, 1), actions, Expected::LateProbe));
        }
    }
    cases
}

impl Record {
    pub fn streak(&self, role: &str) -> u64 {
        self.circuit(role).streak.map_or(0, |streak| streak.failures)
    }

    pub fn is_open(&self, role: &str) -> bool {
        matches!(self.circuit(role).state, State::Open(_))
    }
}
