//! Keys are listed among many of others.

use super::server::{Connect, RedisServer, full_key};
use fuseboard::Store;
use fuseboard::time::Millis;
use std::collections::BTreeSet;

const WITHIN: Millis = Millis(5_000);

#[test]
fn every_key_of_the_namespace_is_listed_and_no_other() {
    let server = RedisServer::start();
    let mut other = server.connect();
    let mut fill = redis::pipe();
    for n in 0..20_000 {
        fill.cmd("SET").arg(format!("another:{n}")).arg("x");
    }
    for n in 0..500 {
        fill.cmd("SET").arg(full_key(&format!("h:{n}"))).arg("x");
        fill.cmd("SET").arg(full_key(&format!("n:{n}"))).arg("x");
    }
    fill.exec(&mut other).expect("the server accepts it");
    let store = server.store();
    for limit in [1, 7, 1_000] {
        let (mut listed, mut cursor, mut pages) = (BTreeSet::new(), None, 0);
        loop {
            let page = store.list_keys("h:", cursor.as_deref(), limit, WITHIN).expect("keys are listed");
            assert!(page.keys.len() <= limit as usize);
            listed.extend(page.keys);
            pages += 1;
            cursor = page.next;
            if cursor.is_none() || pages > 10_000 {
                break;
            }
        }
        assert_eq!(listed, (0..500).map(|n| format!("h:{n}")).collect(), "limit {limit}");
    }
}

#[test]
fn a_namespace_with_pattern_characters_lists_only_its_own_keys() {
    let server = RedisServer::start();
    let mut other = server.connect();
    for key in ["a*[b]?:h:1", "axb:h:2", "a*b?:h:3", "axx[b]x:h:4"] {
        redis::cmd("SET").arg(key).arg("x").exec(&mut other).expect("the server accepts it");
    }
    let settings = server.settings().namespace("a*[b]?:").expect("the namespace is accepted");
    let page = fuseboard_stores::RedisStore::new(settings).list_keys("", None, 100, WITHIN);
    assert_eq!(page.map(|page| page.keys), Ok(vec!["h:1".to_owned()]));
}
