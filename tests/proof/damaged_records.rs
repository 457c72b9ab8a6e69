//! Damaged records: every bit of each golden record flipped, and every truncation. The engine must always answer.

use crate::figures::{Figures, number_from_env};
use crate::golden_records;
use crate::observer::Damage;
use crate::settings::Settings;
use crate::simulation::{Simulation, report};
use crate::stored::Record;
use fuseboard::{Answer, CircuitKind, DEFAULT_ROLE, Decision, EventKind, Outcome, Target, key};
use serde_json::Value;

/// How many records are tried. A build without optimisation tries a few, spread evenly.
const RECORDS: u64 = if cfg!(debug_assertions) { 12 } else { u64::MAX };

/// Longer than any wait of a golden record. A patch with a flipped bit may set a wait of 7,000 seconds.
const LONG_ENOUGH: u64 = 10_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadResult {
    Read,
    Replaced,
    Unchanged,
}

impl ReadResult {
    fn label(self) -> &'static str {
        match self {
            ReadResult::Read => "read as a record",
            ReadResult::Replaced => "replaced, with an event",
            ReadResult::Unchanged => "of a newer format, and unchanged",
        }
    }
}

/// The target of a record's first circuit.
fn target(key: &str, text: &str) -> Option<Target> {
    let scope = key::scope_of(key)?;
    let role = Record::read(Some(text))?.roles.keys().next().cloned();
    Some(match scope.kind {
        CircuitKind::Host => Target { role, ..Target::host(scope.name) },
        CircuitKind::Name => Target::name(scope.name),
        CircuitKind::Resolver => Target::name("other").resolver(scope.name),
    })
}

/// Whether the text has a newer format than this engine reads.
fn is_newer(text: &str) -> bool {
    let format = serde_json::from_str::<Value>(text).ok().and_then(|value| value.get("format").and_then(Value::as_u64));
    format.is_some_and(|format| format > 1)
}

/// Puts a text into the store, sends requests for its circuit, and returns what the engine did with it.
fn probe_text(key: &str, target: &Target, text: &str) -> ReadResult {
    let mut simulation =
        Simulation::new(&[Settings { reset: 60_000, probe_timeout: 60_000, retry_after_cap: 900_000, ..Settings::default() }]);
    simulation.observer.damage = Damage::Put;
    simulation.store.put(key, text);
    let decision = simulation.allow(0, target).expect("a decision, whatever is stored");
    let replaced = decision.events.iter().any(|event| event.kind == EventKind::RecordReplaced);
    let now = simulation.text(key);
    let result = if replaced {
        assert!(Record::read(now.as_deref()).is_some_and(|record| record.base.generation == 1), "promise 9: replaced by {now:?}");
        ReadResult::Replaced
    } else if is_newer(text) {
        ReadResult::Unchanged
    } else {
        assert!(Record::read(Some(text)).is_some(), "promise 9: damage must be reported, but {decision:?}");
        ReadResult::Read
    };
    simulation.settle(0, target, None, &report(Outcome::Failure)).expect("a verdict, whatever is stored");
    if result == ReadResult::Unchanged {
        assert_eq!(simulation.text(key).as_deref(), Some(text), "promise 9: a record of a newer format is unchanged");
    } else {
        assert_recovers(&mut simulation, key, target);
    }
    result
}

fn assert_recovers(simulation: &mut Simulation, key: &str, target: &Target) {
    let mut last: Option<Decision> = None;
    for _ in 0..2 {
        simulation.advance(LONG_ENOUGH);
        last = simulation.allow(0, target).ok();
    }
    let record = Record::read(simulation.text(key).as_deref()).expect("the engine writes records");
    let role = target.role.as_deref().unwrap_or(DEFAULT_ROLE);
    let operated = record.is_overridden(role) || record.cooldown.as_ref().is_some_and(|cooldown| cooldown.reason == "operator");
    let admitted = last.as_ref().is_some_and(|decision| matches!(decision.answer, Answer::Admitted(_)));
    // Both requests may have been probes of a circuit that allows several. Then the third is admitted.
    let full = !admitted && {
        simulation.advance(LONG_ENOUGH);
        simulation.allow(0, target).is_ok_and(|decision| matches!(decision.answer, Answer::Admitted(_)))
    };
    assert!(operated || admitted || full, "promise 5: stuck with {record:?}: {last:?}");
}

/// Prints the text for which an assertion failed.
struct ShowOnPanic<'a>(&'a str);

impl Drop for ShowOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("with the stored text {}", self.0);
        }
    }
}

#[test]
fn a_flipped_bit_or_a_truncation_of_a_stored_record_never_stops_the_engine() {
    let mut figures = Figures::new("evil_storage", &[5, 9, 13]);
    let golden = golden_records::records();
    let wanted = usize::try_from(number_from_env("PROOF_RECORDS", RECORDS)).unwrap_or(usize::MAX);
    let step = golden.len().div_ceil(wanted).max(1);
    // These have every kind of field, and are always tried.
    let rich = |key: &str| key.contains("rich") || key.contains("over.") || key.contains("roll.");
    for (place, (key, text)) in golden.iter().enumerate() {
        if !place.is_multiple_of(step) && !rich(key) {
            continue;
        }
        let Some(target) = target(key, text) else {
            assert!(!rich(key), "{key} has an outdated form: {text}");
            continue;
        };
        assert_eq!(probe_text(key, &target, text), ReadResult::Read, "{text}");
        figures.add("records", 1);
        let cuts = (0..text.len()).filter_map(|length| text.get(..length)).map(str::to_owned);
        let flips = (0..text.len() * 8).filter_map(|bit| {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            String::from_utf8(bytes).ok()
        });
        for (kind, evil) in cuts.map(|text| ("lengths cut", text)).chain(flips.map(|text| ("bits flipped", text))) {
            let _show = ShowOnPanic(&evil);
            let result = probe_text(key, &target, &evil);
            figures.add(kind, 1);
            figures.add(result.label(), 1);
        }
    }
    figures.add("golden records", golden.len() as u64);
    figures.write();
}
