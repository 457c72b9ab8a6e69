//! Stores with damaged records and foreign keys, under the component: it is never stopped, and answers as the native engine does.

use fuseboard::time::{Mono, Wall};
use fuseboard::{CircuitKind, CircuitStatus, Command, End, Filter, Identity, Outcome, Report, Scope, Sources, Target, key};
use fuseboard_stores::{FaultyStore, ManualClock, MemoryStore};
use host_test::proof;
use host_test::story::{Component, Dependencies, Native, Player, Start, folder, load_all};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many damaged texts the component reads. The tests of `src/codec` read all of them natively.
const FLIPS: usize = 30_000;
const CUTS: usize = 10_000;
const PROMISES: [u8; 3] = [9, 13, 15];
const VALUE_BYTES_MAX: usize = 65_536;
const WAIT_MS_MAX: u64 = 30 * 24 * 3_600 * 1_000;

fn clock() -> ManualClock {
    ManualClock::at(Wall(1_800_000_000_000), Mono(1_000_000_000))
}

fn failure() -> Report {
    Report::new(End::counted(Outcome::Failure))
}

fn configured<E: Start>(mut player: Player<E>) -> Player<E> {
    player.configure(&Sources::default(), Identity { writer: 1, seed: 0 }).expect("the built-in configuration");
    player
}

/// The two engines, each with a store of its own.
struct Pair {
    native: Native,
    component: Component,
    stores: [MemoryStore; 2],
}

impl Pair {
    fn new() -> Pair {
        let dependencies = || {
            let clock = clock();
            let store = MemoryStore::with_clock(clock.clone());
            (Dependencies { clock: clock.clone(), store: FaultyStore::with_clock(store.clone(), clock) }, store)
        };
        let ((native, ours), (component, theirs)) = (dependencies(), dependencies());
        Pair { native: configured(Native::start(native)), component: configured(Component::start(component)), stores: [ours, theirs] }
    }

    fn put(&self, key: &str, text: &str) {
        for store in &self.stores {
            store.put(key, text);
        }
    }

    /// Makes requests that read and write a record on both engines, and compares the answers.
    fn compare(&mut self, target: &Target, scope: &Scope, context: &str) {
        let status = self.native.status(target);
        let seen = self.component.status(target);
        // A deadline by another clock may be a little more than 30 days away. The engine returns it, and a host clamps it.
        if status.as_ref().is_ok_and(|status| exceeds_wait_max(&status.circuit)) {
            return;
        }
        assert_eq!(status, seen, "{context}");
        assert_eq!(self.native.allow(target), self.component.allow(target), "{context}");
        assert_eq!(self.native.settle(target, None, &failure()), self.component.settle(target, None, &failure()), "{context}");
        assert_eq!(self.native.command(scope, &Command::Trip), self.component.command(scope, &Command::Trip), "{context}");
        assert_eq!(self.stores[0].contents(), self.stores[1].contents(), "{context}");
    }

    /// Compares the pages of a listing of all circuits. Returns the number of pages.
    fn compare_listings(&mut self, limit: u32) -> usize {
        let (mut pages, mut cursor) = (0, None);
        loop {
            let native = self.native.list(&Filter::default(), cursor.as_deref(), limit);
            assert_eq!(native, self.component.list(&Filter::default(), cursor.as_deref(), limit), "{cursor:?}");
            (pages, cursor) = (pages + 1, native.expect("a page").next);
            if cursor.is_none() {
                return pages;
            }
        }
    }
}

fn exceeds_wait_max(status: &CircuitStatus) -> bool {
    let waits = [status.remaining_ms, status.cooldown.as_ref().map(|cooldown| cooldown.remaining_ms)];
    let override_ms = status.override_.as_ref().and_then(|o| o.remaining_ms);
    waits.into_iter().chain([override_ms]).flatten().any(|ms| ms > WAIT_MS_MAX)
}

/// A stored record of the stories, and a target and a scope that use it.
struct Golden {
    key: String,
    text: String,
    target: Target,
    scope: Scope,
}

/// The text with 0 for every number. Of records that differ only in numbers, one is enough.
fn shape(text: &str) -> String {
    let mut shape = text.replace(|digit: char| digit.is_ascii_digit(), "0");
    while shape.contains("00") {
        shape = shape.replace("00", "0");
    }
    shape
}

fn golden() -> Vec<Golden> {
    let stories = load_all(&folder()).expect("the stories can be read");
    let mut shapes = BTreeSet::new();
    let records = stories.into_iter().flat_map(|(_, story)| story.records);
    let sound = records.filter_map(|(key, record)| Some((key::scope_of(&key)?, key, record.as_object()?.clone())));
    sound
        .filter_map(|(scope, key, record)| {
            let text = Value::Object(record.clone()).to_string();
            let role = record.get("record")?.get("roles").and_then(Value::as_object).and_then(|roles| roles.keys().next());
            let target = match scope.kind {
                CircuitKind::Host => Target { role: role.cloned(), ..Target::host(&scope.name) },
                CircuitKind::Name => Target::name(&scope.name),
                CircuitKind::Resolver => Target::name("any").resolver(&scope.name),
            };
            shapes.insert(shape(&text)).then_some(Golden { key, text, target, scope })
        })
        .collect()
}

/// The step that leaves about `wanted` of `all`. It is odd, so that it meets every bit of a byte.
fn stride(all: usize, wanted: usize) -> usize {
    (all / wanted) | 1
}

#[test]
fn both_engines_agree_on_records_with_a_flipped_bit() {
    let golden = golden();
    let stride = stride(golden.iter().map(|golden| 8 * golden.text.len()).sum(), FLIPS);
    let (mut flips, mut not_utf8, mut bit) = (0, 0, 0);
    for Golden { key, text, target, scope } in &golden {
        let mut pair = Pair::new();
        while bit < 8 * text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            match String::from_utf8(bytes) {
                Ok(damaged) => {
                    pair.put(key, &damaged);
                    pair.compare(target, scope, &damaged);
                    flips += 1;
                }
                // Not UTF-8: the contract's strings cannot hold it.
                Err(_) => not_utf8 += 1,
            }
            bit += stride;
        }
        bit -= 8 * text.len();
    }
    assert!(flips > FLIPS / 2, "{flips}");
    proof::write(
        "storage-flips",
        &PROMISES,
        &[
            ("records", json!(golden.len())),
            ("one_bit_in", json!(stride)),
            ("flipped", json!(flips)),
            ("not_utf8", json!(not_utf8)),
            ("differences", json!(0)),
            ("traps", json!(0)),
        ],
    );
}

#[test]
fn both_engines_agree_on_truncated_records() {
    let golden = golden();
    let stride = stride(golden.iter().map(|golden| golden.text.len()).sum(), CUTS);
    let (mut cuts, mut end) = (0, 0);
    for Golden { key, text, target, scope } in &golden {
        let mut pair = Pair::new();
        while end < text.len() {
            let cut = &text[..text.floor_char_boundary(end)];
            pair.put(key, cut);
            pair.compare(target, scope, cut);
            (cuts, end) = (cuts + 1, end + stride);
        }
        end -= text.len();
    }
    assert!(cuts > CUTS / 2, "{cuts}");
    proof::write(
        "storage-cuts",
        &PROMISES,
        &[("records", json!(golden.len())), ("one_length_in", json!(stride)), ("cut", json!(cuts)), ("differences", json!(0))],
    );
}

#[test]
fn both_engines_agree_on_records_near_and_over_the_length_limit() {
    let golden = golden();
    let Golden { key, text, target, scope } = &golden[0];
    let mut lengths = Vec::new();
    // A record padded with spaces is valid up to the limit. With characters of two bytes, the limit is inside a character.
    for (padding, length) in
        [(" ", VALUE_BYTES_MAX), (" ", VALUE_BYTES_MAX + 1), (" ", 1 << 20), ("é", VALUE_BYTES_MAX + 1), ("é", 1 << 20)]
    {
        let mut pair = Pair::new();
        let padded = format!("{text}{}", padding.repeat((length - text.len()) / padding.len()));
        pair.put(key, &padded);
        pair.compare(target, scope, &format!("{length} bytes"));
        lengths.push(padded.len());
    }
    proof::write("storage-lengths", &PROMISES, &[("bytes", json!(lengths)), ("differences", json!(0))]);
}

#[test]
fn both_engines_list_keys_that_belong_to_no_circuit() {
    const KEYS: [&str; 16] = [
        "h:",
        "n:",
        "r:",
        "h:A.example",
        "h:a..b",
        "n:%",
        "n:%4",
        "n:%zz",
        "n:%64b",
        "n:a b",
        "n:../b",
        "n:\0",
        "h:é",
        "r:\u{202e}",
        "n:db:",
        "h:a.example/",
    ];
    let mut pair = Pair::new();
    for (place, key) in KEYS.iter().map(|key| (*key).to_owned()).chain([format!("n:{}", "k".repeat(510))]).enumerate() {
        pair.put(&key, if place % 2 == 0 { "{}" } else { "" });
    }
    pair.compare(&Target::name("db"), &Scope::name("db"), "with foreign keys");
    let pages: usize = [1, 2, 1_000].map(|limit| pair.compare_listings(limit)).iter().sum();
    // A key longer than the contract allows: the host shortens it, and lists the others.
    pair.put(&format!("n:{}", "k".repeat(70_000)), "{}");
    let listing = pair.component.list(&Filter { kind: Some(CircuitKind::Name), phase: None }, None, 1_000).expect("a page");
    assert_eq!(listing.circuits.len(), 1);
    assert!(listing.unreadable.iter().any(|key| key.len() == key::KEY_BYTES_MAX + 4));
    proof::write("storage-keys", &PROMISES, &[("foreign_keys", json!(KEYS.len() + 2)), ("pages", json!(pages)), ("differences", json!(0))]);
}
