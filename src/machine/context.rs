//! What a decision depends on besides the record and the input, and what it returns.

use super::backoff::open_wait;
use super::record::{Circuit, Cooldown, CooldownReason, Record, State, role_of};
use crate::answer::{Cause, Event, EventKind, Phase};
use crate::names::Scope;
use crate::policy::Policy;
use crate::time::{Millis, Now, Stamp};
use crate::write_mark::WriteMark;
use std::sync::Arc;

/// The circuit that is decided about, its policy, this process's seed, and the time.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub policy: &'a Policy,
    pub circuit: &'a Scope,
    pub seed: u64,
    pub now: Now,
    /// The mark of the write that stores this decision.
    pub mark: WriteMark,
}

/// The result of a decision: the answer, the record to store if anything changed, and the events to emit once it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<A> {
    pub answer: A,
    pub write: Option<Arc<Record>>,
    pub events: Vec<Event>,
}

impl<A> Step<A> {
    pub const fn unchanged(answer: A) -> Step<A> {
        Step { answer, write: None, events: Vec::new() }
    }
}

impl Context<'_> {
    #[must_use]
    pub fn role(&self) -> &str {
        role_of(self.circuit)
    }

    /// The stamp to store. One that lies further ahead than clocks may differ gets its time of day by this process's clock.
    #[must_use]
    pub fn restamp(&self, stamp: Stamp) -> Stamp {
        self.now.restamp(stamp, self.policy.clock_skew)
    }

    /// An event of this circuit, caused by this board now.
    #[must_use]
    pub fn event(&self, kind: EventKind, generation: u64, cause: Cause, detail: &str) -> Event {
        Event { circuit: Some(self.circuit.clone()), generation, ..Event::new(kind, cause, detail, self.now.wall.0) }
    }

    /// An event of what belongs to the whole host (or name).
    #[must_use]
    pub fn host_event(&self, kind: EventKind, record: &Record, cause: Cause, detail: &str) -> Event {
        let host = Scope { role: None, ..self.circuit.clone() };
        Event { circuit: Some(host), ..self.event(kind, record.base.generation, cause, detail) }
    }

    /// Begins a generation in this state. There is an event if the phase changes: a command may begin the same phase again.
    pub fn enter(&self, circuit: &mut Circuit, state: State, cause: Cause, detail: &str) -> Option<Event> {
        let from = circuit.phase();
        circuit.state = state;
        circuit.begin_generation(self.mark);
        let to = circuit.phase();
        (from != to).then(|| Event {
            from: Some(from),
            to: Some(to),
            last_failure: circuit.last_failure.clone(),
            ..self.event(EventKind::PhaseChanged, circuit.generation, cause, detail)
        })
    }

    /// Opens a circuit. The wait grows with its openings since the last close.
    pub fn open(&self, circuit: &mut Circuit, cause: Cause, detail: &str) -> Option<Event> {
        let again = circuit.phase() == Phase::Open;
        let openings = if again { circuit.openings.saturating_sub(1) } else { circuit.openings };
        let wait = open_wait(self.policy, self.circuit, self.seed, openings, circuit.generation);
        circuit.openings = openings.saturating_add(1);
        circuit.opened_at_ms = Some(self.now.wall);
        self.enter(circuit, State::Open(self.now.after(wait)), cause, detail)
    }

    /// Closes a circuit and clears its failure streak and openings.
    pub fn close(&self, circuit: &mut Circuit, cause: Cause, detail: &str) -> Option<Event> {
        circuit.streak = None;
        circuit.openings = 0;
        circuit.opened_at_ms = None;
        self.enter(circuit, State::Closed(None), cause, detail)
    }

    /// Sets a cooldown if it ends later than the current one.
    pub fn set_cooldown(&self, record: &mut Record, cooldown: Cooldown, detail: &str) -> Option<Event> {
        let current = record.cooldown.as_ref().map_or(Millis::ZERO, |current| current.until_ms.remaining(self.now));
        if cooldown.until_ms.remaining(self.now) <= current {
            return None;
        }
        let cause = match cooldown.reason {
            CooldownReason::RetryAfter => Cause::RetryAfter,
            CooldownReason::Rolling => Cause::Burst,
            CooldownReason::Operator => Cause::Operator,
        };
        record.cooldown = Some(cooldown);
        Some(self.host_event(EventKind::CooldownSet, record, cause, detail))
    }
}
