//! What the cache returns is never older than it may be: 10,000 times each way in which other caches go stale.
//!
//! A fence makes the tests strict without waiting: a read that must go to the server. Once it is answered, every change before it has
//! been reported to the store, and a cached read may not return anything older.

use super::proxy::{with_if_equal, without_if_equal};
use super::server::{Connect, RedisServer, full_key, url};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Revision, Store, Swap};
use fuseboard_stores::RedisStore;
use redis::Connection;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

const TIMES: u32 = 10_000;
const WITHIN: Millis = Millis(5_000);

fn load(store: &RedisStore, key: &str) -> Option<String> {
    match store.load(key, None, WITHIN) {
        Ok(Lookup::Found(entry)) => Some(entry.value),
        Ok(Lookup::Missing) => None,
        other => panic!("{key}: {other:?}"),
    }
}

/// Reads a key that was never read before.
fn fence(store: &RedisStore, number: u32) {
    assert_eq!(load(store, &format!("fence:{number}")), None);
}

fn swap(store: &RedisStore, key: &str, expected: Option<Revision>, value: &str, ttl: Option<Millis>) -> Revision {
    match store.compare_and_swap(key, expected, value, ttl, WITHIN) {
        Ok(Swap::Stored(revision)) => revision,
        other => panic!("{key}: {other:?}"),
    }
}

fn set(other: &mut Connection, key: &str, value: &str) {
    redis::cmd("SET").arg(full_key(key)).arg(value).exec(other).expect("the server accepts it");
}

fn own_swaps_are_read(store: &RedisStore) {
    let mut revision = swap(store, "k", None, "0", None);
    for n in 1..=TIMES {
        revision = swap(store, "k", Some(revision), &n.to_string(), None);
        assert_eq!(load(store, "k"), Some(n.to_string()));
    }
}

#[test]
fn a_read_after_an_own_swap_by_script_returns_it() {
    let server = RedisServer::start();
    let proxy = without_if_equal(&server);
    own_swaps_are_read(&RedisStore::open(&proxy.url()).expect("the URL is accepted"));
}

#[test]
fn a_read_after_an_own_swap_by_if_equal_returns_it() {
    let server = RedisServer::start();
    let proxy = with_if_equal(&server);
    own_swaps_are_read(&RedisStore::open(&proxy.url()).expect("the URL is accepted"));
}

/// With `NOLOOP` the server stops tracking a key at an own write, so the store must make it track the key again.
fn changes_after_own_swaps_are_noticed(server: &RedisServer, port: u16) {
    let store = RedisStore::open(&url(port)).expect("the URL is accepted");
    let mut other = server.connect();
    let mut revision = swap(&store, "k", None, "0", None);
    for n in 1..=TIMES {
        swap(&store, "k", Some(revision), &format!("ours {n}"), None);
        let theirs = format!("theirs {n}");
        set(&mut other, "k", &theirs);
        fence(&store, n);
        let Ok(Lookup::Found(entry)) = store.load("k", None, WITHIN) else { panic!("it is found") };
        assert_eq!(entry.value, theirs);
        revision = entry.revision;
    }
}

#[test]
fn a_change_after_an_own_swap_by_script_is_noticed() {
    let server = RedisServer::start();
    let proxy = without_if_equal(&server);
    changes_after_own_swaps_are_noticed(&server, proxy.port);
}

#[test]
fn a_change_after_an_own_swap_by_if_equal_is_noticed() {
    let server = RedisServer::start();
    let proxy = with_if_equal(&server);
    changes_after_own_swaps_are_noticed(&server, proxy.port);
}

#[test]
fn a_read_in_flight_during_anothers_write_does_not_stay() {
    let server = RedisServer::start();
    let (store, mut other) = (server.store(), server.connect());
    // A side that fails closes its channel, so the other one ends too.
    let ((begin, begun), (end, ended)) = (channel::<String>(), channel());
    thread::scope(|scope| {
        let reader = &store;
        scope.spawn(move || {
            for key in begun {
                let read = load(reader, &key);
                end.send(read).expect("the writer goes on");
            }
        });
        for n in 0..TIMES {
            let key = format!("k:{n}");
            begin.send(key.clone()).expect("the reader goes on");
            set(&mut other, &key, "new");
            let read = ended.recv().expect("the reader goes on");
            assert!(read.is_none_or(|read| read == "new"));
            fence(&store, n);
            assert_eq!(load(&store, &key).as_deref(), Some("new"), "{key}");
        }
        drop(begin);
    });
}

#[test]
fn a_write_after_a_flush_is_read() {
    let server = RedisServer::start();
    let (store, mut other) = (server.store(), server.connect());
    for n in 0..TIMES {
        let text = n.to_string();
        redis::cmd("FLUSHALL").exec(&mut other).expect("the server is flushed");
        set(&mut other, "k", &text);
        fence(&store, n);
        assert_eq!(load(&store, "k"), Some(text));
    }
}

#[test]
fn a_write_after_a_killed_connection_is_read() {
    let server = RedisServer::start();
    let (store, mut other) = (server.store(), server.connect());
    for n in 0..TIMES {
        let text = n.to_string();
        redis::cmd("CLIENT").arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"]).exec(&mut other).expect("the server kills");
        set(&mut other, "k", &text);
        fence(&store, n);
        assert_eq!(load(&store, "k"), Some(text));
    }
}

#[test]
fn an_expired_key_is_missing_though_it_was_cached() {
    const TTL: Millis = Millis(400);
    // The server counts whole milliseconds.
    const ROUNDING: Duration = Duration::from_millis(2);
    const BATCH: u32 = 1_000;
    let server = RedisServer::start_with(&["--enable-debug-command", "yes"]);
    let (store, mut other) = (server.store(), server.connect());
    // The server removes expired keys on its own only now and then; without that it reports them only when they are read.
    redis::cmd("DEBUG").arg(&["SET-ACTIVE-EXPIRE", "0"]).exec(&mut other).expect("it is switched off");
    for batch in 0..TIMES / BATCH {
        let keys: Vec<String> = (0..BATCH).map(|n| format!("k:{batch}:{n}")).collect();
        for (n, key) in keys.iter().enumerate() {
            if n % 2 == 0 {
                swap(&store, key, None, "text", Some(TTL));
            } else {
                redis::cmd("SET").arg(full_key(key)).arg("text").arg("PX").arg(TTL.0).exec(&mut other).expect("the server accepts it");
            }
            assert_eq!(load(&store, key).as_deref(), Some("text"), "{key}");
        }
        thread::sleep(Duration::from_millis(TTL.0) + ROUNDING);
        for key in &keys {
            assert_eq!(load(&store, key), None, "{key}");
        }
    }
}
