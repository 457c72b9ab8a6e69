//! How a permitted call ended: what that changes.

use super::given::{Given, Step};
use super::passing::pass;
use super::policy::{Policy, SECONDS_MAX};
use super::record::{Circuit, Cooldown, CooldownReason, Record, State, Streak};
use super::window::{Mark, Window, judge};
use crate::answer::{Event, EventKind, LastFailure, Phase};
use crate::names::CircuitKind;
use crate::permit::{Claim, Outcome};
use crate::status::OverrideKind;
use crate::time::{Millis, Wall};
use std::borrow::Cow;

/// Stamps of recent failures that a record keeps at least, for boards whose rolling window is longer or whose threshold is higher.
const RECENT_KEPT: usize = 64;

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

/// Whether a claim's epoch and generation, and its slot, stand in this record.
///
/// Epoch 0 was taken while nothing was stored: it stands in the first generation of the record that others made since.
#[must_use]
pub fn stands(record: &Record, role: &str, claim: &Claim) -> bool {
    is_current(record, role, claim)
        && match (&record.circuit(role).state, claim.probe) {
            (State::HalfOpen(trial), Some(slot)) => trial.probes.iter().any(|probe| probe.slot == slot),
            (State::Closed(_), None) => true,
            _ => false,
        }
}

fn is_current(record: &Record, role: &str, claim: &Claim) -> bool {
    let circuit = record.circuit(role);
    let unborn = claim.epoch == 0 && claim.generation == 0 && circuit.local_epoch.is_none();
    (claim.epoch == record.epoch_of(role) || unborn) && claim.generation == circuit.generation
}

/// The quick answer for an outcome that changes nothing: a success or neutral, under a claim that stands on a closed circuit with
/// neither a failure streak nor a window. Nothing is copied.
#[must_use]
pub fn at_rest(policy: &Policy, record: &Record, role: &str, claim: &Claim, ended: &Ended) -> Option<Settlement> {
    let circuit = record.circuit(role);
    let closed = matches!(circuit.state, State::Closed(_)) && stands(record, role, claim);
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
            Hold::Claim(claim) if !is_current(&passed, role, &claim) => stale(given, &passed, ended, &mut told),
            _ => Count::Inert,
        };
        return Step { answer: Settlement { count, phase: passed.circuit(role).phase() }, write: None, events: told };
    }
    let mut next = Record::clone(&passed);
    let count = match hold {
        Hold::Claim(claim) if !stands(&next, role, &claim) => stale(given, &next, ended, &mut told),
        Hold::Claim(claim) => counted(given, &mut next, claim.probe, ended, &mut told),
        Hold::Bare => bare(given, &mut next, ended, &mut told),
        Hold::Inert => Count::Inert,
    };
    told.extend(retry_after(given, &mut next, ended));
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

fn ended_at(given: &Given, ended: &Ended) -> Wall {
    match ended.when {
        When::Now => given.now.wall,
        When::Earlier(at) => at.min(given.now.wall),
    }
}

/// A stamp that lies further ahead than clocks may differ is read as now.
fn not_ahead(given: &Given, stamp: Wall) -> Wall {
    if stamp > given.now.wall.plus(given.policy.clock_skew) { given.now.wall } else { stamp }
}

fn add_failure(given: &Given, circuit: &mut Circuit, ended: &Ended, what: &str) {
    let at_ms = ended_at(given, ended);
    let fresh = |streak: &Streak| given.policy.fail_gap.is_none_or(|gap| at_ms.since(not_ahead(given, streak.at_ms)) <= gap);
    let before = circuit.streak.filter(fresh).map_or(0, |streak| streak.failures);
    circuit.streak = Some(Streak { failures: before.saturating_add(1), at_ms });
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
    window.add(mark, ended.times, ended_at(given, ended), given.now.wall, given.policy.clock_skew);
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
                circuit.streak = None;
                circuit.openings = 0;
                circuit.opened_at_ms = None;
                told.push(given.enter(circuit, State::Closed(None), "successful probes"));
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

/// Counts a failure in the host's rolling window; at the threshold it cools the host down and starts anew.
fn roll(given: &Given, next: &mut Record, ended: &Ended) -> Option<Event> {
    let rolling = given.policy.rolling.as_ref()?;
    let now = given.now.wall;
    next.recent.iter_mut().for_each(|stamp| *stamp = not_ahead(given, *stamp));
    next.recent.push(ended_at(given, ended));
    // Others may look further back: what lies outside of this window is theirs.
    next.recent.retain(|stamp| stamp.plus(SECONDS_MAX) > now);
    let surplus = next.recent.len().saturating_sub(RECENT_KEPT.max(rolling.threshold as usize));
    next.recent.drain(..surplus);
    let within = next.recent.iter().filter(|stamp| stamp.plus(rolling.window) > now).count();
    if within < rolling.threshold as usize {
        return None;
    }
    let cause = format!("{within} failures within {} ms", rolling.window.0);
    next.recent.clear();
    let until_ms = given.now.after(rolling.cooldown);
    given.cool(next, Cooldown { reason: CooldownReason::Rolling, until_ms, note: String::new() }, &cause)
}

/// The server's word, and fresh: it stands also beside an outcome that counts nowhere. A resolver has none.
fn retry_after(given: &Given, next: &mut Record, ended: &Ended) -> Option<Event> {
    let asked = ended.retry_after.filter(|_| given.circuit.kind != CircuitKind::Resolver)?;
    let wait = asked.min(given.policy.retry_after_cap);
    let late = match ended.when {
        When::Now => Millis::ZERO,
        When::Earlier(at) => given.now.wall.since(at),
    };
    let until_ms = given.now.after(Millis(wait.0.saturating_sub(late.0)));
    let cause = format!("Retry-After of {} ms", wait.0);
    given.cool(next, Cooldown { reason: CooldownReason::RetryAfter, until_ms, note: String::new() }, &cause)
}
