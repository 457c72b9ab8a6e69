use super::*;
use std::time::Duration;

fn text(bytes: &str) -> Text {
    Text::new(bytes.as_bytes())
}

fn cache() -> ValueCache {
    ValueCache::new()
}

fn known(cache: &ValueCache, key: &str) -> Option<Stored> {
    cache.known(key, Instant::now())
}

/// A read that is answered at once.
fn read(cache: &ValueCache, key: &str, stored: &str) {
    cache.remember(key, Some(text(stored)), cache.known_changes(key), None);
}

#[test]
fn what_was_read_is_known_until_it_is_invalidated() {
    let cache = cache();
    assert_eq!(known(&cache, "k"), None);
    read(&cache, "k", "one");
    assert_eq!(known(&cache, "k"), Some(Some(text("one"))));
    cache.invalidate("k");
    assert_eq!(known(&cache, "k"), None);
}

#[test]
fn an_absent_key_is_known_too() {
    let cache = cache();
    cache.remember("k", None, cache.known_changes("k"), None);
    assert_eq!(known(&cache, "k"), Some(None));
}

#[test]
fn a_read_during_which_the_key_changed_is_not_known() {
    let cache = cache();
    let known_changes = cache.known_changes("k");
    cache.invalidate("k");
    cache.remember("k", Some(text("old")), known_changes, None);
    assert_eq!(known(&cache, "k"), None);
}

#[test]
fn a_flush_or_a_lost_connection_makes_everything_unknown() {
    let cache = cache();
    read(&cache, "k", "one");
    let known_changes = cache.known_changes("l");
    cache.invalidate_all();
    cache.remember("l", Some(text("old")), known_changes, None);
    assert_eq!((known(&cache, "k"), known(&cache, "l")), (None, None));
}

#[test]
fn the_text_of_an_unknown_record_can_still_be_compared() {
    let cache = cache();
    read(&cache, "k", "one");
    cache.invalidate_all();
    assert_eq!(cache.text("k", text("one").revision()), Some(text("one")));
    assert_eq!(cache.text("k", text("two").revision()), None);
}

#[test]
fn a_record_is_unknown_once_its_time_to_live_may_be_over() {
    let cache = cache();
    let now = Instant::now();
    let until = now + Duration::from_millis(5);
    cache.remember("k", Some(text("one")), cache.known_changes("k"), Some(until));
    assert_eq!(cache.known("k", now), Some(Some(text("one"))));
    assert_eq!(cache.known("k", until), None);
}

#[test]
fn an_own_write_is_known_if_the_server_tracks_the_key() {
    let cache = cache();
    cache.begin_write("k").end(Some(text("one")), Tracked::Yes, None);
    assert_eq!(known(&cache, "k"), Some(Some(text("one"))));
    cache.begin_write("k").end(Some(text("two")), Tracked::No, None);
    assert_eq!(known(&cache, "k"), None);
    assert_eq!(cache.text("k", text("two").revision()), Some(text("two")));
}

#[test]
fn during_an_own_write_nothing_is_known() {
    let cache = cache();
    read(&cache, "k", "one");
    let write = cache.begin_write("k");
    assert_eq!(known(&cache, "k"), None);
    read(&cache, "k", "one");
    assert_eq!(known(&cache, "k"), None);
    drop(write);
    assert_eq!(known(&cache, "k"), None);
}

#[test]
fn a_read_sent_before_or_during_an_own_write_is_not_known_after_it() {
    let cache = cache();
    let before = cache.known_changes("k");
    let write = cache.begin_write("k");
    let during = cache.known_changes("k");
    write.end(Some(text("new")), Tracked::Yes, None);
    cache.remember("k", Some(text("old")), before, None);
    assert_eq!(known(&cache, "k"), None);
    cache.remember("k", Some(text("old")), during, None);
    assert_eq!(known(&cache, "k"), None);
}

#[test]
fn an_own_write_during_which_the_key_changed_is_not_known() {
    let cache = cache();
    let write = cache.begin_write("k");
    cache.invalidate("k");
    write.end(Some(text("new")), Tracked::Yes, None);
    assert_eq!(known(&cache, "k"), None);
    let write = cache.begin_write("k");
    cache.invalidate_all();
    write.end(Some(text("new")), Tracked::Yes, None);
    assert_eq!(known(&cache, "k"), None);
}

#[test]
fn of_two_own_writes_at_once_none_is_known() {
    let cache = cache();
    let (first, second) = (cache.begin_write("k"), cache.begin_write("k"));
    first.end(Some(text("one")), Tracked::Yes, None);
    assert_eq!(known(&cache, "k"), None);
    second.end(Some(text("two")), Tracked::Yes, None);
    assert_eq!(known(&cache, "k"), None);
}

#[test]
fn records_are_bounded_in_number() {
    let cache = ValueCache::bounded(Bounds { keys: 160, bytes: 1 << 20 });
    for n in 0..2_000 {
        read(&cache, &format!("key-{n}"), "text");
    }
    let held = (0..2_000).filter(|n| known(&cache, &format!("key-{n}")).is_some()).count();
    assert!(held <= 160, "{held}");
}
