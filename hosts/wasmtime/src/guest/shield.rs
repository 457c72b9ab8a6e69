//! The store as the guest sees it, and the guest as the store does: whatever a host's store does, the guest gets an answer of the
//! contract, since an import that raises would poison the instance; and whatever the guest asks, the store sees only what the
//! contract lets it expect.

use super::bindings::fuseboard::breaker::storage as wit;
use fuseboard::key::KEY_BYTES_MAX;
use fuseboard::time::Millis;
use fuseboard::{Entry, Lookup, Page, Revision, Store, StoreError, Swap};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

const VALUE_BYTES_MAX: usize = 64 << 10;
const CURSOR_BYTES_MAX: usize = 4 << 10;
const ERROR_BYTES_MAX: usize = 4 << 10;
const PAGE_KEYS_MAX: u32 = 1_000;

type Answer<T> = Result<T, wit::StorageError>;

pub(super) fn load(store: &dyn Store, key: &str, known: Option<u64>, within_ms: u32) -> Answer<wit::Lookup> {
    check_key(key)?;
    let within = Millis(u64::from(within_ms));
    let lookup = guarded(StoreError::Unavailable, || store.load(key, known.map(Revision), within))?;
    Ok(match lookup {
        Lookup::Missing => wit::Lookup::Missing,
        Lookup::Unchanged => wit::Lookup::Unchanged,
        Lookup::Found(found) => wit::Lookup::Found(entry(found)),
    })
}

pub(super) fn compare_and_swap(
    store: &dyn Store,
    key: &str,
    expected: Option<u64>,
    value: &str,
    ttl_ms: Option<u64>,
    within_ms: u32,
) -> Answer<wit::Swap> {
    check_key(key)?;
    if value.len() > VALUE_BYTES_MAX {
        return Err(refused(format!("a value of {} bytes, at most {VALUE_BYTES_MAX} are allowed", value.len())));
    }
    let within = Millis(u64::from(within_ms));
    // A store that panicked may have written before.
    let swap = guarded(StoreError::Unknown, || store.compare_and_swap(key, expected.map(Revision), value, ttl_ms.map(Millis), within))?;
    Ok(match swap {
        Swap::Stored(revision) => wit::Swap::Stored(wit::Stored { revision: revision.0 }),
        Swap::Conflict(current) => wit::Swap::Conflict(wit::Conflict { current: current.map(entry) }),
    })
}

pub(super) fn list_keys(store: &dyn Store, prefix: &str, cursor: Option<&str>, limit: u32, within_ms: u32) -> Answer<wit::Page> {
    check_letters(prefix)?;
    if cursor.is_some_and(|cursor| cursor.len() > CURSOR_BYTES_MAX) {
        return Err(refused(format!("a cursor longer than {CURSOR_BYTES_MAX} bytes")));
    }
    let limit = limit.clamp(1, PAGE_KEYS_MAX);
    let Page { mut keys, next } =
        guarded(StoreError::Unavailable, || store.list_keys(prefix, cursor, limit, Millis(u64::from(within_ms))))?;
    if keys.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
        return Err(refused(format!("the store listed {} keys where at most {limit} were asked for", keys.len())));
    }
    // Nobody's key crosses just too long, to be called that: the others are to be listed all the same.
    for key in &mut keys {
        key.truncate(key.floor_char_boundary(KEY_BYTES_MAX + 4));
    }
    if next.as_ref().is_some_and(|next| next.len() > CURSOR_BYTES_MAX) {
        return Err(refused(format!("the store's cursor is longer than {CURSOR_BYTES_MAX} bytes")));
    }
    Ok(wit::Page { keys, next })
}

/// A store may make a path, a column or a pattern of a key: only the contract's letters reach it, and never none.
fn check_key(key: &str) -> Answer<()> {
    if key.is_empty() { Err(refused("an empty key".to_owned())) } else { check_letters(key) }
}

fn check_letters(key: &str) -> Answer<()> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'%' | b':');
    if key.len() > KEY_BYTES_MAX || !key.bytes().all(is_plain) {
        return Err(refused(format!("a key of other letters than the contract's, or of more than {KEY_BYTES_MAX} bytes")));
    }
    Ok(())
}

/// Runs the host's store, whose panic becomes an error.
fn guarded<T>(panicked: fn(String) -> StoreError, work: impl FnOnce() -> Result<T, StoreError>) -> Answer<T> {
    let answer = catch_unwind(AssertUnwindSafe(work));
    let answer = answer.unwrap_or_else(|payload| Err(panicked(format!("the store panicked: {}", message(&*payload)))));
    answer.map_err(|error| match error {
        StoreError::Unavailable(why) => wit::StorageError::Unavailable(cut(why)),
        StoreError::Unknown(why) => wit::StorageError::Unknown(cut(why)),
        StoreError::Refused(why) => wit::StorageError::Refused(cut(why)),
    })
}

/// A value that is too long crosses just too long: the engine is to call it damaged, and to replace it.
fn entry(Entry { revision, mut value }: Entry) -> wit::Entry {
    value.truncate(value.floor_char_boundary(VALUE_BYTES_MAX + 4));
    wit::Entry { revision: revision.0, value }
}

fn refused(why: String) -> wit::StorageError {
    wit::StorageError::Refused(why)
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(ERROR_BYTES_MAX));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host's store at its worst.
    struct Bad;

    impl Store for Bad {
        fn load(&self, key: &str, _: Option<Revision>, _: Millis) -> Result<Lookup, StoreError> {
            match key {
                "long" => Ok(Lookup::Found(Entry { revision: Revision(1), value: "x".repeat(VALUE_BYTES_MAX + 1) })),
                "long-error" => Err(StoreError::Unavailable("ü".repeat(100_000))),
                _ => panic!("no such key"),
            }
        }

        fn compare_and_swap(&self, _: &str, _: Option<Revision>, _: &str, _: Option<Millis>, _: Millis) -> Result<Swap, StoreError> {
            panic!("after writing")
        }

        fn list_keys(&self, prefix: &str, _: Option<&str>, limit: u32, _: Millis) -> Result<Page, StoreError> {
            match prefix {
                "many" => Ok(Page { keys: vec![String::new(); limit as usize + 1], next: None }),
                _ => Ok(Page { keys: vec!["k".repeat(KEY_BYTES_MAX + 1_000)], next: None }),
            }
        }
    }

    #[test]
    fn a_panic_while_reading_is_an_outage_and_while_writing_unknown() {
        let loaded = load(&Bad, "other", None, 10);
        assert!(matches!(loaded, Err(wit::StorageError::Unavailable(why)) if why == "the store panicked: no such key"));
        let swapped = compare_and_swap(&Bad, "other", None, "v", None, 10);
        assert!(matches!(swapped, Err(wit::StorageError::Unknown(why)) if why == "the store panicked: after writing"));
    }

    #[test]
    fn answers_beyond_the_contract_are_cut_or_refused() {
        let Ok(wit::Lookup::Found(long)) = load(&Bad, "long", None, 10) else { panic!("it crosses, to be called damaged") };
        assert!((VALUE_BYTES_MAX + 1..=VALUE_BYTES_MAX + 4).contains(&long.value.len()));
        assert!(matches!(list_keys(&Bad, "many", None, 5, 10), Err(wit::StorageError::Refused(_))));
        let Ok(wide) = list_keys(&Bad, "wide", None, 5, 10) else { panic!("it crosses, to be called nobody's") };
        assert_eq!(wide.keys.iter().map(String::len).collect::<Vec<_>>(), [KEY_BYTES_MAX + 4]);
        let Err(wit::StorageError::Unavailable(why)) = load(&Bad, "long-error", None, 10) else { panic!("an outage") };
        assert_eq!(why.len(), ERROR_BYTES_MAX);
    }

    #[test]
    fn questions_beyond_the_contract_do_not_reach_the_store() {
        let (long, longest) = ("k".repeat(KEY_BYTES_MAX + 1), "v".repeat(VALUE_BYTES_MAX + 1));
        for key in ["", "../passwd", "n:a\0b", "n:a b", "n:é", "*", &long] {
            assert!(matches!(load(&Bad, key, None, 10), Err(wit::StorageError::Refused(_))), "{key}");
            assert!(matches!(compare_and_swap(&Bad, key, None, "v", None, 10), Err(wit::StorageError::Refused(_))), "{key}");
        }
        assert!(matches!(compare_and_swap(&Bad, "n:a", None, &longest, None, 10), Err(wit::StorageError::Refused(_))));
        assert!(matches!(list_keys(&Bad, "h/", None, 5, 10), Err(wit::StorageError::Refused(_))));
        assert!(matches!(list_keys(&Bad, "h:", Some(&longest), 5, 10), Err(wit::StorageError::Refused(_))));
    }
}
