//! Operators' commands and patches, for one circuit or a whole host.

use super::context::{Context, Step};
use super::expiry::apply_expiry;
use super::record::{Circuit, Cooldown, CooldownReason, Override, Record, State, Trial, role_of};
use crate::answer::{Cause, Event, EventKind};
use crate::names::{CircuitKind, Scope};
use crate::policy::{OPERATOR_MAX, Policy};
use crate::record_limits::roles::clear_roles;
use crate::status::{Command, OverrideKind};
use crate::time::{Millis, Now};
use crate::write_mark::WriteMark;
use std::borrow::Cow;
use std::sync::Arc;

/// Operators' notes are cut to this many characters.
pub const NOTE_CHARS_MAX: usize = 200;

/// A command, and what it depends on besides the record.
pub struct CommandInput<'a> {
    /// A host without a role means the whole host, including roles that are added later.
    pub scope: &'a Scope,
    pub command: &'a Command,
    /// The policy of one circuit of the scope.
    pub policy_of: &'a dyn Fn(&Scope) -> Policy,
    pub seed: u64,
    pub now: Now,
    /// The mark of the write that stores the command.
    pub mark: WriteMark,
}

/// Carries out a command.
#[must_use]
pub fn command(input: &CommandInput, record: &Record) -> Step<()> {
    let mut current = Cow::Borrowed(record);
    let mut events = Vec::new();
    for circuit in circuits(input.scope, record) {
        let policy = (input.policy_of)(&circuit);
        apply_expiry(&context(input, &policy, &circuit), &mut current, &mut events);
    }
    let mut next = current.into_owned();
    let policy = (input.policy_of)(input.scope);
    let context = context(input, &policy, input.scope);
    if let Command::Cooldown { for_ms, note } = input.command {
        events.extend(cooldown(&context, &mut next, Millis(*for_ms), note));
    } else {
        if input.scope.kind == CircuitKind::Host && input.scope.role.is_none() {
            whole_host(input, &context, &mut next, &mut events);
        } else {
            one_circuit(&context, next.circuit_mut(context.role()), input.command, &mut events);
        }
        if matches!(input.command, Command::Close | Command::Reset) && owns_cooldown(input.scope) {
            next.recent.clear();
            events.extend(cooldown(&context, &mut next, Millis::ZERO, ""));
        }
    }
    Step { answer: (), write: Some(Arc::new(next)), events }
}

/// Whether a scope has a cooldown of its own: a whole host, or a name.
#[must_use]
pub fn owns_cooldown(scope: &Scope) -> bool {
    match scope.kind {
        CircuitKind::Host => scope.role.is_none(),
        CircuitKind::Name => true,
        CircuitKind::Resolver => false,
    }
}

/// The circuits of a scope that exist in the record.
#[must_use]
pub fn circuits(scope: &Scope, record: &Record) -> Vec<Scope> {
    if scope.kind != CircuitKind::Host || scope.role.is_some() {
        return vec![scope.clone()];
    }
    record.roles.keys().map(|role| Scope { role: Some(role.clone()), ..scope.clone() }).collect()
}

fn context<'a>(input: &CommandInput, policy: &'a Policy, circuit: &'a Scope) -> Context<'a> {
    Context { policy, circuit, seed: input.seed, now: input.now, mark: input.mark }
}

/// Applies a command to a whole host. An override applies to all roles and ends their own overrides. Other commands apply to each
/// circuit, and to the base circuit from which later roles start.
fn whole_host(input: &CommandInput, host: &Context, next: &mut Record, events: &mut Vec<Event>) {
    if let Some((set, detail)) = override_of(input.command, host.now) {
        next.override_ = Some(set);
        events.push(host.host_event(EventKind::OverrideSet, next, Cause::Operator, detail));
    } else if ends_override(input.command) && next.override_.take().is_some() {
        events.push(host.host_event(EventKind::OverrideEnded, next, Cause::Operator, "ended by an operator"));
    }
    // The base emits events only while it stands for all roles.
    let mut discarded = Vec::new();
    let base_events = if next.roles.is_empty() { &mut *events } else { &mut discarded };
    apply_to_circuit(host, &mut next.base, input.command, base_events);
    for (role, circuit) in next.roles.iter_mut() {
        let scope = Scope { role: Some(role.clone()), ..input.scope.clone() };
        let policy = (input.policy_of)(&scope);
        apply_to_circuit(&context(input, &policy, &scope), circuit, input.command, events);
    }
    if *input.command == Command::Reset {
        clear_roles(next);
    }
}

/// Applies a command at host scope to one of the host's circuits.
fn apply_to_circuit(context: &Context, circuit: &mut Circuit, command: &Command, events: &mut Vec<Event>) {
    match command {
        Command::ForceOpen { .. } | Command::Disable => {
            circuit.override_ = None;
            make_permits_inert(context, circuit);
        }
        _ => one_circuit(context, circuit, command, events),
    }
}

fn one_circuit(context: &Context, circuit: &mut Circuit, command: &Command, events: &mut Vec<Event>) {
    if let Some((set, detail)) = override_of(command, context.now) {
        circuit.override_ = Some(set);
        make_permits_inert(context, circuit);
        events.push(context.event(EventKind::OverrideSet, circuit.generation, Cause::Operator, detail));
    } else if ends_override(command) && circuit.override_.take().is_some() {
        events.push(context.event(EventKind::OverrideEnded, circuit.generation, Cause::Operator, "ended by an operator"));
    }
    match command {
        Command::Trip => events.extend(context.open(circuit, Cause::Operator, "tripped by an operator")),
        Command::HalfOpen => {
            let state = State::HalfOpen(Trial::default());
            events.extend(context.enter(circuit, state, Cause::Operator, "half-opened by an operator"));
        }
        Command::Close => events.extend(context.close(circuit, Cause::Operator, "closed by an operator")),
        Command::Reset => {
            circuit.last_failure = None;
            events.extend(context.close(circuit, Cause::Operator, "reset by an operator"));
        }
        Command::ForceOpen { .. } | Command::Disable | Command::Cooldown { .. } => {}
    }
}

fn ends_override(command: &Command) -> bool {
    matches!(command, Command::HalfOpen | Command::Close | Command::Reset)
}

/// Invalidates all permits and slots. The phase stays.
fn make_permits_inert(context: &Context, circuit: &mut Circuit) {
    circuit.begin_generation(context.mark);
    if let State::HalfOpen(trial) = &mut circuit.state {
        trial.probes.clear();
    }
}

/// The override that a command sets, if any, and the detail for its event.
fn override_of(command: &Command, now: Now) -> Option<(Override, &'static str)> {
    let until = |ms| now.after(Millis(ms).min(OPERATOR_MAX));
    let (kind, until_ms, note, detail) = match command {
        Command::ForceOpen { for_ms, note } => (OverrideKind::ForcedOpen, for_ms.map(until), cut(note), "forced-open by an operator"),
        Command::Disable => (OverrideKind::Disabled, None, String::new(), "disabled by an operator"),
        _ => return None,
    };
    Some((Override { kind, until_ms, note }, detail))
}

fn cut(note: &str) -> String {
    note.chars().take(NOTE_CHARS_MAX).collect()
}

/// Sets an operator's cooldown unless the current one is longer. A duration of zero ends the current cooldown.
fn cooldown(context: &Context, next: &mut Record, duration: Millis, note: &str) -> Option<Event> {
    if duration == Millis::ZERO {
        next.cooldown.take()?;
        return Some(context.host_event(EventKind::CooldownEnded, next, Cause::Operator, "ended by an operator"));
    }
    let length_ms = duration.min(OPERATOR_MAX);
    let until_ms = context.now.after(length_ms);
    let cooldown = Cooldown { reason: CooldownReason::Operator, until_ms, length_ms, note: cut(note) };
    context.set_cooldown(next, cooldown, "set by an operator")
}

/// Sets or removes the patch of a scope. Generations do not change, so permits stay valid.
#[must_use]
pub fn patch(context: &Context, record: &Record, patch: Option<&str>) -> Step<()> {
    let mut next = record.clone();
    let patch = patch.map(ToOwned::to_owned);
    let detail = if patch.is_some() { "patched by an operator" } else { "patch taken back by an operator" };
    let event = if context.circuit.role.is_some() {
        let circuit = next.circuit_mut(role_of(context.circuit));
        circuit.patch = patch;
        context.event(EventKind::PolicyChanged, circuit.generation, Cause::Operator, detail)
    } else {
        next.patch = patch;
        context.host_event(EventKind::PolicyChanged, &next, Cause::Operator, detail)
    };
    Step { answer: (), write: Some(Arc::new(next)), events: vec![event] }
}
