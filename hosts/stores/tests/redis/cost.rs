//! Commands and round trips of each operation, counted between the store and its server.

use super::proxy::{Proxy, with_if_equal, without_if_equal};
use super::server::{Connect, RedisServer, full_key};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, Swap};
use fuseboard_stores::{CacheMode, RedisSettings, RedisStore};

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
