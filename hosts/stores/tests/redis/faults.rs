//! What operations return when the server cannot be reached, refuses, or loses an answer.

use super::proxy::{Proxy, with_if_equal, without_if_equal};
use super::server::{Connect, RedisServer, free_port, full_key, url};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, StoreError, Swap};
use fuseboard_stores::RedisStore;
use std::time::{Duration, Instant};

const WITHIN: Millis = Millis(5_000);

fn open(url: &str) -> RedisStore {
    RedisStore::open(url).expect("the URL is accepted")
}

#[test]
fn a_refused_connection_is_unavailable_at_once_and_tried_again_later() {
    let port = free_port();
    let store = open(&url(port));
    let start = Instant::now();
    for _ in 0..100 {
        assert!(matches!(store.load("k", None, WITHIN), Err(StoreError::Unavailable(_))));
        assert!(matches!(store.compare_and_swap("k", None, "text", None, WITHIN), Err(StoreError::Unavailable(_))));
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let _server = RedisServer::start_on(port, &[]).expect("the port is still free");
    let start = Instant::now();
    while store.load("k", None, WITHIN) != Ok(Lookup::Missing) {
        assert!(start.elapsed() < Duration::from_secs(10), "it does not connect again");
    }
}

#[test]
fn a_swap_whose_answer_is_lost_is_unknown() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server);
    let store = open(&proxy.url());
    assert_eq!(store.load("k", None, WITHIN), Ok(Lookup::Missing));
    proxy.cut_after("SET");
    let swap = store.compare_and_swap("k", None, "text", None, WITHIN);
    assert!(matches!(swap, Err(StoreError::Unknown(_))), "{swap:?}");
    // The server did carry it out.
    let read = store.load("k", None, WITHIN);
    assert!(matches!(&read, Ok(Lookup::Found(entry)) if entry.value == "text"), "{read:?}");
}

#[test]
fn a_replacement_whose_answer_is_lost_is_unknown() {
    let server = RedisServer::start();
    lose_a_replacement(&without_if_equal(&server), "EVALSHA");
    redis::cmd("FLUSHALL").exec(&mut server.connect()).expect("the server is flushed");
    lose_a_replacement(&with_if_equal(&server), "SET");
}

fn lose_a_replacement(proxy: &Proxy, command: &str) {
    let store = open(&proxy.url());
    let Ok(Swap::Stored(first)) = store.compare_and_swap("k", None, "one", None, WITHIN) else { panic!("it is stored") };
    proxy.cut_after(command);
    let swap = store.compare_and_swap("k", Some(first), "two", None, WITHIN);
    assert!(matches!(swap, Err(StoreError::Unknown(_))), "{swap:?}");
}

#[test]
fn a_read_whose_connection_is_lost_is_sent_again() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server);
    let store = open(&proxy.url());
    assert_eq!(store.load("k", None, WITHIN), Ok(Lookup::Missing));
    proxy.cut_after("GET");
    assert_eq!(store.load("other", None, WITHIN), Ok(Lookup::Missing));
}

#[test]
fn a_restarted_server_is_used_again_with_its_invalidations() {
    let server = RedisServer::start();
    let (store, port) = (server.store(), server.port);
    assert!(matches!(store.compare_and_swap("k", None, "old", None, WITHIN), Ok(Swap::Stored(_))));
    drop(server);
    let server = RedisServer::start_on(port, &[]).expect("the port is still free");
    let start = Instant::now();
    while store.load("k", None, WITHIN) != Ok(Lookup::Missing) {
        assert!(start.elapsed() < Duration::from_secs(10), "it does not connect again");
    }
    redis::cmd("SET").arg(full_key("k")).arg("new").exec(&mut server.connect()).expect("the server accepts it");
    assert_eq!(store.load("fence", None, WITHIN), Ok(Lookup::Missing));
    let read = store.load("k", None, WITHIN);
    assert!(matches!(&read, Ok(Lookup::Found(entry)) if entry.value == "new"), "{read:?}");
}

#[test]
fn a_full_server_is_unavailable_and_nothing_is_written() {
    let server = RedisServer::start();
    let store = server.store();
    let Ok(Swap::Stored(first)) = store.compare_and_swap("k", None, "one", None, WITHIN) else { panic!("it is stored") };
    redis::cmd("CONFIG").arg(&["SET", "maxmemory", "1"]).exec(&mut server.connect()).expect("it is set");
    let create = store.compare_and_swap("other", None, "text", None, WITHIN);
    assert!(matches!(&create, Err(StoreError::Unavailable(why)) if why.contains("OOM")), "{create:?}");
    let replace = store.compare_and_swap("k", Some(first), "two", None, WITHIN);
    assert!(matches!(&replace, Err(StoreError::Unavailable(why)) if why.contains("OOM")), "{replace:?}");
    assert_eq!(store.load("k", Some(first), WITHIN), Ok(Lookup::Unchanged));
}

#[test]
fn a_replica_is_unavailable_until_it_is_promoted() {
    let (primary, server) = (RedisServer::start(), RedisServer::start());
    let mut other = server.connect();
    redis::cmd("REPLICAOF").arg("127.0.0.1").arg(primary.port).exec(&mut other).expect("it becomes a replica");
    let store = server.store();
    let swap = store.compare_and_swap("k", None, "text", None, WITHIN);
    assert!(matches!(&swap, Err(StoreError::Unavailable(why)) if why.contains("READONLY")), "{swap:?}");
    redis::cmd("REPLICAOF").arg("NO").arg("ONE").exec(&mut other).expect("it is promoted");
    let start = Instant::now();
    while !matches!(store.compare_and_swap("k", None, "text", None, WITHIN), Ok(Swap::Stored(_))) {
        assert!(start.elapsed() < Duration::from_secs(10), "it stays unavailable");
    }
}

#[test]
fn a_user_without_rights_is_refused() {
    let server = RedisServer::start();
    let rules = ["SETUSER", "reader", "on", ">s3cret", "~*", "+@read", "+@connection"];
    redis::cmd("ACL").arg(&rules).exec(&mut server.connect()).expect("the user is made");
    let store = open(&format!("redis://reader:s3cret@127.0.0.1:{}", server.port));
    assert_eq!(store.load("k", None, WITHIN), Ok(Lookup::Missing));
    let swap = store.compare_and_swap("k", None, "text", None, WITHIN);
    assert!(matches!(&swap, Err(StoreError::Refused(why)) if why.contains("NOPERM")), "{swap:?}");
}

/// The user that docs/stores.md gives.
#[test]
fn the_documented_user_may_do_all_that_is_needed() {
    let server = RedisServer::start();
    let rules = "SETUSER breakers on >s3cret ~fuseboard:* +@connection +get +set +pttl +exists +evalsha +eval +scan";
    redis::cmd("ACL").arg(rules.split(' ').collect::<Vec<_>>()).exec(&mut server.connect()).expect("the user is made");
    let store = open(&format!("redis://breakers:s3cret@127.0.0.1:{}", server.port));
    let Ok(Swap::Stored(first)) = store.compare_and_swap("k", None, "one", None, WITHIN) else { panic!("it is stored") };
    assert!(matches!(store.compare_and_swap("k", Some(first), "two", Some(WITHIN), WITHIN), Ok(Swap::Stored(_))));
    assert!(matches!(store.load("k", None, WITHIN), Ok(Lookup::Found(_))));
    assert_eq!(store.list_keys("", None, 10, WITHIN).map(|page| page.keys), Ok(vec!["k".to_owned()]));
}

#[test]
fn a_user_who_may_not_track_is_served_without_cache() {
    let server = RedisServer::start();
    let rules = ["SETUSER", "plain", "on", ">s3cret", "~*", "+@all", "-client|tracking"];
    redis::cmd("ACL").arg(&rules).exec(&mut server.connect()).expect("the user is made");
    let store = open(&format!("redis://plain:s3cret@127.0.0.1:{}", server.port));
    assert_eq!(store.load("k", None, WITHIN), Ok(Lookup::Missing));
    redis::cmd("SET").arg(full_key("k")).arg("text").exec(&mut server.connect()).expect("the server accepts it");
    assert!(matches!(store.load("k", None, WITHIN), Ok(Lookup::Found(_))));
}

#[test]
fn a_wrong_password_is_unavailable_and_in_no_text() {
    let server = RedisServer::start_with(&["--requirepass", "right"]);
    for user in ["", "default"] {
        let store = open(&format!("redis://{user}:s3cret@127.0.0.1:{}", server.port));
        let error = store.load("k", None, WITHIN).expect_err("the password is wrong");
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        assert!(!format!("{error} {error:?} {store:?}").contains("s3cret"), "{error}");
    }
    let store = open(&format!("redis://:right@127.0.0.1:{}", server.port));
    assert_eq!(store.load("k", None, WITHIN), Ok(Lookup::Missing));
}

#[test]
fn a_key_that_holds_no_text_is_refused() {
    let server = RedisServer::start();
    redis::cmd("LPUSH").arg(full_key("k")).arg("x").exec(&mut server.connect()).expect("the server accepts it");
    let store = server.store();
    assert!(matches!(store.load("k", None, WITHIN), Err(StoreError::Refused(_))));
    let swap = store.compare_and_swap("k", None, "text", None, WITHIN);
    assert!(matches!(swap, Err(StoreError::Refused(_))), "{swap:?}");
}

#[test]
fn a_text_that_is_not_utf8_can_be_replaced() {
    let server = RedisServer::start();
    redis::cmd("SET").arg(full_key("k")).arg(b"\xff\xfe").exec(&mut server.connect()).expect("the server accepts it");
    let store = server.store();
    let Ok(Lookup::Found(entry)) = store.load("k", None, WITHIN) else { panic!("it is found") };
    let swap = store.compare_and_swap("k", Some(entry.revision), "text", None, WITHIN);
    assert!(matches!(swap, Ok(Swap::Stored(_))), "{swap:?}");
}

#[test]
fn a_revision_that_another_store_returned_can_be_expected() {
    let server = RedisServer::start();
    let Ok(Swap::Stored(first)) = server.store().compare_and_swap("k", None, "one", None, WITHIN) else { panic!("it is stored") };
    let store = server.store();
    assert!(matches!(store.compare_and_swap("k", Some(first), "two", None, WITHIN), Ok(Swap::Stored(_))));
    let late = server.store().compare_and_swap("k", Some(first), "three", None, WITHIN);
    assert!(matches!(&late, Ok(Swap::Conflict(Some(entry))) if entry.value == "two"), "{late:?}");
}

#[test]
fn a_foreign_cursor_is_refused() {
    let store = RedisServer::start().store();
    assert!(matches!(store.list_keys("", Some("h:a"), 10, WITHIN), Err(StoreError::Refused(_))));
}
