//! A board over each kind of engine: one test body, run for both.

use fuseboard_host::{
    Admission, Board, Builder, CallError, CircuitStatus, Command, End, EngineKind, EventKind, Fault, FaultyStore, Filter, Handle, Identity,
    Leases, ManualClock, MemoryStore, Operation, Outcome, Permit, Phase, ProblemCode, Report, Scope, Settlement, Sources, Target,
    time::Millis,
};
use std::sync::{Arc, Mutex};

const CONFIG: &str = r#"{"defaults": {"fail_max": 3, "reset_timeout_s": 30}}"#;

/// Runs each test for each kind of engine that this build has.
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        #[cfg(feature = "component")]
        mod component {
            $(#[test]
            fn $test() {
                super::$test(fuseboard_host::EngineKind::Component);
            })+
        }

        #[cfg(feature = "native")]
        mod native {
            $(#[test]
            fn $test() {
                super::$test(fuseboard_host::EngineKind::Native);
            })+
        }
    };
}

fn builder(engine: EngineKind, clock: &ManualClock) -> Builder {
    Board::builder().engine(engine).document("test.json", CONFIG).clock(clock.clone())
}

fn board(engine: EngineKind, clock: &ManualClock) -> Board {
    builder(engine, clock).build().expect("a good configuration")
}

fn permit(admission: Admission) -> Permit {
    admission.into_result().expect("admitted")
}

fn failure() -> Report {
    Report::new(End::counted(Outcome::Failure))
}

fn fail(handle: &Handle, times: usize) {
    for _ in 0..times {
        let permit = permit(handle.allow().unwrap());
        handle.settle(Some(&permit), &failure()).unwrap();
    }
}

fn listed(board: &Board) -> Vec<CircuitStatus> {
    let mut circuits = Vec::new();
    let mut cursor = None;
    loop {
        let page = board.list(&Filter::default(), cursor.as_deref(), 4).unwrap();
        circuits.extend(page.circuits);
        cursor = page.next;
        if cursor.is_none() {
            return circuits;
        }
    }
}

fn a_failing_target_is_refused_until_a_probe_succeeds(engine: EngineKind) {
    let clock = ManualClock::default();
    let board = board(engine, &clock);
    let handle = board.target(&Target::host("API.example")).unwrap();
    fail(&handle, 3);
    let Admission::Refused(refused) = board.allow(&Target::host("api.example")).unwrap() else { panic!("open") };
    assert_eq!(refused.retry_after_ms, Some(30_000));
    clock.advance(Millis(30_000));
    let probe = permit(handle.allow().unwrap());
    handle.settle(Some(&probe), &Report::new(End::Returned)).unwrap();
    assert_eq!(board.status(&Target::host("api.example")).unwrap().circuit.phase, Phase::Closed);
}

fn a_healthy_target_is_leased_until_its_first_failure(engine: EngineKind) {
    let clock = ManualClock::default();
    let board = board(engine, &clock);
    let handle = board.target(&Target::name("db")).unwrap();
    // The first outcome of a target has nothing to be leased by yet.
    let permits: Vec<Permit> = (0..10).map(|_| permit(handle.allow().unwrap())).collect();
    assert!(
        permits
            .iter()
            .all(|permit| handle.settle(Some(permit), &Report::new(End::Returned)).unwrap() == Settlement::Leased(Outcome::Success))
    );
    let Settlement::Verdict(verdict) = handle.settle(Some(&permits[0]), &failure()).unwrap() else { panic!("a failure crosses at once") };
    assert!(!verdict.changed.is_empty());
    let next = permit(handle.allow().unwrap());
    let settled = handle.settle(Some(&next), &Report::new(End::Returned)).unwrap();
    assert!(settled.verdict().is_some(), "no lease while a failure streak stands");
}

fn repeated_refusals_are_counted(engine: EngineKind) {
    let clock = ManualClock::default();
    let board = board(engine, &clock);
    let handle = board.target(&Target::name("db")).unwrap();
    fail(&handle, 3);
    for _ in 0..10 {
        assert!(matches!(handle.allow().unwrap(), Admission::Refused(_)));
    }
    assert_eq!(board.status(&Target::name("db")).unwrap().circuit.refused, 10);
    assert_eq!(listed(&board).iter().map(|status| status.refused).collect::<Vec<_>>(), [10]);
}

fn an_operators_command_ends_leases_at_once(engine: EngineKind) {
    let clock = ManualClock::default();
    let board = board(engine, &clock);
    let target = Target::host("a.example").role("meta");
    permit(board.allow(&target).unwrap());
    let force = Command::ForceOpen { for_ms: None, note: "maintenance".into() };
    board.command(&Scope::host("A.example"), &force).unwrap();
    assert!(matches!(board.allow(&target).unwrap(), Admission::Refused(_)));
    board.command(&Scope::host("a.example"), &Command::Close).unwrap();
    assert!(matches!(board.allow(&target).unwrap(), Admission::Admitted { .. }));
}

fn events_reach_listeners(engine: EngineKind) {
    let clock = ManualClock::default();
    let received = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&received);
    let listener = move |event: &fuseboard_host::Event| sink.lock().unwrap().push((event.kind, event.to));
    let board = builder(engine, &clock).listener(listener).build().unwrap();
    fail(&board.target(&Target::name("db")).unwrap(), 3);
    assert_eq!(*received.lock().unwrap(), [(EventKind::PhaseChanged, Some(Phase::Open))]);
}

fn engines_of_one_board_share_one_state_and_one_listing(engine: EngineKind) {
    let clock = ManualClock::default();
    let identity = Identity { writer: 1, seed: 0 };
    let builder = builder(engine, &clock).instances(3).leases(Leases::Off).identity(identity);
    let board = builder.build().unwrap();
    for n in 0..20 {
        fail(&board.target(&Target::name(format!("n{n}")).resolver("r")).unwrap(), usize::from(n < 2));
    }
    for n in 2..20 {
        fail(&board.target(&Target::name(format!("n{n}"))).unwrap(), 1);
    }
    let mut names: Vec<String> = listed(&board).iter().map(|status| status.circuit.to_string()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 21, "{names:?}");
    let status = board.status(&Target::name("n0").resolver("r")).unwrap();
    assert_eq!(status.resolver.map(|resolver| resolver.failure_streak), Some(2), "from two instances, maybe");
}

fn a_bad_configuration_returns_all_its_faults_and_changes_nothing(engine: EngineKind) {
    let bad = r#"{"defaults": {"fail_max": 0, "nonsense": 1}}"#;
    let error = Board::builder().document("bad.json", bad).build().expect_err("bad");
    assert_eq!(error.diagnostics().len(), 2, "{error}");
    let board = board(engine, &ManualClock::default());
    let sources = Sources { documents: vec![fuseboard_host::Document { name: "bad.json".into(), text: bad.into() }], ..Sources::default() };
    assert!(board.reconfigure(sources).is_err());
    let limit = board.explain(&Target::name("db")).unwrap().circuit.into_iter().find(|setting| setting.path.ends_with("fail_max"));
    assert_eq!(limit.map(|setting| setting.value).as_deref(), Some("3"));
}

fn a_target_that_makes_no_sense_is_a_problem(engine: EngineKind) {
    let board = board(engine, &ManualClock::default());
    for target in [Target::name(""), Target::name("db").role("meta"), Target::host(""), Target::name("x".repeat(7 << 20))] {
        let error = board.allow(&target).expect_err("no such target");
        assert_eq!(error.problem().map(|problem| problem.code), Some(ProblemCode::BadTarget));
    }
    let called: Result<(), CallError<std::fmt::Error>> = board.call(&Target::name(""), || panic!("not to be called"));
    assert!(matches!(called, Err(CallError::Board(_))));
}

fn an_outage_of_the_store_is_reported_and_survived(engine: EngineKind) {
    let clock = ManualClock::default();
    let store = FaultyStore::new(MemoryStore::with_clock(clock.clone()));
    let received = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&received);
    let builder = builder(engine, &clock).store(store.clone()).leases(Leases::Off);
    let board = builder.listener(move |event| sink.lock().unwrap().push(event.kind)).build().unwrap();
    store.fail(Operation::Load, Fault::Unavailable, u32::MAX);
    let admitted = board.allow(&Target::name("db")).unwrap();
    board.settle(&Target::name("db"), Some(&permit(admitted)), &failure()).unwrap();
    assert!(board.health().unwrap().storage_lost_since_ms.is_some());
    store.heal();
    clock.advance(Millis(60_000));
    permit(board.allow(&Target::name("db")).unwrap());
    board.flush(std::time::Duration::from_secs(20)).unwrap();
    assert_eq!(board.health().unwrap().storage_lost_since_ms, None);
    let received = received.lock().unwrap();
    assert!(received.contains(&EventKind::StorageLost) && received.contains(&EventKind::StorageBack), "{received:?}");
}

fn a_store_that_panics_is_an_outage_and_stops_no_engine(engine: EngineKind) {
    struct Panics;
    impl fuseboard_host::Store for Panics {
        fn load(
            &self,
            _: &str,
            _: Option<fuseboard_host::Revision>,
            _: Millis,
        ) -> Result<fuseboard_host::Lookup, fuseboard_host::StoreError> {
            panic!("a store's own fault")
        }
        fn compare_and_swap(
            &self,
            _: &str,
            _: Option<fuseboard_host::Revision>,
            _: &str,
            _: Option<Millis>,
            _: Millis,
        ) -> Result<fuseboard_host::Swap, fuseboard_host::StoreError> {
            panic!("a store's own fault")
        }
        fn list_keys(&self, _: &str, _: Option<&str>, _: u32, _: Millis) -> Result<fuseboard_host::Page, fuseboard_host::StoreError> {
            panic!("a store's own fault")
        }
    }
    let board = Board::builder().engine(engine).store(Panics).clock(ManualClock::default()).build().unwrap();
    assert!(matches!(board.allow(&Target::name("db")).unwrap(), Admission::Admitted { .. }), "local mode goes on");
    let error = board.list(&Filter::default(), None, 10).expect_err("nothing to list");
    assert_eq!(error.problem().map(|problem| problem.code), Some(ProblemCode::Storage));
}

fn a_renewed_board_keeps_the_stored_records(engine: EngineKind) {
    let board = board(engine, &ManualClock::default());
    let handle = board.target(&Target::name("db")).unwrap();
    fail(&handle, 2);
    board.renew();
    assert_eq!(board.status(&Target::name("db")).unwrap().circuit.failure_streak, 2);
}

on_both_engines!(
    a_failing_target_is_refused_until_a_probe_succeeds,
    a_healthy_target_is_leased_until_its_first_failure,
    repeated_refusals_are_counted,
    an_operators_command_ends_leases_at_once,
    events_reach_listeners,
    engines_of_one_board_share_one_state_and_one_listing,
    a_bad_configuration_returns_all_its_faults_and_changes_nothing,
    a_target_that_makes_no_sense_is_a_problem,
    an_outage_of_the_store_is_reported_and_survived,
    a_store_that_panics_is_an_outage_and_stops_no_engine,
    a_renewed_board_keeps_the_stored_records,
);

#[cfg(feature = "component")]
#[test]
fn a_file_that_is_no_component_cannot_be_used() {
    let missing = Board::builder().component_path("no/such/file.wasm").build().expect_err("missing");
    assert!(missing.is_unusable_component() && missing.to_string().contains("no/such/file.wasm"));
}
