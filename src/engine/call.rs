//! One call on the engine, and the only place where time, storage and decisions meet.

use super::board::{Board, Untold};
use super::cells::Cell;
use super::leg::Leg;
use super::ports::{Clock, Store};
use super::storage::Commit;
use super::trouble::Trouble;
use crate::answer::{Event, EventKind};
use crate::machine::given::{Given, Step};
use crate::machine::policy::{Policy, Sharing};
use crate::machine::record::{Circuit, Record, State};
use crate::names::Scope;
use crate::time::{Millis, Mono, Now};
use std::rc::Rc;

/// Events that one answer carries at most.
const EVENTS_MAX: usize = 64;
/// Changed circuits that wait for an answer at most.
const CHANGED_MAX: usize = 1_000;

/// A monotonic clock may begin at 0, and deadlines met when they were over lie before that: so readings begin 146 years later.
fn ahead(reading: Mono) -> Mono {
    Mono(reading.0.saturating_add(1 << 62))
}

/// A decision of the machine's. Not generic: the loop around it is compiled once for each answer, not for each question.
pub(super) type Decide<'a, A> = &'a dyn Fn(&Given, &Record) -> Step<A>;

/// Whether a decision may be made again after its write's answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It merely leaks a slot.
    Allowed,
    /// It might count twice.
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    None,
    Stored,
    Unknown,
}

pub(super) struct Call<'a, C, S> {
    pub board: &'a mut Board,
    pub clock: &'a C,
    pub store: &'a S,
    /// Read at the first need: a healthy `settle` has none.
    start: Option<Mono>,
    pub operations: u32,
    pub swaps: u32,
    pub conflicts: u32,
}

impl<'a, C: Clock, S: Store> Call<'a, C, S> {
    pub fn new(board: &'a mut Board, clock: &'a C, store: &'a S) -> Self {
        // Of a call before, whose answer had no room for it.
        board.untold.events.truncate(EVENTS_MAX);
        board.untold.changed.truncate(CHANGED_MAX);
        Call { board, clock, store, start: None, operations: 0, swaps: 0, conflicts: 0 }
    }

    pub fn now(&self) -> Now {
        Now { wall: self.clock.wall(), mono: self.mono() }
    }

    pub fn mono(&self) -> Mono {
        ahead(self.clock.mono())
    }

    /// When this call began, as far as its budget goes.
    pub fn start(&mut self) -> Mono {
        let clock = self.clock;
        *self.start.get_or_insert_with(|| ahead(clock.mono()))
    }

    pub fn sharing(&self) -> Sharing {
        self.board.sharing
    }

    /// How much of this call's storage budget is spent.
    pub fn spent(&mut self) -> Millis {
        let start = self.start();
        self.mono().since(start)
    }

    /// What the answer carries beside itself: events, at most [`EVENTS_MAX`], and each changed circuit once.
    pub fn told(&mut self) -> (Vec<Event>, Vec<Scope>) {
        let Untold { events, changed } = &mut self.board.untold;
        events.truncate(EVENTS_MAX);
        let mut each_once: Vec<Scope> = Vec::new();
        for scope in std::mem::take(changed) {
            if !each_once.contains(&scope) {
                each_once.push(scope);
            }
        }
        (std::mem::take(events), each_once)
    }

    /// Something that happened here, now; without a leg, to the store as a whole.
    pub fn tell(&mut self, leg: Option<&Leg>, kind: EventKind, cause: &str) {
        let generation = leg.map_or(0, |leg| self.cell(leg).view().circuit(leg.role()).generation);
        let (circuit, at_ms) = (leg.map(|leg| leg.scope.clone()), self.clock.wall().0);
        let (from, to, last_failure) = (None, None, None);
        self.board.untold.events.push(Event {
            circuit,
            kind,
            from,
            to,
            cause: cause.to_owned(),
            generation,
            at_ms,
            here: true,
            last_failure,
        });
    }

    pub fn cell(&mut self, leg: &Leg) -> &mut Cell {
        self.board.cells.get(leg)
    }

    pub fn policy(&mut self, leg: &Leg) -> Rc<Policy> {
        self.policed(leg).0
    }

    /// A circuit's policy, and what is known of its record.
    pub fn policed(&mut self, leg: &Leg) -> (Rc<Policy>, &mut Cell) {
        let Board { cells, policies, config, .. } = &mut *self.board;
        let cell = cells.get(leg);
        (cell.policy(config, policies, leg), cell)
    }

    /// Decides, and stores what the decision changed; after a conflict decides anew, by a new reading of the clock.
    pub fn turn<A>(&mut self, leg: &Leg, repeat: Repeat, decide: Decide<A>) -> Result<(A, Write), Trouble> {
        loop {
            let step = self.decide(leg, decide);
            let Some(next) = step.write else {
                self.board.untold.events.extend(step.events);
                return Ok((step.answer, Write::None));
            };
            match self.commit(leg, next)? {
                Commit::Stored => {
                    self.board.untold.events.extend(step.events);
                    return Ok((step.answer, Write::Stored));
                }
                Commit::Unknown if repeat == Repeat::Never => return Ok((step.answer, Write::Unknown)),
                Commit::Unknown | Commit::Conflict => {}
            }
        }
    }

    /// One decision by the view, as things are now.
    pub fn decide<A>(&mut self, leg: &Leg, decide: Decide<A>) -> Step<A> {
        let (now, seed) = (self.now(), self.board.identity.seed);
        let (policy, cell) = self.policed(leg);
        decide(&Given { policy: &policy, circuit: &leg.scope, seed, now }, cell.view())
    }

    /// Decides for this process alone, by its own copy of the record.
    pub fn locally<A>(&mut self, leg: &Leg, decide: Decide<A>) -> A {
        let mut step = self.decide(leg, decide);
        if step.write.as_ref().is_some_and(|next| self.own_epoch_for_probe(leg, next)) {
            step = self.decide(leg, decide);
        }
        if let Some(next) = step.write {
            self.keep_own(leg, next);
        }
        self.board.untold.events.extend(step.events);
        step.answer
    }

    /// A probe that only this process grants must match no slot of the store's: its claim carries an epoch of its own.
    fn own_epoch_for_probe(&mut self, leg: &Leg, next: &Record) -> bool {
        let slots = |circuit: &Circuit| if let State::HalfOpen(trial) = &circuit.state { trial.next_slot } else { 0 };
        let before = Rc::clone(self.cell(leg).view());
        let circuit = before.circuit(leg.role());
        let granted = slots(next.circuit(leg.role())) > slots(circuit);
        if !granted || circuit.local_epoch.is_some() {
            return false;
        }
        let mut own = Record::clone(&before);
        own.circuit_mut(leg.role()).local_epoch = Some(self.next_mark().epoch());
        self.cell(leg).local = Some(Rc::new(own));
        true
    }

    fn keep_own(&mut self, leg: &Leg, mut next: Record) {
        let epoch = self.next_mark().epoch();
        let before = Rc::clone(self.cell(leg).view());
        for (role, circuit) in next.circuits_mut() {
            let generation = role.map_or(&before.base, |role| before.circuit(role)).generation;
            if circuit.generation != generation && circuit.local_epoch.is_none() {
                circuit.local_epoch = Some(epoch);
            }
        }
        self.note_changes(leg, &before, &next);
        self.cell(leg).local = Some(Rc::new(next));
    }
}
