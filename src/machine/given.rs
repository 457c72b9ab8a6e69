//! What a decision is given beside the record and the input, and what it returns.

use super::policy::Policy;
use super::record::{Circuit, Cooldown, Record, State, role_of};
use crate::answer::{Event, EventKind, Phase};
use crate::names::Scope;
use crate::time::{Millis, Now, Wall};

/// The policy, the circuit's name, this process's seed, and the time.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    pub policy: &'a Policy,
    pub circuit: &'a Scope,
    pub seed: u64,
    pub now: Now,
}

/// A decision: the answer, what to store if anything changed, and what happened if that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<A> {
    pub answer: A,
    pub write: Option<Record>,
    pub events: Vec<Event>,
}

impl<A> Step<A> {
    pub const fn unchanged(answer: A) -> Step<A> {
        Step { answer, write: None, events: Vec::new() }
    }
}

impl Given<'_> {
    #[must_use]
    pub fn role(&self) -> &str {
        role_of(self.circuit)
    }

    /// A stamp that lies further ahead than clocks may differ is read as now.
    #[must_use]
    pub fn not_ahead(&self, stamp: Wall) -> Wall {
        if stamp > self.now.wall.plus(self.policy.clock_skew) { self.now.wall } else { stamp }
    }

    /// An event of this circuit, now, done here.
    #[must_use]
    pub fn event(&self, kind: EventKind, generation: u64, cause: &str) -> Event {
        let circuit = Some(self.circuit.clone());
        let (from, to, last_failure) = (None, None, None);
        Event { circuit, kind, from, to, cause: cause.to_owned(), generation, at_ms: self.now.wall.0, here: true, last_failure }
    }

    /// An event of what belongs to the whole host (or name).
    #[must_use]
    pub fn host_event(&self, kind: EventKind, record: &Record, cause: &str) -> Event {
        let mut event = self.event(kind, record.base.generation, cause);
        event.circuit = Some(Scope { role: None, ..self.circuit.clone() });
        event
    }

    /// Moves a circuit to another phase and tells it.
    pub fn enter(&self, circuit: &mut Circuit, state: State, cause: &str) -> Event {
        let from = circuit.phase();
        circuit.enter(state);
        let mut event = self.event(EventKind::PhaseChanged, circuit.generation, cause);
        event.from = Some(from);
        event.to = Some(circuit.phase());
        event.last_failure.clone_from(&circuit.last_failure);
        event
    }

    /// Opens a circuit, for as long as its openings since the last close ask.
    pub fn open(&self, circuit: &mut Circuit, cause: &str) -> Event {
        let again = circuit.phase() == Phase::Open;
        let openings = if again { circuit.openings.saturating_sub(1) } else { circuit.openings };
        let wait = super::backoff::open_wait(self, openings, circuit.generation);
        circuit.openings = openings.saturating_add(1);
        circuit.opened_at_ms = Some(self.now.wall);
        self.enter(circuit, State::Open(self.now.after(wait)), cause)
    }

    /// Closes a circuit: what led to its opening is forgotten.
    pub fn close(&self, circuit: &mut Circuit, cause: &str) -> Event {
        circuit.streak = None;
        circuit.openings = 0;
        circuit.opened_at_ms = None;
        self.enter(circuit, State::Closed(None), cause)
    }

    /// Sets a cooldown where it outlasts the standing one.
    pub fn cool(&self, record: &mut Record, cooldown: Cooldown, cause: &str) -> Option<Event> {
        let standing = record.cooldown.as_ref().map_or(Millis::ZERO, |standing| standing.until_ms.remaining(self.now));
        if cooldown.until_ms.remaining(self.now) <= standing {
            return None;
        }
        record.cooldown = Some(cooldown);
        Some(self.host_event(EventKind::CooldownSet, record, cause))
    }
}
