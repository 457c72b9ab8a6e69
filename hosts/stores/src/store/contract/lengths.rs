use super::super::limits::VALUE_BYTES_MAX;
use super::operations::{WITHIN, entry, stored};
use super::violation::{Checked, expect};
use fuseboard::key::KEY_BYTES_MAX;
use fuseboard::{Lookup, Store, StoreError, Swap};

pub(super) fn check(store: &dyn Store) -> Checked {
    keys_are_distinguished(store)?;
    values_are_returned_as_written(store)?;
    a_longer_value_is_refused_or_stored_whole(store)
}

/// All characters of keys, the longest key, and keys that differ only in case or at their end.
fn keys_are_distinguished(store: &dyn Store) -> Checked {
    let longest = format!("contract:{}", "k".repeat(KEY_BYTES_MAX - "contract:".len()));
    let shorter = longest.get(1..).unwrap_or_default();
    let keys = [
        "contract:abcdefghijklmnopqrstuvwxyz0123456789-._~%:",
        "contract:ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%:",
        "contract:ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%",
        &longest,
        shorter,
    ];
    for key in keys {
        stored(store, key, None, key, None)?;
    }
    for key in keys {
        let found = store.load(key, None, WITHIN);
        expect("each key has its own value", &(key, &found), matches!(&found, Ok(Lookup::Found(entry)) if entry.value == key))?;
    }
    Ok(())
}

fn values_are_returned_as_written(store: &dyn Store) -> Checked {
    let values = ["", "{\"a\":\"ü\\n\"}", "line\nline\u{0}\u{1f980}", &"x".repeat(VALUE_BYTES_MAX)];
    for (n, value) in values.into_iter().enumerate() {
        let key = format!("contract:value-{n}:~%C3%BC_.");
        let revision = stored(store, &key, None, value, None)?;
        let found = store.load(&key, None, WITHIN);
        expect("a value is returned as it was written", &value.len(), found == Ok(Lookup::Found(entry(revision, value))))?;
    }
    Ok(())
}

fn a_longer_value_is_refused_or_stored_whole(store: &dyn Store) -> Checked {
    let (key, value) = ("contract:value-too-long", "x".repeat(VALUE_BYTES_MAX + 1));
    let swap = store.compare_and_swap(key, None, &value, None, WITHIN);
    let found = store.load(key, None, WITHIN);
    let holds = match &swap {
        Ok(Swap::Stored(revision)) => found == Ok(Lookup::Found(entry(*revision, &value))),
        Err(StoreError::Refused(_)) => found == Ok(Lookup::Missing),
        Ok(Swap::Conflict(_)) | Err(StoreError::Unavailable(_) | StoreError::Unknown(_)) => false,
    };
    expect("a value that is too long is refused, or stored whole", &swap, holds)
}
