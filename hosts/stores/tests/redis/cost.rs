//! Commands and round trips of each operation, counted between the store and its server.

use super::proxy::{Proxy, with_if_equal, without_if_equal};
use super::server::{Connect, RedisServer, full_key};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, Swap};
use fuseboard_stores::{CacheMode, RedisSettings, RedisStore};
use std::thread;
use std::time::{Duration, Instant};

const WITHIN: Millis = Millis(5_000);

struct Counted {
    proxy: Proxy,
    store: RedisStore,
}

impl Counted {
    /// A connected store. `PING`s are left out of the counts: they come with time, not with operations.
    fn new(proxy: Proxy, cache: CacheMode) -> Counted {
        let settings = RedisSettings::from_url(&proxy.url()).expect("the URL is accepted").with_cache(cache).lease(Millis(10_000));
        let counted = Counted { store: RedisStore::new(settings), proxy };
        assert_eq!(counted.store.load("connect", None, WITHIN), Ok(Lookup::Missing));
        counted.proxy.take_counts();
        counted
    }

    fn cost(&self, operation: impl FnOnce(&RedisStore)) -> (Vec<String>, usize) {
        operation(&self.store);
        let (commands, round_trips) = self.proxy.take_counts();
        assert!(!commands.contains(&"PING".to_owned()), "the lease is too short for this test");
        (commands, round_trips)
    }

    fn create(&self, key: &str) -> (Vec<String>, usize) {
        self.cost(|store| assert!(matches!(store.compare_and_swap(key, None, "one", None, WITHIN), Ok(Swap::Stored(_)))))
    }

    fn replace(&self, key: &str, text: &str) -> (Vec<String>, usize) {
        let Ok(Lookup::Found(entry)) = self.store.load(key, None, WITHIN) else { panic!("it is found") };
        self.proxy.take_counts();
        self.cost(|store| {
            assert!(matches!(store.compare_and_swap(key, Some(entry.revision), text, None, WITHIN), Ok(Swap::Stored(_))));
        })
    }

    fn load(&self, key: &str) -> (Vec<String>, usize) {
        self.cost(|store| assert!(store.load(key, None, WITHIN).is_ok()))
    }
}

fn cost(commands: &[&str], round_trips: usize) -> (Vec<String>, usize) {
    (commands.iter().map(|&name| name.to_owned()).collect(), round_trips)
}

#[test]
fn with_the_cache_only_unknown_records_are_read_and_a_swap_is_one_round_trip() {
    let server = RedisServer::start();
    let counted = Counted::new(without_if_equal(&server), CacheMode::On);
    assert_eq!(counted.load("k"), cost(&["GET", "PTTL"], 1), "a first read");
    assert_eq!(counted.load("k"), cost(&[], 0), "an absent key is known");
    assert_eq!(counted.create("k"), cost(&["SET", "GET"], 1));
    assert_eq!(counted.load("k"), cost(&[], 0), "an own write is known");
    assert_eq!(counted.replace("k", "two"), cost(&["EVALSHA", "EVAL"], 2), "the first on a server sends the script");
    assert_eq!(counted.replace("k", "three"), cost(&["EVALSHA"], 1));
    assert_eq!(counted.load("k"), cost(&[], 0), "an own write is known");
}

#[test]
fn by_if_equal_a_swap_is_one_round_trip_too() {
    let server = RedisServer::start();
    let counted = Counted::new(with_if_equal(&server), CacheMode::On);
    assert_eq!(counted.create("k"), cost(&["SET", "GET"], 1));
    assert_eq!(counted.replace("k", "two"), cost(&["SET", "GET"], 1));
    assert_eq!(counted.load("k"), cost(&[], 0), "an own write is known");
}

#[test]
fn without_the_cache_each_operation_is_one_command() {
    let server = RedisServer::start();
    let counted = Counted::new(with_if_equal(&server), CacheMode::Off);
    assert_eq!(counted.load("k"), cost(&["GET"], 1));
    assert_eq!(counted.create("k"), cost(&["SET"], 1));
    assert_eq!(counted.replace("k", "two"), cost(&["SET"], 1));
    assert_eq!(counted.load("k"), cost(&["GET"], 1));
}

#[test]
fn a_swap_after_anothers_is_one_round_trip_and_returns_what_is_there() {
    let server = RedisServer::start();
    let counted = Counted::new(without_if_equal(&server), CacheMode::On);
    let Ok(Swap::Stored(first)) = counted.store.compare_and_swap("k", None, "one", None, WITHIN) else { panic!("it is stored") };
    let Ok(Swap::Stored(second)) = counted.store.compare_and_swap("k", Some(first), "two", None, WITHIN) else { panic!("it is stored") };
    redis::cmd("SET").arg(full_key("k")).arg("theirs").exec(&mut server.connect()).expect("the server accepts it");
    counted.proxy.take_counts();
    let conflict = counted.cost(|store| {
        let swap = store.compare_and_swap("k", Some(second), "three", None, WITHIN);
        assert!(matches!(&swap, Ok(Swap::Conflict(Some(entry))) if entry.value == "theirs"), "{swap:?}");
    });
    assert_eq!(conflict, cost(&["EVALSHA"], 1));
}

/// The proxy holds the answers back until it has received all commands.
#[test]
fn many_keys_are_loaded_in_one_round_trip() {
    let server = RedisServer::start();
    let keys: Vec<String> = (0..100).map(|n| format!("k{n}")).collect();
    for (cache, words) in [(CacheMode::On, ["GET", "PTTL"].as_slice()), (CacheMode::Off, &["GET"])] {
        let counted = Counted::new(Proxy::before(&server), cache);
        counted.proxy.hold();
        thread::scope(|scope| {
            let loaded = scope.spawn(|| counted.store.load_many(&keys, WITHIN));
            let (mut received, start) = (Vec::new(), Instant::now());
            while received.len() < 100 * words.len() && start.elapsed() < Duration::from_secs(3) {
                received.extend(counted.proxy.take_counts().0);
                thread::yield_now();
            }
            counted.proxy.release();
            assert_eq!(received, words.repeat(100), "cache {cache:?}: all of them before the first answer");
            assert_eq!(loaded.join().expect("no panic"), Ok(vec![Lookup::Missing; 100]));
        });
        let again = counted.cost(|store| assert_eq!(store.load_many(&keys, WITHIN), Ok(vec![Lookup::Missing; 100])));
        assert_eq!(again.0.is_empty(), cache == CacheMode::On, "known keys are not read again");
    }
}
