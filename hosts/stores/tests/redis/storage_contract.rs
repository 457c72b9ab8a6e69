//! The contract that every store must keep, both ways to replace a text, with and without the cache.

use super::proxy::{with_if_equal, without_if_equal};
use super::server::{Connect, RedisServer};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store};
use fuseboard_stores::{BlockingStore, CacheMode, RedisSettings, RedisStore, contract};
use std::cell::{Cell, RefCell};
use std::thread;
use std::time::Duration;

fn check(server: &RedisServer, settings: RedisSettings) {
    let (store, other, wipes) = (RedisStore::new(settings), RefCell::new(server.connect()), Cell::new(0));
    let controls = contract::Controls {
        // The time to live runs on the server's clock, so it must really pass.
        pass: &|by| thread::sleep(Duration::from_millis(by.0)),
        wipe: &|| {
            redis::cmd("FLUSHALL").exec(&mut other.borrow_mut()).expect("the server is flushed");
            wipes.set(wipes.get() + 1);
            // A read that must go to the server, because no key is read twice: once it is answered, the flush has been reported to the store.
            assert_eq!(store.load(&format!("contract:fence-{}", wipes.get()), None, Millis(5_000)), Ok(Lookup::Missing));
        },
    };
    assert_eq!(contract::check(&store, controls), Ok(()));
    (controls.wipe)();
    assert_eq!(contract::check(&BlockingStore::new(store.clone()), controls), Ok(()), "as an asynchronous store");
}

#[test]
fn it_keeps_the_storage_contract_without_a_proxy() {
    let server = RedisServer::start();
    check(&server, server.settings());
}

#[test]
fn it_keeps_the_storage_contract_by_script() {
    let server = RedisServer::start();
    let proxy = without_if_equal(&server);
    check(&server, RedisSettings::from_url(&proxy.url()).expect("the URL is accepted"));
}

#[test]
fn it_keeps_the_storage_contract_by_script_without_cache() {
    let server = RedisServer::start();
    let proxy = without_if_equal(&server);
    check(&server, RedisSettings::from_url(&proxy.url()).expect("the URL is accepted").with_cache(CacheMode::Off));
}

#[test]
fn it_keeps_the_storage_contract_by_if_equal() {
    let server = RedisServer::start();
    let proxy = with_if_equal(&server);
    check(&server, RedisSettings::from_url(&proxy.url()).expect("the URL is accepted"));
}

#[test]
fn it_keeps_the_storage_contract_by_if_equal_without_cache() {
    let server = RedisServer::start();
    let proxy = with_if_equal(&server);
    check(&server, RedisSettings::from_url(&proxy.url()).expect("the URL is accepted").with_cache(CacheMode::Off));
}
