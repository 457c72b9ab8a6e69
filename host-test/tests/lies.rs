//! What a host makes of a guest that lies (`host-test/evil/src/lie.rs`): every word is cut to its bound, and nothing else follows from it.

use fuseboard::{Answer, EngineError, Lease, PolicyEngine, Problem, Tally};
use fuseboard_host::time::Millis;
use fuseboard_host::{
    Admission, Board, Command, Event, FaultyStore, Filter, Identity, ManualClock, MemoryStore, Metrics, OverrideStatus, Permit, Refused,
    Report, Scope, Target,
};
use fuseboard_wasmtime::{Instance, Limits};
use host_test::evil::{board, component, good, meanwhile, orders, write};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

/// The bounds that DESIGN.md promises (14).
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

fn liar(store: &MemoryStore) -> Instance {
    let mut instance = Instance::from_bytes(component(), ManualClock::default(), store.clone(), limits()).expect("it keeps the types");
    instance.configure(&orders("lie", ALL), Identity { writer: 1, seed: 0 }).expect("a known attack");
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

#[test]
fn every_word_of_a_liar_is_cut() {
    let mut liar = liar(&MemoryStore::new());
    let (bad, scope) = (Target::name("bad"), Scope::name("bad"));
    let lease =
        Lease { permit: Permit::default(), calls: 1, ms: 1, slow_ns: None, success_statuses: vec![], circuits: vec![scope.clone()] };
    let (words, circuits) = (Longest { text: STRING_BYTES_MAX, list: LIST_ITEMS_MAX }, CIRCUITS_MAX);
    let start = Instant::now();
    let told = |name: &str, longest: Longest, most: Longest| assert_eq!(longest, most, "{name}");
    told("allow", Longest::of(&liar.allow(&bad).unwrap()), words);
    told("settle", Longest::of(&liar.settle(&bad, None, &returned()).unwrap()), words);
    told("settle-leased", Longest::of(&liar.settle_leased(&lease, Tally::default()).unwrap()), words);
    told("status", Longest::of(&liar.status(&bad).unwrap()), Longest { text: DOCUMENT_BYTES_MAX, list: 0 });
    let listing = Longest { text: STRING_BYTES_MAX, list: circuits };
    told("list", Longest::of(&liar.list(&Filter::default(), None, 10).unwrap()), listing);
    told("command", Longest::of(&liar.command(&scope, &Command::Trip).unwrap()), listing);
    told("update-policy", Longest::of(&liar.update_policy(&scope, None).unwrap()), listing);
    told("explain", Longest::of(&liar.explain(&bad).unwrap()), Longest { text: DOCUMENT_BYTES_MAX, ..words });
    told("about", Longest::of(&liar.about().unwrap()), words);
    told("flush", Longest::of(&liar.flush().unwrap()), words);
    told("classify", Longest::of(&problem(liar.classify(&bad, &returned()))), Longest { list: 0, ..words });
    told("normalize-host", Longest::of(&problem(liar.normalize_host("bad"))), Longest { list: 0, ..words });
    told("advise", Longest::of(&liar.advise(&bad, &Metrics::default()).unwrap()), words);
    liar.health().unwrap();
    assert!(!liar.is_stopped(), "a lie is no reason to stop it");
    write(
        "lie-words",
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
fn no_wait_of_a_liar_is_longer_than_promised() {
    let mut liar = liar(&MemoryStore::new());
    let Answer::Refused(refused) = liar.allow(&Target::name("refused")).unwrap().answer else { panic!("it refuses") };
    let Refused { circuit, resolver, retry_after_ms, repeat_ms, spread_ms } = refused;
    let waits = [circuit, resolver].map(|refusal| refusal.and_then(|refusal| refusal.retry_after_ms));
    assert_eq!((waits, retry_after_ms, repeat_ms, spread_ms), ([Some(WAIT_MS_MAX); 2], Some(WAIT_MS_MAX), LEASE_MS_MAX, LEASE_MS_MAX));
    let Answer::Admitted(admitted) = liar.allow(&Target::name("lease")).unwrap().answer else { panic!("it admits") };
    let would_refuse = admitted.would_refuse.expect("it tells one");
    assert_eq!((would_refuse.retry_after_ms, would_refuse.repeat_ms), (Some(WAIT_MS_MAX), LEASE_MS_MAX));
    let lease = admitted.lease.expect("it gives one");
    assert_eq!((lease.calls, lease.ms), (LEASE_CALLS_MAX, LEASE_MS_MAX));
    let status = liar.status(&Target::name("bad")).unwrap().circuit;
    let OverrideStatus { remaining_ms, .. } = status.override_.expect("it tells one");
    let cooldown_ms = status.cooldown.map(|cooldown| cooldown.remaining_ms);
    assert_eq!([status.remaining_ms, remaining_ms, cooldown_ms], [Some(WAIT_MS_MAX); 3]);
}

/// Questions that reach the guest, by what it asks the store then.
struct Questions {
    board: Board,
    clock: ManualClock,
    store: FaultyStore<MemoryStore>,
}

impl Questions {
    fn of_a_liar() -> Questions {
        let (clock, store) = (ManualClock::default(), FaultyStore::new(MemoryStore::new()));
        let board = board("lie", "allow", limits()).clock(clock.clone()).store(store.clone()).build().expect("spared so far");
        Questions { board, clock, store }
    }

    /// How many calls are answered until the guest is asked again.
    fn until_asked(&self, target: &Target) -> u32 {
        let asked = self.store.asked();
        let answered = (0..=LEASE_CALLS_MAX + 1).take_while(|_| {
            self.board.allow(target).expect("an answer");
            self.store.asked() == asked
        });
        u32::try_from(answered.count()).expect("so many calls are made at most")
    }
}

#[test]
fn a_lease_of_a_liar_ends_by_its_calls_and_by_its_time() {
    let questions = Questions::of_a_liar();
    let target = Target::name("lease");
    questions.board.allow(&target).expect("an answer");
    let start = Instant::now();
    assert_eq!(questions.until_asked(&target), LEASE_CALLS_MAX, "then it must be asked again");
    let elapsed = start.elapsed();
    questions.clock.advance(Millis(u64::from(LEASE_MS_MAX) - 1));
    let asked = questions.store.asked();
    questions.board.allow(&target).expect("an answer");
    assert_eq!(questions.store.asked(), asked, "it still stands");
    questions.clock.advance(Millis(1));
    assert_eq!(questions.until_asked(&target), 0);
    let others = Target::name("lease of others");
    questions.board.allow(&others).expect("an answer");
    assert_eq!(questions.until_asked(&others), 0, "a lease of other circuits is none");
    write(
        "lie-lease",
        &[
            ("calls_until_asked_again", json!(LEASE_CALLS_MAX)),
            ("ms_until_asked_again", json!(LEASE_MS_MAX)),
            ("ns_a_leased_call", json!(u64::try_from(elapsed.as_nanos() / u128::from(LEASE_CALLS_MAX)).unwrap_or(u64::MAX))),
        ],
    );
}

#[test]
fn a_refusal_of_a_liar_is_repeated_for_ten_seconds_at_most() {
    let questions = Questions::of_a_liar();
    let target = Target::name("refused");
    assert!(matches!(questions.board.allow(&target), Ok(Admission::Refused(_))));
    let asked = questions.store.asked();
    questions.clock.advance(Millis(u64::from(LEASE_MS_MAX) - 1));
    assert!(matches!(questions.board.allow(&target), Ok(Admission::Refused(_))));
    assert_eq!(questions.store.asked(), asked);
    questions.clock.advance(Millis(1));
    questions.board.allow(&target).expect("an answer");
    assert_eq!(questions.store.asked(), asked + 1, "it is asked again");
}

#[test]
fn listeners_hear_so_much_of_a_liar_and_no_more() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    let board = board("lie", "settle", limits()).listener(move |event: &Event| hears.lock().unwrap().push(event.clone())).build().unwrap();
    let start = Instant::now();
    let ((), calls) = meanwhile(|| {
        board.settle(&Target::name("bad"), None, &returned()).expect("a verdict");
    });
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), EVENTS_MAX);
    assert_eq!(Longest::of(&*heard).text, STRING_BYTES_MAX);
    assert!(matches!(board.allow(&good()), Ok(Admission::Admitted { .. })));
    write(
        "lie-events",
        &[
            ("told", json!(10_000)),
            ("heard", json!(heard.len())),
            ("settle_ms", json!(u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX))),
            ("calls_elsewhere_meanwhile", json!(calls)),
        ],
    );
}

#[test]
fn a_listener_that_asks_at_every_event_comes_to_an_end() {
    let (asker, heard) = (Arc::<Mutex<Option<Board>>>::default(), Arc::<AtomicUsize>::default());
    let (weak, hears): (Weak<Mutex<Option<Board>>>, _) = (Arc::downgrade(&asker), Arc::clone(&heard));
    let listener = move |_: &Event| {
        hears.fetch_add(1, Ordering::Relaxed);
        // Each answer brings an event, whose listener asks again.
        let board = weak.upgrade().and_then(|board| board.lock().unwrap().clone());
        if let Some(board) = board {
            board.allow(&Target::name("news")).expect("an answer");
        }
    };
    let board = board("lie", "allow", limits()).listener(listener).build().unwrap();
    *asker.lock().unwrap() = Some(board.clone());
    board.allow(&Target::name("news")).expect("an answer");
    let first = heard.load(Ordering::Relaxed);
    assert!((2..10_000).contains(&first), "{first} events");
    board.allow(&Target::name("news")).expect("an answer");
    assert!(heard.load(Ordering::Relaxed) > first, "the next call's events are heard again");
    write("lie-news", &[("events_of_one_call", json!(first))]);
    *asker.lock().unwrap() = None;
}

#[test]
fn a_liar_writes_nothing_that_a_store_need_not_bear() {
    let store = MemoryStore::new();
    let mut liar = liar(&store);
    liar.settle(&Target::name("bad"), None, &returned()).unwrap();
    let contents = store.contents();
    assert_eq!(contents.keys().collect::<Vec<_>>(), ["n:forever", "x:other"], "keys of the contract's letters, and values of its length");
    write("lie-store", &[("orders", json!(27)), ("written", json!(contents.len()))]);
}
