use super::limits::{LOAD_KEYS_MAX, PAGE_KEYS_MAX, VALUE_BYTES_MAX};
use fuseboard::key::KEY_BYTES_MAX;
use fuseboard::time::Millis;
use fuseboard::{Entry, Lookup, Page, Revision, Store, StoreError, Swap};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

const CURSOR_BYTES_MAX: usize = 4 << 10;
const ERROR_BYTES_MAX: usize = 4 << 10;

/// A host's store as an engine uses it. It protects each from the other.
///
/// The engine always receives an answer within the storage contract: a panic becomes an error, and an oversized answer is cut or
/// refused. The store only receives keys and values that the contract allows: others are refused without a call to the store.
///
/// ```
/// use fuseboard::{Store, StoreError, time::Millis};
/// use fuseboard_stores::{MemoryStore, StoreGuard};
///
/// let store = StoreGuard::new(MemoryStore::new());
/// assert!(matches!(store.load("../passwd", None, Millis(100)), Err(StoreError::Refused(_))));
/// ```
#[derive(Clone, Debug)]
pub struct StoreGuard<S> {
    pub(super) store: S,
}

impl<S> StoreGuard<S> {
    pub fn new(store: S) -> StoreGuard<S> {
        StoreGuard { store }
    }
}

impl<S: Store> Store for StoreGuard<S> {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        check_key(key)?;
        guarded(StoreError::Unavailable, || self.store.load(key, known, within)).map(cut_lookup)
    }

    fn load_many(&self, keys: &[String], within: Millis) -> Result<Vec<Lookup>, StoreError> {
        let keys = checked_keys(keys)?;
        cut_lookups(guarded(StoreError::Unavailable, || self.store.load_many(keys, within))?, keys)
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        check_swap(key, value)?;
        // A store that panicked may have written before.
        guarded(StoreError::Unknown, || self.store.compare_and_swap(key, expected, value, ttl, within)).map(cut_swap)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        check_list(prefix, cursor)?;
        let limit = page_limit(limit);
        cut_page(guarded(StoreError::Unavailable, || self.store.list_keys(prefix, cursor, limit, within))?, limit)
    }
}

/// A store may use a key as a path, a column or a pattern. So a key is never empty and has only the contract's characters.
pub(super) fn check_key(key: &str) -> Result<(), StoreError> {
    if key.is_empty() { Err(StoreError::Refused("the key is empty".to_owned())) } else { check_characters(key) }
}

fn check_characters(key: &str) -> Result<(), StoreError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'%' | b':');
    if key.len() > KEY_BYTES_MAX || !key.bytes().all(is_allowed) {
        return Err(StoreError::Refused(format!(
            "the key has more than {KEY_BYTES_MAX} bytes, or characters other than A-Z a-z 0-9 - . _ ~ % :"
        )));
    }
    Ok(())
}

/// The first of the keys: as many as a store is asked for at once.
pub(super) fn checked_keys(keys: &[String]) -> Result<&[String], StoreError> {
    let keys = keys.get(..LOAD_KEYS_MAX).unwrap_or(keys);
    keys.iter().try_for_each(|key| check_key(key))?;
    Ok(keys)
}

pub(super) fn check_swap(key: &str, value: &str) -> Result<(), StoreError> {
    check_key(key)?;
    if value.len() > VALUE_BYTES_MAX {
        return Err(StoreError::Refused(format!("the value has {} bytes, at most {VALUE_BYTES_MAX} are allowed", value.len())));
    }
    Ok(())
}

pub(super) fn check_list(prefix: &str, cursor: Option<&str>) -> Result<(), StoreError> {
    check_characters(prefix)?;
    if cursor.is_some_and(|cursor| cursor.len() > CURSOR_BYTES_MAX) {
        return Err(StoreError::Refused(format!("the cursor is longer than {CURSOR_BYTES_MAX} bytes")));
    }
    Ok(())
}

/// How many keys the store is asked for.
pub(super) fn page_limit(limit: u32) -> u32 {
    limit.clamp(1, PAGE_KEYS_MAX)
}

/// Runs the host's store. A panic becomes an error, and errors have bounded texts.
pub(super) fn guarded<T>(panicked: fn(String) -> StoreError, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let answer = catch_unwind(AssertUnwindSafe(work));
    let answer = answer.unwrap_or_else(|payload| Err(panicked(format!("the store panicked: {}", message(&*payload)))));
    answer.map_err(|error| match error {
        StoreError::Unavailable(why) => StoreError::Unavailable(cut(why)),
        StoreError::Unknown(why) => StoreError::Unknown(cut(why)),
        StoreError::Refused(why) => StoreError::Refused(cut(why)),
    })
}

pub(super) fn cut_lookup(lookup: Lookup) -> Lookup {
    match lookup {
        Lookup::Found(entry) => Lookup::Found(cut_entry(entry)),
        Lookup::Missing | Lookup::Unchanged => lookup,
    }
}

pub(super) fn cut_lookups(lookups: Vec<Lookup>, keys: &[String]) -> Result<Vec<Lookup>, StoreError> {
    if lookups.len() > keys.len() {
        return Err(StoreError::Refused(format!("the store answered for {} keys, {} were requested", lookups.len(), keys.len())));
    }
    Ok(lookups.into_iter().map(cut_lookup).collect())
}

pub(super) fn cut_swap(swap: Swap) -> Swap {
    match swap {
        Swap::Conflict(Some(entry)) => Swap::Conflict(Some(cut_entry(entry))),
        Swap::Conflict(None) | Swap::Stored(_) => swap,
    }
}

pub(super) fn cut_page(page: Page, limit: u32) -> Result<Page, StoreError> {
    let Page { mut keys, next } = page;
    if keys.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
        return Err(StoreError::Refused(format!("the store listed {} keys, at most {limit} were requested", keys.len())));
    }
    // A foreign key that is too long stays too long, so that the engine reports it as unreadable and lists the others.
    for key in &mut keys {
        key.truncate(key.floor_char_boundary(KEY_BYTES_MAX + 4));
    }
    if next.as_ref().is_some_and(|next| next.len() > CURSOR_BYTES_MAX) {
        return Err(StoreError::Refused(format!("the store's cursor is longer than {CURSOR_BYTES_MAX} bytes")));
    }
    Ok(Page { keys, next })
}

/// A value that is too long stays too long, so that the engine treats the record as damaged and replaces it.
fn cut_entry(Entry { revision, mut value }: Entry) -> Entry {
    value.truncate(value.floor_char_boundary(VALUE_BYTES_MAX + 4));
    Entry { revision, value }
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

    const WITHIN: Millis = Millis(10);

    /// A store that panics and returns oversized answers.
    struct Bad;

    impl Store for Bad {
        fn load(&self, key: &str, _: Option<Revision>, _: Millis) -> Result<Lookup, StoreError> {
            match key {
                "long" => Ok(Lookup::Found(Entry { revision: Revision(1), value: "x".repeat(VALUE_BYTES_MAX + 1) })),
                "long-error" => Err(StoreError::Unavailable("ü".repeat(100_000))),
                _ => panic!("no such key"),
            }
        }

        fn load_many(&self, keys: &[String], within: Millis) -> Result<Vec<Lookup>, StoreError> {
            let too_many = usize::from(keys.iter().any(|key| key == "many"));
            Ok(vec![self.load("long", None, within)?; keys.len() + too_many])
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

    fn guard() -> StoreGuard<Bad> {
        StoreGuard::new(Bad)
    }

    #[test]
    fn a_panic_is_unavailable_on_load_and_unknown_on_swap() {
        let loaded = guard().load("other", None, WITHIN);
        assert_eq!(loaded, Err(StoreError::Unavailable("the store panicked: no such key".to_owned())));
        let swapped = guard().compare_and_swap("other", None, "v", None, WITHIN);
        assert_eq!(swapped, Err(StoreError::Unknown("the store panicked: after writing".to_owned())));
    }

    #[test]
    fn oversized_answers_are_cut_or_refused() {
        let Ok(Lookup::Found(long)) = guard().load("long", None, WITHIN) else { panic!("the engine must see that it is too long") };
        assert!((VALUE_BYTES_MAX + 1..=VALUE_BYTES_MAX + 4).contains(&long.value.len()));
        assert!(matches!(guard().list_keys("many", None, 5, WITHIN), Err(StoreError::Refused(_))));
        let wide = guard().list_keys("wide", None, 5, WITHIN).expect("a page whose key is too long");
        assert_eq!(wide.keys.iter().map(String::len).collect::<Vec<_>>(), [KEY_BYTES_MAX + 4]);
        let lookups = guard().load_many(&vec!["long".to_owned(); 1_000], WITHIN).expect("the first keys");
        assert_eq!(lookups, vec![Lookup::Found(long); LOAD_KEYS_MAX]);
        assert!(matches!(guard().load_many(&["many".to_owned()], WITHIN), Err(StoreError::Refused(_))));
        let Err(StoreError::Unavailable(why)) = guard().load("long-error", None, WITHIN) else { panic!("unavailable") };
        assert_eq!(why.len(), ERROR_BYTES_MAX);
    }

    #[test]
    fn requests_outside_the_contract_do_not_reach_the_store() {
        let is_refused = |refused: Option<StoreError>| matches!(refused, Some(StoreError::Refused(_)));
        let (long, longest) = ("k".repeat(KEY_BYTES_MAX + 1), "v".repeat(VALUE_BYTES_MAX + 1));
        for key in ["", "../passwd", "n:a\0b", "n:a b", "n:é", "*", &long] {
            assert!(is_refused(guard().load(key, None, WITHIN).err()), "{key}");
            assert!(is_refused(guard().compare_and_swap(key, None, "v", None, WITHIN).err()), "{key}");
            assert!(is_refused(guard().load_many(&["n:a".to_owned(), key.to_owned()], WITHIN).err()), "{key}");
        }
        assert!(is_refused(guard().compare_and_swap("n:a", None, &longest, None, WITHIN).err()));
        assert!(is_refused(guard().list_keys("h/", None, 5, WITHIN).err()));
        assert!(is_refused(guard().list_keys("h:", Some(&longest), 5, WITHIN).err()));
    }
}
