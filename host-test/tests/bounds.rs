//! Limits of what could grow without end.

use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{
    Answer, Document, End, Engine, EventKind, Identity, Lookup, Outcome, Page, Report, Revision, Scope, Sources, Store, StoreError, Swap,
    Target, Written,
};
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
fn a_record_keeps_at_most_64_stamps_of_recent_failures() {
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
fn outcomes_beyond_10_000_in_the_backlog_are_dropped_and_counted() {
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

fn fail_with(text: &str) -> Report {
    Report::new(End::Raised(vec![text.to_owned()]))
}

#[test]
fn patches_windows_and_last_failures_of_sixteen_roles_fit_into_one_record() {
    let (clock, store) = (clock(), MemoryStore::new());
    let window = r#"{"kind": "time", "size": 3600, "minimum_calls": 9999}"#;
    let mut ours = board(clock.clone(), store.clone(), &format!(r#"{{"defaults": {{"fail_max": null, "window": {window}}}}}"#));
    // A stored line break takes two bytes, and the character U+0001 takes six.
    let patch = format!(r#"{{"success_threshold": 2{}}}"#, "\n".repeat(2_000));
    let role = |role: usize| format!("r{role:0>120}");
    let patched = (0..16).filter(|n| ours.update_policy(&Scope::host("a.example").role(role(*n)), Some(&patch)).is_ok()).count();
    assert_eq!(patched, 8, "at most 32 KiB of patches");
    for _ in 0..70 {
        for n in 0..16 {
            let verdict = ours.settle(&Target::host("a.example").role(role(n)), None, &fail_with(&"\u{1}".repeat(500))).expect("a verdict");
            assert_eq!(verdict.circuit.written, Written::Stored);
        }
        clock.advance(Millis(60_000));
    }
    let length = store.contents().get("h:a.example").map_or(0, String::len);
    assert!((32_768..=65_536).contains(&length), "{length} bytes");
}

/// A record that is this many bytes shorter than the limit. Its patch fills it.
fn filled(left: usize) -> String {
    let text = |patch: usize| {
        let base = r#"{"generation":0,"began":[7,1],"state":{"closed":null}}"#;
        format!(r#"{{"format":1,"record":{{"writes":[[7,1]],"patch":"{}","base":{base}}}}}"#, "x".repeat(patch))
    };
    text(65_536 - left - text(0).len())
}

#[test]
fn a_call_that_a_full_record_cannot_count_is_admitted_and_its_retry_after_applies() {
    let (clock, store, target) = (clock(), MemoryStore::new(), Target::host("a.example"));
    let mut ours = board(clock, store.clone(), r#"{"defaults": {"sharing": {"lease_ms": 0}}}"#);
    store.put("h:a.example", filled(130));
    let decision = ours.allow(&target).expect("a decision");
    let Answer::Admitted(admitted) = decision.answer else { panic!("refused: {decision:?}") };
    let report = Report { status: Some(503), retry_after_ms: Some(5_000), ..report(Outcome::Failure) };
    let verdict = ours.settle(&target, Some(&admitted.permit), &report).expect("a verdict");
    let kinds: Vec<EventKind> = verdict.events.iter().map(|event| event.kind).collect();
    assert_eq!((verdict.circuit.written, kinds), (Written::Unchanged, vec![EventKind::Uncounted, EventKind::CooldownSet]));
    assert!(matches!(ours.allow(&target).expect("a decision").answer, Answer::Refused(_)), "the cooldown refuses");
    assert_eq!(ours.health().expect("health").dropped, 1);
}

#[test]
fn a_probe_that_a_full_record_cannot_hold_is_admitted_without_a_claim() {
    let (clock, store, target) = (clock(), MemoryStore::new(), Target::name("db"));
    let mut ours = board(clock, store.clone(), "{}");
    let half_open = filled(0).replacen(r#""closed":null"#, r#""half-open":{"successes":0,"failures":0}"#, 1);
    store.put("n:db", half_open.replacen(&"x".repeat(33), "", 1));
    let decision = ours.allow(&target).expect("a decision");
    let Answer::Admitted(admitted) = decision.answer else { panic!("refused: {decision:?}") };
    assert_eq!((admitted.permit.circuit, admitted.lease), (None, None));
    assert!(decision.events.iter().any(|event| event.kind == EventKind::Uncounted));
}
