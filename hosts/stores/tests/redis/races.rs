//! Compare-and-swap from several threads, stores and processes at once: no increment is lost.

use super::server::{Connect, RedisServer};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, Swap};
use fuseboard_stores::RedisStore;
use std::process::Command;
use std::thread;

const WITHIN: Millis = Millis(10_000);
const STORES: u32 = 2;
const THREADS: u32 = 3;
const INCREMENTS: u32 = 100;
/// Names a server that several processes share.
const SHARED: &str = "FUSEBOARD_TEST_REDIS_URL";

fn count(store: &RedisStore) -> u32 {
    match store.load("count", None, WITHIN) {
        Ok(Lookup::Found(entry)) => entry.value.split(' ').next().and_then(|count| count.parse().ok()).expect("a count"),
        Ok(Lookup::Missing) => 0,
        other => panic!("{other:?}"),
    }
}

/// Each text has its writer, so that none is written twice.
fn increment(store: &RedisStore, writer: &str) {
    let mut current = match store.load("count", None, WITHIN) {
        Ok(Lookup::Found(entry)) => Some(entry),
        Ok(Lookup::Missing) => None,
        other => panic!("{other:?}"),
    };
    loop {
        let before: u32 = current.as_ref().map_or(0, |entry| entry.value.split(' ').next().unwrap().parse().unwrap());
        let text = format!("{} {writer} {before}", before + 1);
        match store.compare_and_swap("count", current.as_ref().map(|entry| entry.revision), &text, None, WITHIN) {
            Ok(Swap::Stored(_)) => return,
            Ok(Swap::Conflict(now)) => current = now,
            Err(error) => panic!("{error}"),
        }
    }
}

fn increment_at_once(url: &str) {
    let stores: Vec<RedisStore> = (0..STORES).map(|_| RedisStore::open(url).expect("the URL is accepted")).collect();
    thread::scope(|scope| {
        for (number, store) in stores.iter().enumerate() {
            for thread in 0..THREADS {
                let writer = format!("{}-{number}-{thread}", std::process::id());
                scope.spawn(move || (0..INCREMENTS).for_each(|_| increment(store, &writer)));
            }
        }
    });
}

#[test]
fn no_increment_of_several_threads_is_lost() {
    if let Ok(url) = std::env::var(SHARED) {
        return increment_at_once(&url);
    }
    let server = RedisServer::start();
    increment_at_once(&server.url());
    assert_eq!(count(&server.store()), STORES * THREADS * INCREMENTS);
}

#[test]
fn no_increment_of_several_processes_is_lost() {
    const PROCESSES: u32 = 3;
    let server = RedisServer::start();
    let program = std::env::current_exe().expect("this test is a program");
    let start = |_| {
        let mut command = Command::new(&program);
        command.args(["--exact", "races::no_increment_of_several_threads_is_lost"]).env(SHARED, server.url());
        command.spawn().expect("it runs again")
    };
    let processes: Vec<_> = (0..PROCESSES).map(start).collect();
    for mut process in processes {
        assert!(process.wait().is_ok_and(|status| status.success()));
    }
    assert_eq!(count(&server.store()), PROCESSES * STORES * THREADS * INCREMENTS);
}
