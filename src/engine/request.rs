//! One request to the engine: its time, its budget, and the state that it works on.

use super::circuit_ref::CircuitRef;
use super::exchange::Exchange;
use super::policy_cache::policy_of;
use super::record_cache::{CachedRecord, LastSeen};
use super::request_step::Token;
use super::snapshot::Snapshot;
use super::state::{EngineState, PendingEvents};
use super::store::Revision;
use crate::answer::{Cause, Event, EventKind, Phase};
use crate::machine::record::{Circuit, Record};
use crate::names::Scope;
use crate::policy::{Policy, Sharing};
use crate::time::{Millis, Mono, Now};
use std::borrow::Cow;
use std::sync::Arc;

/// Most events in one answer.
const EVENTS_MAX: usize = 64;
/// Most changed circuits that wait for an answer.
const CHANGED_MAX: usize = 1_000;

/// Shortest time between two `uncounted` events of one record.
const UNCOUNTED_INTERVAL: Millis = Millis::from_secs(3_600);

/// The detail of an `uncounted` event if the host's record has no room for the circuit.
pub(super) const NO_ROOM: &str = "the host has as many other roles as a record holds, and none is at rest";

/// One request to the engine. It has the engine's state while it runs, and hands it over while it waits for the store.
pub(super) struct Request {
    pub state: Box<EngineState>,
    pub exchange: Arc<Exchange>,
    /// When the caller began to wait for this request. Its storage budget counts from here.
    pub start: Mono,
    /// When the request began.
    pub began: Mono,
    /// Store operations so far.
    pub operations: u32,
    pub swaps: u32,
    pub conflicts: u32,
    /// Identifies a request that can wait. `None` for one whose driver carries out each operation at once.
    pub token: Option<Token>,
    pub store_use: StoreUse,
    /// The time spent waiting at gates.
    pub waited: Millis,
    /// The events and changed circuits for this request's answer.
    pub events: PendingEvents,
    pub snapshots: Vec<Snapshot>,
}

/// Whether a request may use the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreUse {
    Allowed,
    /// Too many requests wait in this instance, so this one must not.
    TooManyWait,
    /// The host does not wait for the answer. The request ends without another operation.
    Abandoned,
}

impl Request {
    pub fn new(mut state: Box<EngineState>, exchange: Arc<Exchange>) -> Self {
        // An earlier request may have failed and left these for this answer.
        state.pending.events.truncate(EVENTS_MAX);
        state.pending.changed.truncate(CHANGED_MAX);
        Request {
            state,
            exchange,
            start: Mono::default(),
            began: Mono::default(),
            operations: 0,
            swaps: 0,
            conflicts: 0,
            token: None,
            store_use: StoreUse::Allowed,
            waited: Millis::ZERO,
            events: PendingEvents::default(),
            snapshots: Vec::new(),
        }
    }

    /// Begins this request. One that ends without a wait may not need the time.
    pub fn begin(&mut self, now: Now) {
        self.state.now = now;
        self.start = now.mono;
        self.began = now.mono;
    }

    pub fn now(&self) -> Now {
        self.state.now
    }

    pub fn mono(&self) -> Mono {
        self.state.now.mono
    }

    pub fn sharing(&self) -> Sharing {
        self.state.sharing
    }

    /// How much of this request's storage budget is used.
    pub fn elapsed(&self) -> Millis {
        self.mono().since(self.start)
    }

    /// How much of this request's storage budget is left.
    pub fn time_left(&self) -> Millis {
        Millis(self.sharing().storage_budget.0.saturating_sub(self.elapsed().0))
    }

    /// Ends this request. Events that its answer did not carry are left for the next answer.
    pub fn finish(self) -> Box<EngineState> {
        let Request { mut state, events, .. } = self;
        if !events.is_empty() {
            state.pending.append(events);
        }
        state
    }

    /// Takes the events for an answer, at most [`EVENTS_MAX`], and each changed circuit once.
    pub fn take_events(&mut self) -> (Vec<Event>, Vec<Scope>) {
        if self.store_use == StoreUse::Abandoned {
            return (Vec::new(), Vec::new());
        }
        if self.state.pending.is_empty() && self.events.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let mut taken = std::mem::take(&mut self.state.pending);
        taken.append(std::mem::take(&mut self.events));
        let PendingEvents { mut events, changed } = taken;
        events.truncate(EVENTS_MAX);
        let mut each_once: Vec<Scope> = Vec::new();
        for scope in changed {
            if !each_once.contains(&scope) {
                each_once.push(scope);
            }
        }
        (events, each_once)
    }

    /// Adds an event of one circuit, caused by this board now.
    pub fn push_event(&mut self, circuit: &CircuitRef, kind: EventKind, cause: Cause, detail: &str) {
        let generation = self.circuit(circuit).generation;
        let event = Event { circuit: Some(circuit.scope.clone()), generation, ..Event::new(kind, cause, detail, self.now().wall.0) };
        self.events.events.push(event);
    }

    /// Adds an event that calls of a circuit cannot be counted, unless its record had one less than an hour ago.
    pub fn push_uncounted(&mut self, circuit: &CircuitRef, cause: Cause, detail: &str) {
        let now = self.mono();
        let reported = &mut self.record(circuit).uncounted_reported;
        if reported.is_none_or(|at| now.since(at) >= UNCOUNTED_INTERVAL) {
            *reported = Some(now);
            self.push_event(circuit, EventKind::Uncounted, cause, detail);
        }
    }

    /// Adds an event of the store as a whole.
    pub fn push_store_event(&mut self, kind: EventKind, detail: &str) {
        self.events.events.push(Event::new(kind, Cause::Store, detail, self.now().wall.0));
    }

    pub fn record(&mut self, circuit: &CircuitRef) -> &mut CachedRecord {
        self.state.records.get(circuit)
    }

    pub fn has_snapshot(&self, circuit: &CircuitRef) -> bool {
        self.snapshot(circuit).is_some()
    }

    fn snapshot(&self, circuit: &CircuitRef) -> Option<&Snapshot> {
        self.snapshots.iter().find(|snapshot| snapshot.key == circuit.key)
    }

    pub fn forget_snapshot(&mut self, circuit: &CircuitRef) {
        self.snapshots.retain(|snapshot| snapshot.key != circuit.key);
    }

    /// Keeps a record that came too late to be cached. This request decides by it.
    pub fn keep_snapshot(&mut self, circuit: &CircuitRef, seen: LastSeen) {
        self.forget_snapshot(circuit);
        self.snapshots.push(Snapshot::new(&circuit.key, seen));
    }

    /// The record that this request decides by.
    pub fn effective(&mut self, circuit: &CircuitRef) -> &Arc<Record> {
        match self.snapshots.iter().position(|snapshot| snapshot.key == circuit.key).and_then(|at| self.snapshots.get(at)) {
            Some(snapshot) => &snapshot.record,
            None => self.state.records.get(circuit).effective(),
        }
    }

    /// Whether this request decides by what the store was seen to hold.
    pub fn is_from_store(&mut self, circuit: &CircuitRef) -> bool {
        self.snapshot(circuit).is_some() || self.record(circuit).is_from_store()
    }

    /// The revision of the record that this request decides by.
    pub fn revision(&mut self, circuit: &CircuitRef) -> Option<Revision> {
        match self.snapshot(circuit) {
            Some(snapshot) => snapshot.revision,
            None => self.record(circuit).revision(),
        }
    }

    /// A circuit in its effective record.
    pub fn circuit(&mut self, circuit: &CircuitRef) -> &Circuit {
        self.effective(circuit).circuit(circuit.role())
    }

    pub fn phase(&mut self, circuit: &CircuitRef) -> Phase {
        self.circuit(circuit).phase()
    }

    pub fn policy(&mut self, circuit: &CircuitRef) -> Cow<'_, Policy> {
        self.policy_and_record(circuit).0
    }

    /// A circuit's policy and its effective record.
    pub fn policy_and_record(&mut self, circuit: &CircuitRef) -> (Cow<'_, Policy>, &Record) {
        match self.snapshots.iter().find(|snapshot| snapshot.key == circuit.key) {
            Some(Snapshot { record, .. }) => (Cow::Owned(policy_of(&self.state.config, &circuit.scope, record)), record),
            None => self.state.policy_and_record(circuit),
        }
    }
}
