//! How a permitted call ended: what that changes.

use super::cooling::{heed, roll};
use super::given::{Given, Step};
use super::passing::pass;
use super::policy::Policy;
use super::record::{Circuit, Record, State, Streak};
use super::window::{Mark, Window, judge};
use crate::answer::{Event, EventKind, LastFailure, Phase};
use crate::permit::{Claim, Outcome};
use crate::status::OverrideKind;
use crate::time::{Millis, Wall};
use std::borrow::Cow;

/// What the caller holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    Claim(Claim),
    /// A permit without a claim on this circuit: the outcome counts nowhere.
    Inert,
    /// No permit at all.
    Bare,
}

/// When the call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Now,
    /// Handed in late: counted as of then, and a success resets no streak.
    Earlier(Wall),
}

/// How slow the call was, where slowness is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Normal,
    Slow,
}

/// What happened to a call, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub outcome: Outcome,
    pub pace: Pace,
    /// How many calls ended so: more than one only in a tally of successes.
    pub times: u32,
    /// What a failure is called.
    pub what: String,
    pub when: When,
    /// What the server asked for; uncapped.
    pub retry_after: Option<Millis>,
}

impl Ended {
    /// One call, just now, of which nothing else is to be told.
    #[must_use]
    pub fn now(outcome: Outcome, pace: Pace) -> Ended {
        Ended { outcome, pace, times: 1, what: String::new(), when: When::Now, retry_after: None }
    }

    /// When the call ended: never later than now.
    #[must_use]
    pub fn at(&self, now: Wall) -> Wall {
        match self.when {
            When::Now => now,
            When::Earlier(at) => at.min(now),
        }
    }
}

/// What became of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Counted,
    /// It changes nothing here, by rule.
    Inert,
    /// The claim no longer stands.
    Stale,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    pub count: Count,
    pub phase: Phase,
}

/// Whether a claim's epoch and generation, and its slot, stand on this circuit of the record.
///
/// Epoch 0 was taken while nothing was stored: it stands in the first generation of the record that others made since.
#[must_use]
pub fn stands(record: &Record, circuit: &Circuit, claim: &Claim) -> bool {
    is_current(record, circuit, claim)
        && match (&circuit.state, claim.probe) {
            (State::HalfOpen(trial), Some(slot)) => trial.probes.iter().any(|probe| probe.slot == slot),
            (State::Closed(_), None) => true,
            _ => false,
        }
}

fn is_current(record: &Record, circuit: &Circuit, claim: &Claim) -> bool {
    let unborn = claim.epoch == 0 && claim.generation == 0 && circuit.local_epoch.is_none();
    (claim.epoch == record.epoch_of(circuit) || unborn) && claim.generation == circuit.generation
}

/// The quick answer for an outcome that changes nothing: a success or neutral, under a claim that stands on a closed circuit with
/// neither a failure streak nor a window. Nothing is copied.
#[must_use]
pub fn at_rest(policy: &Policy, record: &Record, role: &str, claim: &Claim, ended: &Ended) -> Option<Settlement> {
    let circuit = record.circuit(role);
    let closed = matches!(circuit.state, State::Closed(_)) && stands(record, circuit, claim);
    let quiet = match ended.outcome {
        Outcome::Success => circuit.streak.is_none() && policy.window.is_none(),
        Outcome::Neutral => true,
        Outcome::Failure => false,
    };
    let plain = ended.retry_after.is_none() && record.override_of(role).is_none();
    (closed && quiet && plain).then_some(Settlement { count: Count::Counted, phase: Phase::Closed })
}

/// Settles one circuit.
#[must_use]
pub fn settle(given: &Given, record: &Record, hold: Hold, ended: &Ended) -> Step<Settlement> {
    let role = given.role();
    let mut passed = Cow::Borrowed(record);
    let mut events = Vec::new();
    // Nothing is stored for the sake of passed time here: that is the next question's affair.
    pass(given, &mut passed, &mut events);
    let mut told = Vec::new();
    if passed.override_of(role).is_some_and(|o| o.kind == OverrideKind::Disabled) {
        let count = match hold {
            Hold::Claim(claim) if !is_current(&passed, passed.circuit(role), &claim) => stale(given, &passed, ended, &mut told),
            _ => Count::Inert,
        };
        return Step { answer: Settlement { count, phase: passed.circuit(role).phase() }, write: None, events: told };
    }
    let mut next = Record::clone(&passed);
    let count = match hold {
        Hold::Claim(claim) if !stands(&next, next.circuit(role), &claim) => stale(given, &next, ended, &mut told),
        Hold::Claim(claim) => counted(given, &mut next, claim.probe, ended, &mut told),
        Hold::Bare => bare(given, &mut next, ended, &mut told),
        Hold::Inert => Count::Inert,
    };
    told.extend(heed(given, &mut next, ended));
    if !record.roles.contains_key(role) {
        next.forget_untouched(role);
    }
    let answer = Settlement { count, phase: next.circuit(role).phase() };
    if next == *passed {
        return Step { answer, write: None, events: told };
    }
    events.extend(told);
    Step { answer, write: Some(next), events }
}

fn stale(given: &Given, record: &Record, ended: &Ended, told: &mut Vec<Event>) -> Count {
    if ended.outcome != Outcome::Neutral {
        let generation = record.circuit(given.role()).generation;
        told.push(given.event(EventKind::OutcomeStale, generation, "the permit's epoch, generation or slot no longer stands"));
    }
    Count::Stale
}

/// Without a permit: closed, it counts; open, it is inert; half-open, it settles the oldest slot.
fn bare(given: &Given, next: &mut Record, ended: &Ended, told: &mut Vec<Event>) -> Count {
    match &next.circuit(given.role()).state {
        State::Closed(_) => counted(given, next, None, ended, told),
        State::Open(_) => Count::Inert,
        State::HalfOpen(trial) => match trial.probes.first().map(|probe| probe.slot) {
            Some(oldest) => counted(given, next, Some(oldest), ended, told),
            None => Count::Inert,
        },
    }
}

fn counted(given: &Given, next: &mut Record, probe: Option<u64>, ended: &Ended, told: &mut Vec<Event>) -> Count {
    let role = given.role().to_owned();
    if ended.outcome == Outcome::Neutral && probe.is_none() {
        return Count::Inert;
    }
    let circuit = next.circuit_mut(&role);
    match ended.outcome {
        Outcome::Failure => add_failure(given, circuit, ended, &ended.what),
        // A slow probe is a failed one.
        Outcome::Success if probe.is_some() && ended.pace == Pace::Slow => add_failure(given, circuit, ended, "slow call"),
        Outcome::Success | Outcome::Neutral => {}
    }
    match circuit.state {
        State::Closed(_) => closed(given, circuit, ended, told),
        State::HalfOpen(_) => half_open(given, circuit, probe, ended, told),
        State::Open(_) => {}
    }
    if ended.outcome == Outcome::Failure {
        told.extend(roll(given, next, ended));
    }
    Count::Counted
}

fn add_failure(given: &Given, circuit: &mut Circuit, ended: &Ended, what: &str) {
    let at_ms = ended.at(given.now.wall);
    let fresh = |streak: &Streak| given.policy.fail_gap.is_none_or(|gap| at_ms.since(given.not_ahead(streak.at_ms)) <= gap);
    let before = circuit.streak.filter(fresh);
    let failures = before.map_or(0, |streak| streak.failures).saturating_add(1);
    // One that is handed in late does not make the others older.
    let at_ms_last = before.map_or(at_ms, |streak| given.not_ahead(streak.at_ms).max(at_ms));
    circuit.streak = Some(Streak { failures, at_ms: at_ms_last });
    circuit.last_failure = Some(LastFailure { what: what.to_owned(), at_ms: at_ms.0 });
}

fn closed(given: &Given, circuit: &mut Circuit, ended: &Ended, told: &mut Vec<Event>) {
    if ended.outcome == Outcome::Success && ended.when == When::Now {
        circuit.streak = None;
    }
    let mut cause = add_to_window(given, circuit, ended, told);
    if ended.outcome == Outcome::Failure && given.policy.fail_max.is_some_and(|most| streak(circuit) >= most) {
        cause = Some("consecutive failures");
    }
    if let Some(cause) = cause {
        told.push(given.open(circuit, cause));
    }
}

fn streak(circuit: &Circuit) -> u32 {
    circuit.streak.map_or(0, |streak| streak.failures)
}

fn add_to_window(given: &Given, circuit: &mut Circuit, ended: &Ended, told: &mut Vec<Event>) -> Option<&'static str> {
    let policy = given.policy.window.as_ref()?;
    let State::Closed(window) = &mut circuit.state else { return None };
    let mark = match (ended.outcome, ended.pace) {
        (Outcome::Success, Pace::Normal) => Mark::Success,
        (Outcome::Success, Pace::Slow) => Mark::SlowSuccess,
        (Outcome::Failure, Pace::Normal) => Mark::Failure,
        (Outcome::Failure, Pace::Slow) => Mark::SlowFailure,
        (Outcome::Neutral, _) => return None,
    };
    if window.as_ref().is_some_and(|window| window.shape() != policy.shape) {
        *window = None;
        told.push(given.event(EventKind::WindowReplaced, circuit.generation, "the policy's window has another shape"));
    }
    let window = window.get_or_insert_with(|| Window::new(policy.shape));
    window.add(mark, ended.times, ended.at(given.now.wall), given.now.wall, given.policy.clock_skew);
    judge(policy, window.counts(given.now.wall), mark)
}

fn half_open(given: &Given, circuit: &mut Circuit, probe: Option<u64>, ended: &Ended, told: &mut Vec<Event>) {
    let State::HalfOpen(trial) = &mut circuit.state else { return };
    trial.probes.retain(|standing| Some(standing.slot) != probe);
    match ended.outcome {
        Outcome::Neutral => {}
        Outcome::Success if ended.pace == Pace::Normal => {
            trial.successes = trial.successes.saturating_add(1);
            if trial.successes >= given.policy.success_threshold {
                told.push(given.close(circuit, "successful probes"));
            }
        }
        Outcome::Success | Outcome::Failure => {
            trial.failures = trial.failures.saturating_add(1);
            if trial.failures > given.policy.trial_failures {
                told.push(given.open(circuit, "failed probes"));
            }
        }
    }
}
