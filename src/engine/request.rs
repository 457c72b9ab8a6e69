//! One request to the engine: its clocks, its store, and the state that it works on.

use super::circuit_ref::CircuitRef;
use super::clock::Clock;
use super::record_cache::CachedRecord;
use super::state::{EngineState, PendingEvents};
use crate::answer::{Cause, Event, EventKind, Phase};
use crate::machine::record::{Circuit, Record};
use crate::names::Scope;
use crate::policy::{Policy, Sharing};
use crate::time::{Millis, Mono, Now};
use std::borrow::Cow;

/// Events in one answer at most.
const EVENTS_MAX: usize = 64;
/// Changed circuits that wait for an answer at most.
const CHANGED_MAX: usize = 1_000;

/// Between two `uncounted` events of one record at least.
const UNCOUNTED_INTERVAL: Millis = Millis::from_secs(3_600);

/// Why a circuit is not counted that its host's record has no room for.
pub(super) const NO_ROOM: &str = "the host has as many other roles as a record holds, and none is at rest";

/// Offsets monotonic readings by 146 years. A deadline that had already passed when it was first read lies before the first reading,
/// and must not underflow.
fn offset(reading: Mono) -> Mono {
    Mono(reading.0.saturating_add(1 << 62))
}

/// One request to the engine.
pub(super) struct Request<'a, C, S> {
    pub state: &'a mut EngineState,
    pub clock: &'a C,
    pub store: &'a S,
    /// When the request began. Read when first needed: a healthy `settle` does not need it.
    start: Option<Mono>,
    /// Store operations so far.
    pub operations: u32,
    pub swaps: u32,
    pub conflicts: u32,
}

impl<'a, C: Clock, S> Request<'a, C, S> {
    pub fn new(state: &'a mut EngineState, clock: &'a C, store: &'a S) -> Self {
        // An earlier request may have failed and left these for this answer.
        state.pending.events.truncate(EVENTS_MAX);
        state.pending.changed.truncate(CHANGED_MAX);
        Request { state, clock, store, start: None, operations: 0, swaps: 0, conflicts: 0 }
    }

    pub fn now(&self) -> Now {
        Now { wall: self.clock.wall(), mono: self.mono() }
    }

    pub fn mono(&self) -> Mono {
        offset(self.clock.mono())
    }

    /// When this request began. Its storage budget counts from here.
    pub fn start(&mut self) -> Mono {
        let clock = self.clock;
        *self.start.get_or_insert_with(|| offset(clock.mono()))
    }

    pub fn sharing(&self) -> Sharing {
        self.state.sharing
    }

    /// How much of this request's storage budget is used.
    pub fn elapsed(&mut self) -> Millis {
        let start = self.start();
        self.mono().since(start)
    }

    /// Takes the events for an answer, at most [`EVENTS_MAX`], and each changed circuit once.
    pub fn take_events(&mut self) -> (Vec<Event>, Vec<Scope>) {
        let PendingEvents { events, changed } = &mut self.state.pending;
        events.truncate(EVENTS_MAX);
        let mut each_once: Vec<Scope> = Vec::new();
        for scope in std::mem::take(changed) {
            if !each_once.contains(&scope) {
                each_once.push(scope);
            }
        }
        (std::mem::take(events), each_once)
    }

    /// Adds an event of one circuit, caused by this board now.
    pub fn push_event(&mut self, circuit: &CircuitRef, kind: EventKind, cause: Cause, detail: &str) {
        let generation = self.circuit(circuit).generation;
        let event = Event { circuit: Some(circuit.scope.clone()), generation, ..Event::new(kind, cause, detail, self.clock.wall().0) };
        self.state.pending.events.push(event);
    }

    /// Adds an event that calls of a circuit cannot be counted, unless its record had one less than an hour ago.
    pub fn push_uncounted(&mut self, circuit: &CircuitRef, cause: Cause, detail: &str) {
        let now = self.mono();
        let told = &mut self.record(circuit).uncounted_told;
        if told.is_none_or(|at| now.since(at) >= UNCOUNTED_INTERVAL) {
            *told = Some(now);
            self.push_event(circuit, EventKind::Uncounted, cause, detail);
        }
    }

    /// Adds an event of the store as a whole.
    pub fn push_store_event(&mut self, kind: EventKind, detail: &str) {
        self.state.pending.events.push(Event::new(kind, Cause::Store, detail, self.clock.wall().0));
    }

    pub fn record(&mut self, circuit: &CircuitRef) -> &mut CachedRecord {
        self.state.records.get(circuit)
    }

    /// A circuit in its effective record.
    pub fn circuit(&mut self, circuit: &CircuitRef) -> &Circuit {
        self.record(circuit).effective().circuit(circuit.role())
    }

    pub fn phase(&mut self, circuit: &CircuitRef) -> Phase {
        self.circuit(circuit).phase()
    }

    pub fn policy(&mut self, circuit: &CircuitRef) -> Cow<'_, Policy> {
        self.policy_and_record(circuit).0
    }

    /// A circuit's policy and its effective record.
    pub fn policy_and_record(&mut self, circuit: &CircuitRef) -> (Cow<'_, Policy>, &Record) {
        let EngineState { records, policies, config, .. } = &mut *self.state;
        records.get(circuit).with_policy(config, policies, circuit)
    }
}
