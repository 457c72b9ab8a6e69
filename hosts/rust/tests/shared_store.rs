//! Two boards, one over each engine, that share a store.

#![cfg(all(feature = "component", feature = "native"))]

use fuseboard_host::{
    Admission, Board, CircuitStatus, End, EngineKind, Identity, Leases, ManualClock, MemoryStore, Outcome, Permit, Phase, Report,
    Settlement, Target, Written, time::Millis,
};

const CONFIG: &str = r#"{"defaults": {"fail_max": 3, "reset_timeout_s": 30}}"#;

struct Pair {
    clock: ManualClock,
    store: MemoryStore,
    component: Board,
    native: Board,
}

impl Pair {
    fn new() -> Pair {
        let clock = ManualClock::default();
        let store = MemoryStore::with_clock(clock.clone());
        let board = |engine, writer| {
            let builder = Board::builder().engine(engine).document("test.json", CONFIG).leases(Leases::Off);
            let builder = builder.clock(clock.clone()).store(store.clone()).identity(Identity { writer, seed: 0 });
            builder.build().expect("a good configuration")
        };
        let (component, native) = (board(EngineKind::Component, 1), board(EngineKind::Native, 2));
        Pair { clock, store, component, native }
    }

    /// The boards in both orders.
    fn both_ways(&self) -> [(&Board, &Board); 2] {
        [(&self.component, &self.native), (&self.native, &self.component)]
    }
}

fn permit(board: &Board, target: &Target) -> Permit {
    board.allow(target).unwrap().into_result().expect("admitted")
}

fn counted(outcome: Outcome) -> Report {
    Report::new(End::counted(outcome))
}

fn settle(board: &Board, target: &Target, permit: &Permit, outcome: Outcome) -> Written {
    let Settlement::Verdict(verdict) = board.settle(target, Some(permit), &counted(outcome)).unwrap() else { panic!("no leases") };
    verdict.circuit.written
}

fn circuit(board: &Board, target: &Target) -> CircuitStatus {
    // Each board counts its own refusals.
    CircuitStatus { refused: 0, ..board.status(target).unwrap().circuit }
}

fn trip(board: &Board, target: &Target) {
    for _ in 0..3 {
        let permit = permit(board, target);
        settle(board, target, &permit, Outcome::Failure);
    }
}

#[test]
fn a_circuit_that_one_board_trips_is_refused_by_the_other() {
    let pair = Pair::new();
    for (n, (one, other)) in pair.both_ways().into_iter().enumerate() {
        let target = Target::name(format!("n{n}"));
        trip(one, &target);
        let Admission::Refused(refused) = other.allow(&target).unwrap() else { panic!("open") };
        assert_eq!(refused.retry_after_ms, Some(30_000));
        assert_eq!(circuit(one, &target), circuit(other, &target));
    }
}

#[test]
fn a_permit_of_one_board_settles_at_the_other() {
    let pair = Pair::new();
    for (n, (one, other)) in pair.both_ways().into_iter().enumerate() {
        let target = Target::name(format!("n{n}"));
        trip(one, &target);
        pair.clock.advance(Millis(30_000));
        let probe = permit(one, &target);
        assert!(matches!(other.allow(&target).unwrap(), Admission::Refused(_)), "the only probe is in flight");
        assert_eq!(settle(other, &target, &probe, Outcome::Success), Written::Stored);
        for board in [one, other] {
            assert_eq!(circuit(board, &target).phase, Phase::Closed);
        }
        assert_eq!(settle(one, &target, &probe, Outcome::Failure), Written::Stale, "it was settled already");
    }
}

#[test]
fn failures_at_both_boards_count_together() {
    let pair = Pair::new();
    let target = Target::name("db");
    for board in [&pair.component, &pair.native, &pair.component] {
        let permit = permit(board, &target);
        settle(board, &target, &permit, Outcome::Failure);
    }
    assert_eq!(circuit(&pair.native, &target).phase, Phase::Open);
    assert_eq!(circuit(&pair.native, &target), circuit(&pair.component, &target));
}

#[test]
fn equal_requests_to_boards_of_both_engines_store_equal_records() {
    let stored = |engine| {
        let clock = ManualClock::default();
        let store = MemoryStore::with_clock(clock.clone());
        let builder = Board::builder().engine(engine).document("test.json", CONFIG).clock(clock.clone()).store(store.clone());
        let board = builder.identity(Identity { writer: 1, seed: 0 }).build().expect("a good configuration");
        let (db, host) = (Target::name("db"), Target::host("A.example").role("metadata").resolver("r"));
        trip(&board, &db);
        for _ in 0..2 {
            board.settle(&host, None, &counted(Outcome::Failure)).unwrap();
        }
        clock.advance(Millis(30_000));
        permit(&board, &db);
        store.contents()
    };
    let records = stored(EngineKind::Component);
    assert_eq!(records.len(), 3, "{records:?}");
    assert_eq!(records, stored(EngineKind::Native));
}

#[test]
fn both_boards_read_the_same_records() {
    let pair = Pair::new();
    let targets = [Target::name("db"), Target::host("a.example").resolver("r")];
    trip(&pair.component, &targets[0]);
    trip(&pair.native, &targets[1]);
    assert_eq!(pair.store.contents().len(), 3);
    for target in &targets {
        assert_eq!(circuit(&pair.component, target), circuit(&pair.native, target));
    }
}
