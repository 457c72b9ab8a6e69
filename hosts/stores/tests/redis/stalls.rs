//! A connection that stands still: cached records are known for no longer than allowed, and operations end in time.

use super::proxy::Proxy;
use super::server::{Connect, RedisServer, full_key};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, StoreError};
use fuseboard_stores::RedisStore;
use std::time::{Duration, Instant};

/// Twice the bound that a lease of 0 has, so that each stall outlasts it.
const STALL: Duration = Duration::from_millis(200);
const BOUND: Duration = Duration::from_millis(100);

/// While invalidations are held back, another client replaces a record. Reads may return the old one for the bound, then never.
#[test]
fn no_read_returns_a_record_replaced_longer_ago_than_the_bound() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server);
    let store = RedisStore::open(&proxy.url()).expect("the URL is accepted");
    let mut other = server.connect();
    let (mut reads, mut cached, mut round) = (0_u32, 0_u32, 0_u32);
    while reads < 10_000 || round < 12 {
        let (old, new) = (format!("old {round}"), format!("new {round}"));
        redis::cmd("SET").arg(full_key("k")).arg(&old).exec(&mut other).expect("the server accepts it");
        assert_eq!(read_until_known(&store, &old), old);
        proxy.hold();
        redis::cmd("SET").arg(full_key("k")).arg(&new).exec(&mut other).expect("the server accepts it");
        let replaced = Instant::now();
        while replaced.elapsed() < STALL {
            let begun = Instant::now();
            match store.load("k", None, Millis(5)) {
                Ok(Lookup::Found(entry)) if entry.value == old => {
                    assert!(begun.duration_since(replaced) < BOUND, "{:?} after it was replaced", begun.duration_since(replaced));
                    cached += 1;
                }
                Ok(Lookup::Found(entry)) => assert_eq!(entry.value, new),
                Err(StoreError::Unavailable(_)) => {}
                other => panic!("{other:?}"),
            }
            reads += 1;
        }
        proxy.release();
        assert_eq!(read_until_known(&store, &new), new);
        round += 1;
    }
    assert!(cached > 0, "the cache answered during no stall");
}

/// Reads until the store has noticed the change that another client made.
fn read_until_known(store: &RedisStore, wanted: &str) -> String {
    let start = Instant::now();
    loop {
        let read = match store.load("k", None, Millis(5_000)) {
            Ok(Lookup::Found(entry)) => entry.value,
            other => format!("{other:?}"),
        };
        if read == wanted || start.elapsed() > Duration::from_secs(10) {
            return read;
        }
    }
}

#[test]
fn operations_on_a_paused_server_end_within_their_time() {
    let server = RedisServer::start();
    let store = server.store();
    assert_eq!(store.load("k", None, Millis(5_000)), Ok(Lookup::Missing));
    server.pause();
    let start = Instant::now();
    let read = store.load("other", None, Millis(30));
    let swap = store.compare_and_swap("k", None, "text", None, Millis(30));
    let list = store.list_keys("", None, 10, Millis(30));
    assert!(start.elapsed() >= Duration::from_millis(90) && start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    assert!(matches!(swap, Err(StoreError::Unknown(_))), "{swap:?}");
    assert!(matches!(list, Err(StoreError::Unavailable(_))), "{list:?}");
    server.resume();
    // The swap was sent before it, on the same connection.
    let read = store.load("k", None, Millis(5_000));
    assert!(matches!(&read, Ok(Lookup::Found(entry)) if entry.value == "text"), "{read:?}");
}

#[test]
fn a_silent_connection_is_replaced() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server);
    let store = RedisStore::open(&proxy.url()).expect("the URL is accepted");
    assert_eq!(store.load("k", None, Millis(5_000)), Ok(Lookup::Missing));
    let connections = || {
        let list: String = redis::cmd("CLIENT").arg("LIST").query(&mut server.connect()).expect("clients are listed");
        list.lines().filter(|line| line.contains("lib-name=fuseboard") || line.contains("resp=3") || line.contains("flags=t")).count()
    };
    assert_eq!(connections(), 1);
    proxy.hold();
    let start = Instant::now();
    let mut errors = 0;
    while start.elapsed() < Duration::from_millis(1_300) {
        errors += u32::from(store.load("other", None, Millis(50)).is_err());
    }
    assert!(errors > 0);
    proxy.release();
    let read = store.load("k", None, Millis(5_000));
    assert_eq!(read, Ok(Lookup::Missing));
    let counts = proxy.take_counts().0;
    assert!(counts.iter().filter(|name| *name == "CLIENT").count() > 2, "it has connected again: {counts:?}");
}
