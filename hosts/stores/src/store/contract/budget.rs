use super::operations::{WITHIN, entry};
use super::violation::{Checked, Violation, expect};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, StoreError, Swap};

/// A budget that is used up gets an answer or an error. A panic, or an endless wait, ends the check.
pub(super) fn check(store: &dyn Store) -> Checked {
    let (key, none) = ("contract:budget", Millis(0));
    let swap = store.compare_and_swap(key, None, "one", None, none);
    let found = store.load(key, None, WITHIN).map_err(|error| Violation::new("a key can be loaded", &error))?;
    let holds = match &swap {
        Ok(Swap::Stored(revision)) => found == Lookup::Found(entry(*revision, "one")),
        Err(StoreError::Unavailable(_) | StoreError::Refused(_)) => found == Lookup::Missing,
        Err(StoreError::Unknown(_)) => true,
        Ok(Swap::Conflict(_)) => false,
    };
    expect("a swap without time is stored, or returns an error that says what was written", &swap, holds)?;
    let known = match &found {
        Lookup::Found(entry) => Some(entry.revision),
        Lookup::Missing | Lookup::Unchanged => None,
    };
    let load = store.load(key, known, none);
    let expected = if known.is_some() { Lookup::Unchanged } else { Lookup::Missing };
    expect(
        "a load without time answers or is unavailable",
        &load,
        load == Ok(expected) || matches!(load, Err(StoreError::Unavailable(_))),
    )?;
    let page = store.list_keys(key, None, 1, none);
    expect("a listing without time answers or is unavailable", &page, matches!(page, Ok(_) | Err(StoreError::Unavailable(_))))
}
