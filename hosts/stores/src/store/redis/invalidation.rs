//! Applies the server's invalidation messages to the cache.

use super::cache::ValueCache;
use redis::Value;

/// A message names the keys that changed, or none after a flush. Anything else is taken as a flush.
pub fn apply(message: &[Value], namespace: &str, cache: &ValueCache) {
    let [Value::Array(keys)] = message else { return cache.invalidate_all() };
    for key in keys {
        let Value::BulkString(key) = key else { return cache.invalidate_all() };
        // Keys without our namespace, or that are not text, are none of ours.
        if let Some(key) = std::str::from_utf8(key).ok().and_then(|key| key.strip_prefix(namespace)) {
            cache.invalidate(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::Text;
    use super::*;
    use std::time::Instant;

    fn cache_of(keys: &[&str]) -> ValueCache {
        let cache = ValueCache::new();
        for key in keys {
            cache.remember(key, Some(Text::new(b"text")), cache.known_changes(key), None);
        }
        cache
    }

    fn known<'a>(cache: &ValueCache, keys: &[&'a str]) -> Vec<&'a str> {
        keys.iter().copied().filter(|key| cache.known(key, Instant::now()).is_some()).collect()
    }

    fn key(name: &str) -> Value {
        Value::BulkString(name.into())
    }

    #[test]
    fn every_key_of_a_message_is_invalidated() {
        let cache = cache_of(&["a", "b", "c"]);
        apply(&[Value::Array(vec![key("ns:a"), key("other:c"), key("ns:b")])], "ns:", &cache);
        assert_eq!(known(&cache, &["a", "b", "c"]), ["c"]);
    }

    #[test]
    fn a_flush_invalidates_all_keys() {
        let cache = cache_of(&["a", "b"]);
        apply(&[Value::Nil], "ns:", &cache);
        assert!(known(&cache, &["a", "b"]).is_empty());
    }

    #[test]
    fn a_message_of_unknown_form_invalidates_all_keys() {
        for message in [vec![], vec![Value::Int(1)], vec![Value::Array(vec![Value::Int(1)])]] {
            let cache = cache_of(&["a"]);
            apply(&message, "ns:", &cache);
            assert!(known(&cache, &["a"]).is_empty(), "{message:?}");
        }
    }
}
