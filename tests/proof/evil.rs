//! Evil contents of a store: each bit of each golden record flipped, each length cut. What comes of it is an answer, always.

use crate::figures::{Figures, size};
use crate::golden;
use crate::observer::Damage;
use crate::settings::Settings;
use crate::stored::Record;
use crate::world::{World, report};
use fuseboard::machine::policy::ROLES_MAX;
use fuseboard::{Answer, CircuitKind, DEFAULT_ROLE, Decision, EventKind, Outcome, ProblemCode, Target, key};
use serde_json::Value;

/// Records that are gone through: without optimisation only some, spread over all.
const RECORDS: u64 = if cfg!(debug_assertions) { 12 } else { u64::MAX };

/// Longer than any wait of a golden record, whose patches may ask for longer ones than the policy: 7,000 seconds with a bit flipped.
const LONG_ENOUGH: u64 = 10_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    Read,
    Replaced,
    LeftAlone,
}

/// The target of a record's first circuit.
fn target(key: &str, text: &str) -> Option<Target> {
    let scope = key::scope_of(key)?;
    let role = Record::read(Some(text))?.roles.keys().next().cloned();
    Some(match scope.kind {
        CircuitKind::Host => Target { role, ..Target::host(scope.name) },
        CircuitKind::Name => Target::name(scope.name),
        CircuitKind::Resolver => Target::name("beside").resolver(scope.name),
    })
}

/// A format that is newer than any that is read today.
fn is_newer(text: &str) -> bool {
    let format = serde_json::from_str::<Value>(text).ok().and_then(|value| value.get("format").and_then(Value::as_u64));
    format.is_some_and(|format| format > 1)
}

/// Asks a board about a record that it has never seen, and says what became of it.
fn ask(key: &str, target: &Target, text: &str) -> Became {
    let mut world = World::new(&[Settings { reset: 60_000, probe_timeout: 60_000, retry_after_cap: 900_000, ..Settings::default() }]);
    world.observer.damage = Damage::Put;
    world.store.put(key, text);
    let role = target.role.as_deref().unwrap_or(DEFAULT_ROLE);
    if Record::read(Some(text)).is_some_and(|record| record.roles.len() >= ROLES_MAX && !record.roles.contains_key(role)) {
        // A bit of the role's own name was flipped, and the host is full without it.
        let problem = world.allow(0, target).expect_err("no room for one more role");
        assert_eq!(problem.code, ProblemCode::TooLarge, "{problem}");
        return Became::Read;
    }
    let decision = world.allow(0, target).expect("a decision, whatever is stored");
    let replaced = decision.events.iter().any(|event| event.kind == EventKind::RecordReplaced);
    let now = world.text(key);
    let became = if replaced {
        assert!(Record::read(now.as_deref()).is_some_and(|record| record.base.generation == 1), "promise 9: replaced by {now:?}");
        Became::Replaced
    } else if is_newer(text) {
        Became::LeftAlone
    } else {
        assert!(Record::read(Some(text)).is_some(), "promise 9: damage is told, but {decision:?}");
        Became::Read
    };
    world.settle(0, target, None, &report(Outcome::Failure)).expect("a verdict, whatever is stored");
    if became == Became::LeftAlone {
        assert_eq!(world.text(key).as_deref(), Some(text), "promise 9: a newer format is left alone");
    } else {
        nobody_is_stuck(&mut world, key, target);
    }
    became
}

fn nobody_is_stuck(world: &mut World, key: &str, target: &Target) {
    let mut last: Option<Decision> = None;
    for _ in 0..2 {
        world.advance(LONG_ENOUGH);
        last = world.allow(0, target).ok();
    }
    let record = Record::read(world.text(key).as_deref()).expect("the engine writes records");
    let role = target.role.as_deref().unwrap_or(DEFAULT_ROLE);
    let operated = record.is_overridden(role) || record.cooldown.as_ref().is_some_and(|cooldown| cooldown.reason == "operator");
    let admitted = last.as_ref().is_some_and(|decision| matches!(decision.answer, Answer::Admitted(_)));
    // The two questions may have been two probes of a circuit with more of them in flight: then the third is admitted.
    let full = !admitted && {
        world.advance(LONG_ENOUGH);
        world.allow(0, target).is_ok_and(|decision| matches!(decision.answer, Answer::Admitted(_)))
    };
    assert!(operated || admitted || full, "promise 5: stuck with {record:?}: {last:?}");
}

/// Tells the text with which an assertion failed.
struct Told<'a>(&'a str);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("with the stored text {}", self.0);
        }
    }
}

#[test]
fn no_bit_and_no_length_of_a_stored_record_can_hurt() {
    let mut figures = Figures::new("evil_storage", &[5, 9, 13]);
    let golden = golden::records();
    let wanted = usize::try_from(size("PROOF_RECORDS", RECORDS)).unwrap_or(usize::MAX);
    let step = golden.len().div_ceil(wanted).max(1);
    // The rich ones always.
    let rich = |key: &str| key.contains("rich") || key.contains("over.") || key.contains("roll.");
    for (place, (key, text)) in golden.iter().enumerate() {
        if !place.is_multiple_of(step) && !rich(key) {
            continue;
        }
        let Some(target) = target(key, text) else { continue };
        assert_eq!(ask(key, &target, text), Became::Read, "{text}");
        figures.add("records", 1);
        let cuts = (0..text.len()).filter_map(|length| text.get(..length)).map(str::to_owned);
        let flips = (0..text.len() * 8).filter_map(|bit| {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            String::from_utf8(bytes).ok()
        });
        for (kind, evil) in cuts.map(|text| ("lengths cut", text)).chain(flips.map(|text| ("bits flipped", text))) {
            let _told = Told(&evil);
            let became = ask(key, &target, &evil);
            figures.add(kind, 1);
            figures.add(
                match became {
                    Became::Read => "read as a record",
                    Became::Replaced => "replaced, and told",
                    Became::LeftAlone => "of a newer format, and left alone",
                },
                1,
            );
        }
    }
    figures.add("golden records", golden.len() as u64);
    figures.write();
}
