//! What a board reports of its store: when it is built, and each change afterwards, once.

use fuseboard_host::{
    Board, Builder, End, EventKind, Fault, FaultyStore, ManualClock, MemoryStore, OnStart, Operation, Outcome, Report, Store, Swap, Target,
    time::Millis,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ENGINES: usize = 4;
/// More than any flush here takes.
const FLUSH_MAX: Duration = Duration::from_secs(60);
const OPERATIONS: [Operation; 3] = [Operation::Load, Operation::Swap, Operation::List];

type Seen = Arc<Mutex<Vec<EventKind>>>;

struct Fixture {
    clock: ManualClock,
    store: FaultyStore<MemoryStore>,
    seen: Seen,
}

impl Fixture {
    fn new() -> Fixture {
        let clock = ManualClock::default();
        let store = FaultyStore::new(MemoryStore::with_clock(clock.clone()));
        Fixture { clock, store, seen: Seen::default() }
    }

    fn builder(&self) -> Builder {
        let seen = Arc::clone(&self.seen);
        let listener = move |event: &fuseboard_host::Event| seen.lock().unwrap().push(event.kind);
        Board::builder().clock(self.clock.clone()).store(self.store.clone()).instances(ENGINES).listener(listener)
    }

    fn break_store(&self) {
        OPERATIONS.into_iter().for_each(|operation| self.store.fail(operation, Fault::Unavailable, u32::MAX));
    }

    /// A newer engine writes the record of a name that has none.
    fn write_newer(&self, name: &str) {
        let swapped = self.store.inner().compare_and_swap(&format!("n:{name}"), None, r#"{"format": 2}"#, None, Millis(100));
        assert!(matches!(swapped, Ok(Swap::Stored(_))));
    }

    /// The events of the store and of what can be read there.
    fn of_the_store(&self) -> Vec<EventKind> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        let of_the_store = [EventKind::StorageLost, EventKind::StorageBack, EventKind::RecordNewer, EventKind::RecordReadable];
        seen.into_iter().filter(|kind| of_the_store.contains(kind)).collect()
    }
}

/// Failing calls of so many names that every engine has several.
fn fail_everywhere(board: &Board) {
    for n in 0..50 {
        let target = Target::name(format!("n{n}"));
        let permit = board.allow(&target).unwrap().into_result().expect("admitted");
        board.settle(&target, Some(&permit), &Report::new(End::counted(Outcome::Failure))).unwrap();
    }
}

#[test]
fn a_board_is_built_without_its_store_and_says_once_that_it_is_lost() {
    let fixture = Fixture::new();
    fixture.break_store();
    let board = fixture.builder().build().expect("`OnStart::Local` is the default");
    assert_eq!(board.health().unwrap().storage_lost_since_ms, None, "the store was not used yet");
    fail_everywhere(&board);
    assert_eq!(fixture.of_the_store(), [EventKind::StorageLost]);
    let health = board.health().unwrap();
    assert!(health.storage_lost_since_ms.is_some() && health.kept == 50, "{health:?}");
    let status = board.status(&Target::name("n7")).unwrap();
    assert_eq!(status.circuit.failure_streak, 1, "as this process knows it");
    assert_eq!(status.storage_lost_since_ms, health.storage_lost_since_ms);
}

#[test]
fn the_end_of_an_outage_is_reported_once_and_nothing_is_lost() {
    let fixture = Fixture::new();
    let board = fixture.builder().build().unwrap();
    for _ in 0..3 {
        fixture.break_store();
        fail_everywhere(&board);
        assert_eq!(fixture.of_the_store(), [EventKind::StorageLost]);
        fixture.store.heal();
        // Longer than the wait of a failed engine before it uses the store again.
        fixture.clock.advance(Millis(10_000));
        board.flush(FLUSH_MAX).unwrap();
        assert_eq!(fixture.of_the_store(), [EventKind::StorageBack]);
        let health = board.health().unwrap();
        assert_eq!((health.storage_lost_since_ms, health.kept, health.dropped), (None, 0, 0));
    }
    let status = board.status(&Target::name("n7")).unwrap();
    assert_eq!((status.circuit.failure_streak, status.storage_lost_since_ms), (3, None));
}

#[test]
fn an_outage_ends_for_the_listeners_when_the_engines_that_saw_it_are_restarted() {
    let fixture = Fixture::new();
    let board = fixture.builder().build().unwrap();
    for _ in 0..2 {
        fixture.break_store();
        fail_everywhere(&board);
        assert_eq!(fixture.of_the_store(), [EventKind::StorageLost]);
        board.renew();
        fixture.store.heal();
        fixture.clock.advance(Millis(10_000));
        assert_eq!(board.health().unwrap().storage_lost_since_ms, None);
        assert_eq!(fixture.of_the_store(), [EventKind::StorageBack], "as `health` says");
        board.flush(FLUSH_MAX).unwrap();
        assert_eq!(fixture.of_the_store(), []);
    }
}

#[test]
fn a_restart_during_an_outage_is_reported_by_the_next_call() {
    let fixture = Fixture::new();
    let board = fixture.builder().instances(1).build().unwrap();
    fixture.break_store();
    fail_everywhere(&board);
    assert_eq!(fixture.of_the_store(), [EventKind::StorageLost]);
    board.renew();
    fail_everywhere(&board);
    assert_eq!(fixture.of_the_store(), [EventKind::StorageBack, EventKind::StorageLost]);
    board.renew();
    fixture.store.heal();
    drop(board.allow(&Target::name("db")));
    assert_eq!(fixture.of_the_store(), [EventKind::StorageBack]);
}

#[test]
fn a_record_of_a_newer_format_neither_hides_nor_ends_an_outage() {
    let fixture = Fixture::new();
    let board = fixture.builder().build().unwrap();
    fixture.write_newer("n7");
    fail_everywhere(&board);
    assert_eq!(fixture.of_the_store(), [EventKind::RecordNewer]);
    assert_eq!(board.health().unwrap().storage_lost_since_ms, None, "the store works");
    fixture.break_store();
    fail_everywhere(&board);
    assert_eq!(fixture.of_the_store(), [EventKind::StorageLost]);
    fixture.store.heal();
    fixture.clock.advance(Millis(10_000));
    fail_everywhere(&board);
    assert_eq!(fixture.of_the_store(), [EventKind::StorageBack], "the record is as it was");
}

#[test]
fn a_board_that_needs_its_store_at_the_start_is_not_built_without_it() {
    for fault in [Fault::Unavailable, Fault::LostAnswer, Fault::Refused] {
        let fixture = Fixture::new();
        fixture.store.fail(Operation::Load, fault, 1);
        let error = fixture.builder().on_start(OnStart::Fail).build().map(drop).expect_err("the store fails");
        assert!(error.is_store_unreachable(), "{error}");
        assert!(error.to_string().contains("planned fault") && error.to_string().contains("OnStart::Local"), "{error}");
        let board = fixture.builder().on_start(OnStart::Fail).build().expect("the store answers now");
        fail_everywhere(&board);
    }
}

#[test]
fn a_bad_configuration_is_reported_before_the_store() {
    let fixture = Fixture::new();
    fixture.break_store();
    let error = fixture.builder().document("b.json", r#"{"no_such": 1}"#).on_start(OnStart::Fail).build().map(drop).expect_err("it is bad");
    assert_eq!((error.is_store_unreachable(), error.diagnostics().len()), (false, 1));
    assert_eq!(fixture.store.operations(), 0);
}
