//! Checks of each step of a random run.

use crate::driver::{Progress, report};
use crate::mix::Mix;
use crate::observer::{CircuitKey, Observation, Observer, StoredEntry};
use crate::recording_store::Log;
use crate::simulator::{Settling, Simulator};
use fuseboard::time::Millis;
use fuseboard::{Answer, Decision, Event, EventKind, Operation, Scope, StepAnswer, Target, Token, Written};

const BUDGET: Millis = Millis(250);
const SWAPS_MAX: u32 = 32;
/// `flush` may swap 32 times for every 16 circuits that it writes.
const FLUSH_SWAPS_MAX: u32 = 64;

impl Simulator {
    /// Checks a step of a request that has not ended before.
    pub fn check_step(&mut self, progress: Progress) {
        match progress {
            Progress::Wait(_) => {}
            Progress::Store(token) => {
                let operation = self.driver.operations[&token].clone();
                self.writes.begin(token, &operation);
                self.check_operation(token, &operation);
            }
            Progress::Ended(answer) => self.check_events(&answer),
        }
    }

    /// Checks the step after a reply.
    pub fn end_operation(&mut self, token: Token, progress: Progress) {
        self.writes.end(token);
        if let Progress::Ended(answer) = &progress {
            if let Some(settling) = self.settling.remove(&token) {
                self.check_settled(&settling, answer);
            }
            if let Some((target, began)) = self.allowing.remove(&token) {
                self.check_decided(&target, began, answer);
            }
            self.forget(token);
        }
        self.check_step(progress);
    }

    /// Forgets a request that has ended.
    pub fn forget(&mut self, token: Token) {
        self.allowing.remove(&token);
        self.settling.remove(&token);
        self.operating.remove(&token);
        self.swaps.remove(&token);
    }

    /// Promise 8: the budget and the swaps of a request. Promises 12 and 13: what it writes.
    fn check_operation(&mut self, token: Token, operation: &Operation) {
        let (Operation::Load { within, .. }
        | Operation::LoadMany { within, .. }
        | Operation::Swap { within, .. }
        | Operation::Keys { within, .. }) = operation;
        assert!(*within <= BUDGET, "promise 8: {operation:?}");
        let Operation::Swap { value, ttl, .. } = operation else { return };
        let is_of_call = self.allowing.contains_key(&token) || self.settling.contains_key(&token);
        let swaps = self.swaps.entry(token).or_default();
        *swaps += 1;
        assert!(*swaps <= if is_of_call { SWAPS_MAX } else { FLUSH_SWAPS_MAX }, "promise 8: {swaps} swaps");
        let log = Log { swaps: 1, written: vec![(value.clone(), *ttl)], ..Log::default() };
        self.observe(&[], &log, |observer, observation| observer.check_writes(observation));
    }

    /// Checks a decision whose `allow` began when so many changes had been told.
    pub fn check_decided(&mut self, target: &Target, began: usize, answer: &StepAnswer) {
        let StepAnswer::Decided(decision) = answer else { panic!("promise 17: {answer:?}") };
        let mut decision = Decision::clone(decision);
        self.drop_leases(&decision.changed);
        if let Answer::Admitted(admitted) = &mut decision.answer {
            if let Some(lease) = admitted.lease.take() {
                self.install_lease(&lease, began);
            }
            self.permits.push((target.clone(), admitted.permit));
        }
        self.observe(&CircuitKey::of(target), &Log::default(), |observer, observation| observer.check_allow(observation, &decision));
    }

    pub fn check_settled(&mut self, settling: &Settling, answer: &StepAnswer) {
        let StepAnswer::Settled(verdict) = answer else { panic!("promise 17: {answer:?}") };
        let Settling { target, permit, outcome } = settling;
        self.observe(&CircuitKey::of(target), &Log::default(), |observer, observation| {
            observer.check_settle(observation, Some(permit), &report(*outcome), verdict);
        });
        match verdict.circuit.written {
            Written::Stored => self.stored += 1,
            Written::Kept => self.kept += 1,
            Written::Unknown => self.unknown += 1,
            Written::Unchanged | Written::Stale => {}
        }
    }

    /// Takes what an answer tells. Events are this instance's own unless others change the store.
    pub fn check_events(&mut self, answer: &StepAnswer) {
        let (events, changed): (&[Event], &[Scope]) = match answer {
            StepAnswer::Decided(decision) => (&decision.events, &[]),
            StepAnswer::Settled(verdict) => (&verdict.events, &verdict.changed),
            StepAnswer::Flushed(flushed) => (&flushed.events, &flushed.changed),
            StepAnswer::Commanded(commanded) => (&commanded.events, &commanded.changed),
            StepAnswer::Status(_) | StepAnswer::Listed(_) | StepAnswer::Explained(_) | StepAnswer::Failed(_) => (&[], &[]),
        };
        self.drop_leases(changed);
        for event in events {
            assert!(event.here || self.mix == Mix::Outside, "reported as another board's: {event:?}");
            if let (Mix::Everything, EventKind::PhaseChanged, Some(circuit)) = (self.mix, event.kind, &event.circuit) {
                let is_first = self.phase_changes.insert((circuit.clone(), event.generation));
                assert!(is_first, "promise 8: reported twice: {event:?}");
            }
            let is_of_store = event.circuit.is_none();
            self.lost += u64::from(is_of_store && event.kind == EventKind::StorageLost);
            self.back += u64::from(is_of_store && event.kind == EventKind::StorageBack);
        }
    }

    /// Shows the observer a request or a write. Other requests are open, so only that is checked which holds whatever they do.
    pub fn observe(&mut self, circuits: &[CircuitKey], log: &Log, check: impl FnOnce(&mut Observer, &Observation)) {
        let entries: Vec<StoredEntry> = circuits.iter().map(|circuit| self.entry(&circuit.key)).collect();
        let now = self.now_ms();
        let (before, after, settings) = (&entries[..], &entries[..], &self.settings);
        let observation = Observation { circuits, before, after, log, now, end: now, wall: now, settings, store_worked: false };
        check(&mut self.observer, &observation);
    }
}
