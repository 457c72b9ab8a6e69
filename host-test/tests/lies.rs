//! False answers of a guest (`host-test/evil/src/lie.rs`): the host clamps every text, list, wait and lease, and passes no invalid key or
//! value to the store.

use fuseboard::{Answer, EngineError, Lease, PolicyEngine, Problem, Tally};
use fuseboard_host::time::Millis;
use fuseboard_host::{
    Admission, Board, Command, Event, FaultyStore, Filter, Identity, ManualClock, MemoryStore, Metrics, OverrideStatus, Permit, Refused,
    Report, Scope, Target,
};
use fuseboard_wasmtime::{Instance, Limits};
use host_test::evil::{attack_sources, board, component, good, meanwhile, write};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

/// The limits of promise 14 in DESIGN.md.
const WAIT_MS_MAX: u64 = 30 * 24 * 3_600 * 1_000;
const LEASE_MS_MAX: u32 = 10_000;
const LEASE_CALLS_MAX: u32 = 100_000;
const EVENTS_MAX: usize = 64;
const STRING_BYTES_MAX: usize = 4 << 10;
/// A patch, or an explained value, may be longer.
const DOCUMENT_BYTES_MAX: usize = 64 << 10;
const LIST_ITEMS_MAX: usize = 1_024;
const CIRCUITS_MAX: usize = 32_000;

const ALL: &str = "allow settle settle-leased status list command update-policy explain health about flush parse-retry-after classify \
                   normalize-host advise";

fn limits() -> Limits {
    Limits { guest_ms: 20_000, ..Limits::default() }
}

fn lying_guest(store: &MemoryStore) -> Instance {
    let mut instance =
        Instance::from_bytes(component(), ManualClock::default(), store.clone(), limits()).expect("it has the contract's types");
    instance.configure(&attack_sources("lie", ALL), Identity { writer: 1, seed: 0 }).expect("a known attack");
    instance
}

#[track_caller]
fn problem<T: std::fmt::Debug>(answer: Result<T, EngineError>) -> Problem {
    match answer {
        Err(EngineError::Problem(problem)) => problem,
        other => panic!("a problem was expected: {other:?}"),
    }
}

fn returned() -> Report {
    Report::new(fuseboard_host::End::Returned)
}

/// The longest text and the longest list in an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Longest {
    text: usize,
    list: usize,
}

impl Longest {
    fn of(answer: &impl Serialize) -> Longest {
        Longest::in_value(&serde_json::to_value(answer).expect("an answer is plain"))
    }

    fn in_value(value: &Value) -> Longest {
        let (own, inner): (Longest, Vec<&Value>) = match value {
            Value::String(text) => (Longest { text: text.len(), list: 0 }, Vec::new()),
            Value::Array(items) => (Longest { text: 0, list: items.len() }, items.iter().collect()),
            Value::Object(fields) => (Longest::default(), fields.values().collect()),
            _ => (Longest::default(), Vec::new()),
        };
        inner
            .into_iter()
            .map(Longest::in_value)
            .fold(own, |all, one| Longest { text: all.text.max(one.text), list: all.list.max(one.list) })
    }
}

fn lease_of(circuit: Scope) -> Lease {
    Lease {
        permit: Permit::default(),
        calls: 1,
        ms: 1,
        slow_ns: None,
        success_statuses: vec![],
        neutral_statuses: vec![],
        cancelled_after_ns: None,
        circuits: vec![circuit],
    }
}

#[test]
fn every_text_and_list_of_a_false_answer_is_clamped() {
    let mut guest = lying_guest(&MemoryStore::new());
    let (bad, scope) = (Target::name("bad"), Scope::name("bad"));
    let lease = lease_of(scope.clone());
    let (limits, circuits) = (Longest { text: STRING_BYTES_MAX, list: LIST_ITEMS_MAX }, CIRCUITS_MAX);
    let start = Instant::now();
    let check = |name: &str, longest: Longest, most: Longest| assert_eq!(longest, most, "{name}");
    check("allow", Longest::of(&guest.allow(&bad).unwrap()), limits);
    check("settle", Longest::of(&guest.settle(&bad, None, &returned()).unwrap()), limits);
    check("settle-leased", Longest::of(&guest.settle_leased(&lease, Tally::default()).unwrap()), limits);
    check("status", Longest::of(&guest.status(&bad).unwrap()), Longest { text: DOCUMENT_BYTES_MAX, list: 0 });
    let listing = Longest { text: STRING_BYTES_MAX, list: circuits };
    check("list", Longest::of(&guest.list(&Filter::default(), None, 10).unwrap()), listing);
    check("command", Longest::of(&guest.command(&scope, &Command::Trip).unwrap()), listing);
    check("update-policy", Longest::of(&guest.update_policy(&scope, None).unwrap()), listing);
    check("explain", Longest::of(&guest.explain(&bad).unwrap()), Longest { text: DOCUMENT_BYTES_MAX, ..limits });
    check("about", Longest::of(&guest.about().unwrap()), limits);
    check("flush", Longest::of(&guest.flush().unwrap()), limits);
    check("classify", Longest::of(&problem(guest.classify(&bad, &returned()))), Longest { list: 0, ..limits });
    check("normalize-host", Longest::of(&problem(guest.normalize_host("bad"))), Longest { list: 0, ..limits });
    check("advise", Longest::of(&guest.advise(&bad, &Metrics::default()).unwrap()), limits);
    guest.health().unwrap();
    assert!(!guest.is_stopped(), "a false answer does not stop the guest");
    write(
        "lie-sizes",
        &[
            ("longest_text_bytes", json!(STRING_BYTES_MAX)),
            ("longest_document_bytes", json!(DOCUMENT_BYTES_MAX)),
            ("most_items", json!(LIST_ITEMS_MAX)),
            ("most_circuits", json!(CIRCUITS_MAX)),
            ("all_exports_ms", json!(u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX))),
        ],
    );
}

#[test]
fn every_wait_and_lease_of_a_false_answer_is_clamped() {
    let mut guest = lying_guest(&MemoryStore::new());
    let Answer::Refused(refused) = guest.allow(&Target::name("refused")).unwrap().answer else { panic!("it refuses") };
    let Refused { circuit, resolver, retry_after_ms, repeat_ms, spread_ms } = refused;
    let waits = [circuit, resolver].map(|refusal| refusal.and_then(|refusal| refusal.retry_after_ms));
    assert_eq!((waits, retry_after_ms, repeat_ms, spread_ms), ([Some(WAIT_MS_MAX); 2], Some(WAIT_MS_MAX), LEASE_MS_MAX, LEASE_MS_MAX));
    let Answer::Admitted(admitted) = guest.allow(&Target::name("lease")).unwrap().answer else { panic!("it admits") };
    let would_refuse = admitted.would_refuse.expect("it has one");
    assert_eq!((would_refuse.retry_after_ms, would_refuse.repeat_ms), (Some(WAIT_MS_MAX), LEASE_MS_MAX));
    let lease = admitted.lease.expect("it has one");
    assert_eq!((lease.calls, lease.ms), (LEASE_CALLS_MAX, LEASE_MS_MAX));
    let status = guest.status(&Target::name("bad")).unwrap().circuit;
    let OverrideStatus { remaining_ms, .. } = status.override_.expect("it has one");
    let cooldown_ms = status.cooldown.map(|cooldown| cooldown.remaining_ms);
    assert_eq!([status.remaining_ms, remaining_ms, cooldown_ms], [Some(WAIT_MS_MAX); 3]);
}

/// A board over the lying guest, which loads from the store in each `allow`. So the store shows which requests reach the guest.
struct LyingBoard {
    board: Board,
    clock: ManualClock,
    store: FaultyStore<MemoryStore>,
}

impl LyingBoard {
    fn new() -> LyingBoard {
        let (clock, store) = (ManualClock::default(), FaultyStore::new(MemoryStore::new()));
        let board = board("lie", "allow", limits()).clock(clock.clone()).store(store.clone()).build().expect("configure does not attack");
        LyingBoard { board, clock, store }
    }

    /// The number of calls that the board answers by itself until a request reaches the guest.
    fn calls_without_request(&self, target: &Target) -> u32 {
        let before = self.store.operations();
        let answered = (0..=LEASE_CALLS_MAX + 1).take_while(|_| {
            self.board.allow(target).expect("an answer");
            self.store.operations() == before
        });
        u32::try_from(answered.count()).expect("the number of calls is bounded")
    }
}

#[test]
fn a_false_lease_ends_after_its_clamped_calls_and_time() {
    let lying = LyingBoard::new();
    let target = Target::name("lease");
    lying.board.allow(&target).expect("an answer");
    let start = Instant::now();
    assert_eq!(lying.calls_without_request(&target), LEASE_CALLS_MAX, "the next call reaches the guest");
    let elapsed = start.elapsed();
    lying.clock.advance(Millis(u64::from(LEASE_MS_MAX) - 1));
    let before = lying.store.operations();
    lying.board.allow(&target).expect("an answer");
    assert_eq!(lying.store.operations(), before, "the lease is still valid");
    lying.clock.advance(Millis(1));
    assert_eq!(lying.calls_without_request(&target), 0);
    let others = Target::name("lease of others");
    lying.board.allow(&others).expect("an answer");
    assert_eq!(lying.calls_without_request(&others), 0, "a lease of other circuits is not used");
    write(
        "lie-lease",
        &[
            ("calls_until_request", json!(LEASE_CALLS_MAX)),
            ("ms_until_request", json!(LEASE_MS_MAX)),
            ("ns_a_leased_call", json!(u64::try_from(elapsed.as_nanos() / u128::from(LEASE_CALLS_MAX)).unwrap_or(u64::MAX))),
        ],
    );
}

#[test]
fn a_false_refusal_is_repeated_for_at_most_10_s() {
    let lying = LyingBoard::new();
    let target = Target::name("refused");
    assert!(matches!(lying.board.allow(&target), Ok(Admission::Refused(_))));
    let before = lying.store.operations();
    lying.clock.advance(Millis(u64::from(LEASE_MS_MAX) - 1));
    assert!(matches!(lying.board.allow(&target), Ok(Admission::Refused(_))));
    assert_eq!(lying.store.operations(), before);
    lying.clock.advance(Millis(1));
    lying.board.allow(&target).expect("an answer");
    assert_eq!(lying.store.operations(), before + 1, "the call reaches the guest");
}

#[test]
fn listeners_receive_at_most_64_events_of_a_false_answer() {
    let received = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&received);
    let board = board("lie", "settle", limits()).listener(move |event: &Event| sink.lock().unwrap().push(event.clone())).build().unwrap();
    let start = Instant::now();
    let ((), calls) = meanwhile(|| {
        board.settle(&Target::name("bad"), None, &returned()).expect("a verdict");
    });
    let received = received.lock().unwrap();
    assert_eq!(received.len(), EVENTS_MAX);
    assert_eq!(Longest::of(&*received).text, STRING_BYTES_MAX);
    assert!(matches!(board.allow(&good()), Ok(Admission::Admitted { .. })));
    write(
        "lie-events",
        &[
            ("returned", json!(10_000)),
            ("received", json!(received.len())),
            ("settle_ms", json!(u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX))),
            ("calls_elsewhere_meanwhile", json!(calls)),
        ],
    );
}

#[test]
fn a_listener_that_causes_an_event_at_each_event_is_stopped() {
    let (own_board, received) = (Arc::<Mutex<Option<Board>>>::default(), Arc::<AtomicUsize>::default());
    let (weak, sink): (Weak<Mutex<Option<Board>>>, _) = (Arc::downgrade(&own_board), Arc::clone(&received));
    let listener = move |_: &Event| {
        sink.fetch_add(1, Ordering::Relaxed);
        // Each answer has an event, whose listener sends the next request.
        let board = weak.upgrade().and_then(|board| board.lock().unwrap().clone());
        if let Some(board) = board {
            board.allow(&Target::name("news")).expect("an answer");
        }
    };
    let board = board("lie", "allow", limits()).listener(listener).build().unwrap();
    *own_board.lock().unwrap() = Some(board.clone());
    board.allow(&Target::name("news")).expect("an answer");
    let first = received.load(Ordering::Relaxed);
    assert!((2..10_000).contains(&first), "{first} events");
    board.allow(&Target::name("news")).expect("an answer");
    assert!(received.load(Ordering::Relaxed) > first, "the next call has events again");
    write("lie-events-in-a-circle", &[("events_of_one_call", json!(first))]);
    *own_board.lock().unwrap() = None;
}

#[test]
fn only_valid_keys_and_values_reach_the_store() {
    let store = MemoryStore::new();
    let mut guest = lying_guest(&store);
    guest.settle(&Target::name("bad"), None, &returned()).unwrap();
    let contents = store.contents();
    assert_eq!(contents.keys().collect::<Vec<_>>(), ["n:forever", "x:other"], "keys and values that the contract allows");
    write("lie-store", &[("writes", json!(27)), ("written", json!(contents.len()))]);
}
