//! How long an `allow` takes, by the clock, if the store becomes slow after the board has learnt its records.
#![cfg(feature = "native")]

use fuseboard_host::time::{Millis, Mono};
use fuseboard_host::{
    Admission, Board, Clock, Document, EngineKind, EventKind, Fault, FaultyStore, ManualClock, MemoryStore, Operation, Sources, Target,
};
use std::cell::Cell;
use std::sync::{Arc, Mutex};

const BUDGET_MS: u64 = 250;

struct Fixture {
    clock: ManualClock,
    store: FaultyStore<MemoryStore>,
    /// The operations of the store before its loads last became slower or faster.
    operations_before: Cell<u64>,
    board: Board,
    events: Arc<Mutex<Vec<EventKind>>>,
}

fn document(budget_ms: u64) -> String {
    format!(r#"{{"defaults": {{"sharing": {{"lease_ms": 0, "storage_budget_ms": {budget_ms}}}}}}}"#)
}

impl Fixture {
    fn new() -> Fixture {
        let clock = ManualClock::default();
        // A clock that is not young: what a request has waited lies before it.
        clock.advance(Millis(3_600_000));
        let store = FaultyStore::with_clock(MemoryStore::with_clock(clock.clone()), clock.clone());
        let events: Arc<Mutex<Vec<EventKind>>> = Arc::default();
        let heard = Arc::clone(&events);
        let builder = Board::builder().engine(EngineKind::Native).clock(clock.clone()).blocking_store(store.clone());
        let builder = builder.document("test.json", document(BUDGET_MS)).instances(1);
        let board = builder.listener(move |event| heard.lock().unwrap().push(event.kind)).build().unwrap();
        Fixture { clock, store, operations_before: Cell::new(0), board, events }
    }

    /// The board learns the records of these targets while the store is fast.
    fn learn(&self, targets: &[Target]) {
        for target in targets.iter().cycle().take(3 * targets.len()) {
            self.allow_ms(target);
        }
    }

    fn loads_take(&self, ms: u64) {
        self.store.heal();
        self.store.fail(Operation::Load, Fault::Slow(Millis(ms)), u32::MAX);
        self.operations_before.set(self.store.operations());
    }

    /// Counts other operations too: nothing here writes.
    fn loads(&self) -> u64 {
        self.store.operations() - self.operations_before.get()
    }

    /// How long an `allow` takes, which must admit the call.
    fn allow_ms(&self, target: &Target) -> u64 {
        let began: Mono = self.clock.mono();
        assert!(matches!(self.board.allow(target), Ok(Admission::Admitted { .. })));
        self.clock.mono().since(began).0
    }
}

#[test]
fn the_loads_of_two_records_have_one_budget() {
    let fixture = Fixture::new();
    let target = Target::name("db").resolver("r");
    fixture.learn(std::slice::from_ref(&target));
    fixture.loads_take(200);
    assert_eq!((fixture.allow_ms(&target), fixture.loads()), (BUDGET_MS, 2));
    fixture.loads_take(100);
    assert_eq!(fixture.allow_ms(&target), 200, "there is time for both");
}

#[test]
fn a_smaller_budget_counts_from_the_next_allow() {
    let fixture = Fixture::new();
    let target = Target::name("db");
    fixture.learn(std::slice::from_ref(&target));
    let documents = vec![Document { name: "test.json".to_owned(), text: document(50) }];
    fixture.board.reconfigure(Sources { documents, ..Sources::default() }).unwrap();
    fixture.loads_take(200);
    assert_eq!(fixture.allow_ms(&target), 50);
}

#[test]
fn a_store_that_hangs_is_used_by_two_calls_of_many_targets() {
    let fixture = Fixture::new();
    let targets: Vec<Target> = (0..20).map(|n| Target::name(format!("n{n}"))).collect();
    fixture.learn(&targets);
    fixture.loads_take(60_000);
    let slow = targets.iter().filter(|target| fixture.allow_ms(target) > 0).count();
    // The first one by the check of its record, which is no failure yet; the second one by the engine.
    assert_eq!((slow, fixture.loads()), (2, 2));
    assert_eq!(*fixture.events.lock().unwrap(), [EventKind::StorageLost]);
}

#[test]
fn a_store_that_answers_again_is_checked_again() {
    let fixture = Fixture::new();
    let targets = ["a", "b"].map(Target::name);
    fixture.learn(&targets);
    fixture.loads_take(60_000);
    let slow = targets.each_ref().map(|target| fixture.allow_ms(target));
    assert_eq!(slow, [BUDGET_MS; 2]);
    fixture.loads_take(0);
    fixture.clock.advance(Millis(60_000));
    fixture.learn(&targets);
    fixture.loads_take(1);
    assert_eq!((fixture.allow_ms(&targets[0]), fixture.loads()), (1, 1));
    assert_eq!(*fixture.events.lock().unwrap(), [EventKind::StorageLost, EventKind::StorageBack]);
}
