//! What could grow without end has a bound.

use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{Document, End, Engine, Identity, Lookup, Outcome, Page, Report, Revision, Sources, Store, StoreError, Swap, Target};
use fuseboard_stores::{ManualClock, MemoryStore};
use serde_json::Value;

fn clock() -> ManualClock {
    ManualClock::at(Wall(1_800_000_000_000), Mono(0))
}

fn board<S: Store>(clock: ManualClock, store: S, config: &str) -> Engine<ManualClock, S> {
    let mut engine = Engine::new(clock, store);
    let document = Document { name: "test.json".into(), text: config.into() };
    let sources = Sources { documents: vec![document], ..Sources::default() };
    engine.configure(&sources, Identity { writer: 1, seed: 0 }).expect("a good configuration");
    engine
}

fn report(outcome: Outcome) -> Report {
    Report::new(End::counted(outcome))
}

#[test]
fn a_record_keeps_no_more_stamps_of_failures_than_any_rolling_window_needs() {
    let (clock, target) = (clock(), Target::host("a.example"));
    let store = MemoryStore::with_clock(clock.clone());
    let rolling = r#"{"enabled": true, "window_s": 1, "threshold_failures": 3}"#;
    let config = format!(r#"{{"defaults": {{"fail_max": null}}, "advanced": {{"rolling": {rolling}}}}}"#);
    let mut ours = board(clock.clone(), store.clone(), &config);
    for _ in 0..200 {
        ours.settle(&target, None, &report(Outcome::Failure)).expect("a verdict");
        clock.advance(Millis(2_000));
    }
    let contents = store.contents();
    let stored: Value = serde_json::from_str(contents.get("h:a.example").expect("a record")).expect("JSON");
    let recent = stored.pointer("/record/recent").and_then(Value::as_array).expect("the stamps");
    assert_eq!(recent.len(), 64);
}

#[test]
fn more_than_ten_thousand_outcomes_are_dropped_and_counted() {
    struct Down;

    impl Store for Down {
        fn load(&self, _: &str, _: Option<Revision>, _: Millis) -> Result<Lookup, StoreError> {
            Err(StoreError::Unavailable("down".into()))
        }

        fn compare_and_swap(&self, _: &str, _: Option<Revision>, _: &str, _: Option<Millis>, _: Millis) -> Result<Swap, StoreError> {
            Err(StoreError::Unavailable("down".into()))
        }

        fn list_keys(&self, _: &str, _: Option<&str>, _: u32, _: Millis) -> Result<Page, StoreError> {
            Err(StoreError::Unavailable("down".into()))
        }
    }

    let mut ours = board(clock(), Down, "{}");
    for _ in 0..10_005 {
        ours.settle(&Target::name("db"), None, &report(Outcome::Failure)).expect("a verdict");
    }
    let health = ours.health().expect("health");
    assert_eq!((health.kept, health.dropped), (10_000, 5));
}
