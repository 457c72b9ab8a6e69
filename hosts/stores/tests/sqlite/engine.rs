use crate::folder::Folder;
use fuseboard::time::Millis;
use fuseboard::{Answer, Document, End, Engine, Identity, Outcome, Report, Sources, Target};
use fuseboard_stores::{ManualClock, SqliteOptions, SqliteStore};

const CONFIG: &str = r#"{"defaults": {"fail_max": 3, "reset_timeout_s": 30, "sharing": {"storage_budget_ms": 10000}}}"#;

type TestEngine = Engine<ManualClock, SqliteStore>;

fn engine(folder: &Folder, clock: &ManualClock, writer: u64) -> TestEngine {
    let store = SqliteStore::with_options(SqliteOptions::new(folder.file()).clock(clock.clone()));
    let mut engine = Engine::new(clock.clone(), store);
    let sources = Sources { documents: vec![Document { name: "test.json".to_owned(), text: CONFIG.to_owned() }], ..Sources::default() };
    engine.configure(&sources, Identity { writer, seed: 0 }).unwrap();
    engine
}

fn fail(engine: &mut TestEngine, target: &Target) {
    let Answer::Admitted(admitted) = engine.allow(target).unwrap().answer else { panic!("the circuit is closed") };
    engine.settle(target, Some(&admitted.permit), &Report::new(End::counted(Outcome::Failure))).unwrap();
}

#[test]
fn failures_seen_by_several_engines_trip_the_circuit_for_all() {
    let folder = Folder::new("engine");
    let clock = ManualClock::default();
    clock.advance(Millis(1_000));
    let [mut first, mut second, mut third] = [1, 2, 3].map(|writer| engine(&folder, &clock, writer));
    let target = Target::name("orders-db");
    fail(&mut first, &target);
    fail(&mut second, &target);
    fail(&mut first, &target);
    for engine in [&mut first, &mut second, &mut third] {
        assert!(matches!(engine.allow(&target).unwrap().answer, Answer::Refused(_)));
    }
}
