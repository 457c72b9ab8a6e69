//! Changes between two storage operations of one request: writes of another board (the rival), and pauses of the caller.

use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{
    Answer, Decision, Document, End, Engine, EventKind, Identity, Lookup, Outcome, Page, Phase, Reason, Refused, Report, Revision, Scope,
    Sources, Store, StoreError, Swap, Target, Written,
};
use fuseboard_stores::{ManualClock, MemoryStore};
use std::cell::RefCell;
use std::rc::Rc;

/// What the rival does. It receives the key of the swap.
type Rival = Box<dyn FnMut(&str)>;

/// A store on which a rival acts before or after each swap.
#[derive(Clone)]
struct ContestedStore {
    store: MemoryStore,
    rival: Rc<RefCell<Option<(Moment, Rival)>>>,
}

/// When the rival acts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    BeforeTheSwap,
    /// The swap's answer is lost too.
    AfterTheSwap,
}

impl ContestedStore {
    fn new() -> ContestedStore {
        ContestedStore { store: MemoryStore::with_clock(clock()), rival: Rc::default() }
    }

    fn before_each_swap(&self, rival: impl FnMut(&str) + 'static) {
        *self.rival.borrow_mut() = Some((Moment::BeforeTheSwap, Box::new(rival)));
    }

    fn after_each_swap_whose_answer_is_lost(&self, rival: impl FnMut(&str) + 'static) {
        *self.rival.borrow_mut() = Some((Moment::AfterTheSwap, Box::new(rival)));
    }

    fn remove_rival(&self) {
        *self.rival.borrow_mut() = None;
    }
}

impl Store for ContestedStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.store.load(key, known, within)
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        let mut rival = self.rival.borrow_mut();
        if let Some((Moment::BeforeTheSwap, rival)) = &mut *rival {
            rival(key);
        }
        let swap = self.store.compare_and_swap(key, expected, value, ttl, within)?;
        if let (Swap::Stored(_), Some((Moment::AfterTheSwap, rival))) = (&swap, &mut *rival) {
            rival(key);
            return Err(StoreError::Unknown("the connection broke".into()));
        }
        Ok(swap)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.store.list_keys(prefix, cursor, limit, within)
    }
}

fn clock() -> ManualClock {
    ManualClock::at(Wall(1_800_000_000_000), Mono(0))
}

fn board<S: Store>(clock: ManualClock, store: S, writer: u64) -> Engine<ManualClock, S> {
    let text = r#"{"defaults": {"fail_max": 100, "reset_timeout_s": 1, "sharing": {"lease_ms": 0}}, "resolvers": {"r": {"fail_max": 1}}}"#;
    let document = Document { name: "test.json".into(), text: text.into() };
    let mut engine = Engine::new(clock, store);
    let sources = Sources { documents: vec![document], ..Sources::default() };
    engine.configure(&sources, Identity { writer, seed: 0 }).expect("a good configuration");
    engine
}

fn report(outcome: Outcome) -> Report {
    Report::new(End::counted(outcome))
}

fn refused(decision: Decision) -> Refused {
    let Answer::Refused(refused) = decision.answer else { panic!("refused, but {decision:?}") };
    refused
}

/// A rival that settles a failure without a permit.
fn failing_rival(store: &MemoryStore, target: Target) -> impl FnMut(&str) + use<> {
    let mut rival = board(clock(), store.clone(), 77);
    move |_| {
        let verdict = rival.settle(&target, None, &report(Outcome::Failure)).expect("a verdict");
        assert_eq!(verdict.circuit.written, Written::Stored);
    }
}

#[test]
fn after_32_conflicts_the_outcome_is_in_the_backlog_and_there_is_no_outage() {
    let (store, target) = (ContestedStore::new(), Target::name("db"));
    let mut ours = board(clock(), store.clone(), 1);
    store.before_each_swap(failing_rival(&store.store, target.clone()));
    let verdict = ours.settle(&target, None, &report(Outcome::Failure)).expect("a verdict");
    assert_eq!(verdict.circuit.written, Written::Kept);
    let health = ours.health().expect("health");
    assert_eq!((health.kept, health.storage_lost_since_ms), (1, None), "the store is still used");
    store.remove_rival();
    assert_eq!(ours.flush().expect("flushed").kept, 0);
    assert_eq!(ours.status(&target).expect("a status").circuit.failure_streak, 33, "32 of the rival's, and ours");
}

#[test]
fn contention_grants_no_probe() {
    let (store, target, clock) = (ContestedStore::new(), Target::name("db"), clock());
    let mut ours = board(clock.clone(), store.clone(), 1);
    ours.command(&Scope::name("db"), &fuseboard::Command::Trip).expect("tripped");
    clock.advance(Millis(1_000));
    let rival = store.store.clone();
    let mut patches = 0;
    let mut other = board(clock.clone(), rival, 77);
    store.before_each_swap(move |_| {
        patches += 1;
        let patch = format!(r#"{{"fail_max": {patches}}}"#);
        other.update_policy(&Scope::name("db"), Some(&patch)).expect("patched");
    });
    let refusal = refused(ours.allow(&target).expect("a decision")).circuit.expect("the name's circuit refused");
    assert_eq!((refusal.reason, refusal.retry_after_ms), (Reason::HalfOpenFull, Some(1_000)));
    store.remove_rival();
    assert!(matches!(ours.allow(&target).expect("a decision").answer, Answer::Admitted(_)), "without the rival it gets its probe");
}

#[test]
fn a_lost_resolver_swap_that_refuses_gives_the_hosts_slot_back() {
    let (store, clock) = (ContestedStore::new(), clock());
    let (alone, both) = (Target::name("db"), Target::name("db").resolver("r"));
    let mut ours = board(clock.clone(), store.clone(), 1);
    for scope in [Scope::name("db"), Scope::resolver("r")] {
        ours.command(&scope, &fuseboard::Command::Trip).expect("tripped");
    }
    clock.advance(Millis(1_000));
    let mut rival = board(clock.clone(), store.store.clone(), 77);
    let other = Target::name("other").resolver("r");
    store.before_each_swap(move |key| {
        // Takes the resolver's only slot before our swap.
        if key == "r:r" {
            rival.allow(&other).expect("a decision");
        }
    });
    let refusal = refused(ours.allow(&both).expect("a decision"));
    assert_eq!(refusal.circuit, None, "the name's circuit admitted");
    assert_eq!(refusal.resolver.expect("the resolver refused").reason, Reason::HalfOpenFull);
    store.remove_rival();
    let status = ours.status(&alone).expect("a status").circuit;
    assert_eq!((status.phase, status.probes), (Phase::HalfOpen, 0), "its slot was given back");
    assert!(matches!(ours.allow(&alone).expect("a decision").answer, Answer::Admitted(_)));
}

#[test]
fn a_caller_paused_past_its_probes_deadline_is_refused() {
    let (store, target, clock) = (ContestedStore::new(), Target::name("db"), clock());
    let mut ours = board(clock.clone(), store.clone(), 1);
    ours.command(&Scope::name("db"), &fuseboard::Command::Trip).expect("tripped");
    clock.advance(Millis(1_000));
    let pause = clock.clone();
    store.before_each_swap(move |_| pause.advance(Millis(60_000)));
    let refusal = refused(ours.allow(&target).expect("a decision")).circuit.expect("the name's circuit refused");
    assert_eq!(refusal.reason, Reason::HalfOpenFull);
}

#[test]
fn a_write_whose_answer_was_lost_is_found_below_a_later_write() {
    let (store, target) = (ContestedStore::new(), Target::name("db"));
    store.after_each_swap_whose_answer_is_lost(failing_rival(&store.store, target.clone()));
    let mut ours = board(clock(), store.clone(), 1);
    let verdict = ours.settle(&target, None, &report(Outcome::Failure)).expect("a verdict");
    assert_eq!(verdict.circuit.written, Written::Stored, "our mark is among the last writes");
    assert!(verdict.events.iter().all(|event| event.kind != EventKind::OutcomeUnknown));
    assert_eq!(ours.status(&target).expect("a status").circuit.failure_streak, 2, "counted once, and the rival's once");
}

#[test]
fn the_open_period_runs_from_the_reading_that_decided_it() {
    let (store, target, clock) = (ContestedStore::new(), Target::name("db"), clock());
    let mut ours = board(clock.clone(), store.clone(), 1);
    let (pause, mut rival) = (clock.clone(), failing_rival(&store.store, target.clone()));
    let mut rivals = 0;
    store.before_each_swap(move |key| {
        rivals += 1;
        if rivals == 1 {
            rival(key);
            pause.advance(Millis(200));
        }
    });
    ours.command(&Scope::name("db"), &fuseboard::Command::Trip).expect("tripped");
    let status = ours.status(&target).expect("a status").circuit;
    assert_eq!((status.failure_streak, status.remaining_ms), (1, Some(1_000)), "a whole second, from the second reading on");
}

#[test]
fn a_budget_spent_on_conflicts_is_no_outage() {
    let (store, target, clock) = (ContestedStore::new(), Target::name("db"), clock());
    let mut ours = board(clock.clone(), store.clone(), 1);
    let (slow, mut rival) = (clock.clone(), failing_rival(&store.store, target.clone()));
    store.before_each_swap(move |key| {
        rival(key);
        slow.advance(Millis(100));
    });
    let verdict = ours.settle(&target, None, &report(Outcome::Failure)).expect("a verdict");
    assert_eq!(verdict.circuit.written, Written::Kept);
    assert!(verdict.events.iter().all(|event| event.kind != EventKind::StorageLost));
    store.remove_rival();
    assert_eq!(ours.health().expect("health").storage_lost_since_ms, None, "the store is still used");
    let verdict = ours.settle(&target, None, &report(Outcome::Failure)).expect("a verdict");
    assert_eq!(verdict.circuit.written, Written::Stored);
}
