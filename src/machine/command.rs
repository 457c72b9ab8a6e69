//! What an operator says to a circuit, or to a whole host.

use super::given::{Given, Step};
use super::passing::pass;
use super::policy::{OPERATOR_MAX, Policy};
use super::record::{Circuit, Cooldown, CooldownReason, Override, Record, State, Trial, role_of};
use crate::answer::{Event, EventKind};
use crate::names::{CircuitKind, Scope};
use crate::status::{Command, OverrideKind};
use crate::time::{Millis, Now};
use std::borrow::Cow;

/// Operators' notes are cut to so many characters.
pub const NOTE_CHARS_MAX: usize = 200;

/// A command with all that it needs beside the record.
pub struct Order<'a> {
    /// A host without a role is the whole host, its later roles too.
    pub scope: &'a Scope,
    pub command: &'a Command,
    /// The policy of one circuit of the scope.
    pub policy_of: &'a dyn Fn(&Scope) -> Policy,
    pub seed: u64,
    pub now: Now,
}

/// Carries out a command.
#[must_use]
pub fn command(order: &Order, record: &Record) -> Step<()> {
    let mut passed = Cow::Borrowed(record);
    let mut events = Vec::new();
    for circuit in circuits(order.scope, record) {
        let policy = (order.policy_of)(&circuit);
        pass(&given(order, &policy, &circuit), &mut passed, &mut events);
    }
    let mut next = passed.into_owned();
    let policy = (order.policy_of)(order.scope);
    let given = given(order, &policy, order.scope);
    if let Command::Cooldown { for_ms, note } = order.command {
        events.extend(cooldown(&given, &mut next, Millis(*for_ms), note));
    } else {
        if order.scope.kind == CircuitKind::Host && order.scope.role.is_none() {
            whole_host(order, &given, &mut next, &mut events);
        } else {
            one_circuit(&given, next.circuit_mut(given.role()), order.command, &mut events);
        }
        if matches!(order.command, Command::Close | Command::Reset) && owns_cooldown(order.scope) {
            next.recent.clear();
            events.extend(cooldown(&given, &mut next, Millis::ZERO, ""));
        }
    }
    Step { answer: (), write: Some(next), events }
}

/// A whole host, or a name: what a cooldown belongs to.
#[must_use]
pub fn owns_cooldown(scope: &Scope) -> bool {
    match scope.kind {
        CircuitKind::Host => scope.role.is_none(),
        CircuitKind::Name => true,
        CircuitKind::Resolver => false,
    }
}

/// The circuits of a scope that stand in the record, each by its name.
#[must_use]
pub fn circuits(scope: &Scope, record: &Record) -> Vec<Scope> {
    if scope.kind != CircuitKind::Host || scope.role.is_some() {
        return vec![scope.clone()];
    }
    record.roles.keys().map(|role| Scope { role: Some(role.clone()), ..scope.clone() }).collect()
}

fn given<'a>(order: &Order, policy: &'a Policy, circuit: &'a Scope) -> Given<'a> {
    Given { policy, circuit, seed: order.seed, now: order.now }
}

/// The override goes above all roles and ends their own; the rest is done to each circuit, and to what later roles begin with.
fn whole_host(order: &Order, host: &Given, next: &mut Record, events: &mut Vec<Event>) {
    if let Some((set, cause)) = set_by(order.command, host.now) {
        next.override_ = Some(set);
        events.push(host.host_event(EventKind::OverrideSet, next, cause));
    } else if ends_override(order.command) && next.override_.take().is_some() {
        events.push(host.host_event(EventKind::OverrideEnded, next, "ended by an operator"));
    }
    let mut unheard = Vec::new();
    let heard = if next.roles.is_empty() { &mut *events } else { &mut unheard };
    each(host, &mut next.base, order.command, heard);
    for (role, circuit) in next.roles.iter_mut() {
        let scope = Scope { role: Some(role.clone()), ..order.scope.clone() };
        let policy = (order.policy_of)(&scope);
        each(&given(order, &policy, &scope), circuit, order.command, events);
    }
}

/// What a command at host scope does to one of its circuits.
fn each(given: &Given, circuit: &mut Circuit, command: &Command, events: &mut Vec<Event>) {
    match command {
        Command::ForceOpen { .. } | Command::Disable => {
            circuit.override_ = None;
            make_permits_inert(circuit);
        }
        _ => one_circuit(given, circuit, command, events),
    }
}

fn one_circuit(given: &Given, circuit: &mut Circuit, command: &Command, events: &mut Vec<Event>) {
    if let Some((set, cause)) = set_by(command, given.now) {
        circuit.override_ = Some(set);
        make_permits_inert(circuit);
        events.push(given.event(EventKind::OverrideSet, circuit.generation, cause));
    } else if ends_override(command) && circuit.override_.take().is_some() {
        events.push(given.event(EventKind::OverrideEnded, circuit.generation, "ended by an operator"));
    }
    match command {
        Command::Trip => events.push(given.open(circuit, "tripped by an operator")),
        Command::HalfOpen => events.push(given.enter(circuit, State::HalfOpen(Trial::default()), "half-opened by an operator")),
        Command::Close => events.push(given.close(circuit, "closed by an operator")),
        Command::Reset => {
            circuit.last_failure = None;
            events.push(given.close(circuit, "reset by an operator"));
        }
        Command::ForceOpen { .. } | Command::Disable | Command::Cooldown { .. } => {}
    }
}

fn ends_override(command: &Command) -> bool {
    matches!(command, Command::HalfOpen | Command::Close | Command::Reset)
}

/// The phase stays, its permits and slots do not.
fn make_permits_inert(circuit: &mut Circuit) {
    circuit.generation = circuit.generation.saturating_add(1);
    if let State::HalfOpen(trial) = &mut circuit.state {
        trial.probes.clear();
    }
}

/// The override that a command sets, if it sets one, and how that is told.
fn set_by(command: &Command, now: Now) -> Option<(Override, &'static str)> {
    let until = |ms| now.after(Millis(ms).min(OPERATOR_MAX));
    let (kind, until_ms, note, cause) = match command {
        Command::ForceOpen { for_ms, note } => (OverrideKind::ForcedOpen, for_ms.map(until), cut(note), "forced-open by an operator"),
        Command::Disable => (OverrideKind::Disabled, None, String::new(), "disabled by an operator"),
        _ => return None,
    };
    Some((Override { kind, until_ms, note }, cause))
}

fn cut(note: &str) -> String {
    note.chars().take(NOTE_CHARS_MAX).collect()
}

/// Sets an operator's cooldown (the longer wins), or ends whatever stands.
fn cooldown(given: &Given, next: &mut Record, lasts: Millis, note: &str) -> Option<Event> {
    if lasts == Millis::ZERO {
        next.cooldown.take()?;
        return Some(given.host_event(EventKind::CooldownEnded, next, "ended by an operator"));
    }
    let until_ms = given.now.after(lasts.min(OPERATOR_MAX));
    given.cool(next, Cooldown { reason: CooldownReason::Operator, until_ms, note: cut(note) }, "set by an operator")
}

/// Sets or takes back the patch of a scope. It changes no generation: permits stay good.
#[must_use]
pub fn patch(given: &Given, record: &Record, patch: Option<&str>) -> Step<()> {
    let mut next = record.clone();
    let patch = patch.map(ToOwned::to_owned);
    let cause = if patch.is_some() { "patched by an operator" } else { "patch taken back by an operator" };
    let event = if given.circuit.role.is_some() {
        let circuit = next.circuit_mut(role_of(given.circuit));
        circuit.patch = patch;
        given.event(EventKind::PolicyChanged, circuit.generation, cause)
    } else {
        next.patch = patch;
        given.host_event(EventKind::PolicyChanged, &next, cause)
    };
    Step { answer: (), write: Some(next), events: vec![event] }
}
