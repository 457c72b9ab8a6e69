use super::expiry::{PAST_TTL, TTL};
use super::operations::{WITHIN, entry, stored};
use super::violation::{Checked, Violation, expect};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, StoreError};

/// As many as the engine loads at once.
const KEYS: u32 = 100;

pub(super) fn check(store: &dyn Store, pass: &dyn Fn(Millis)) -> Checked {
    each_key_has_its_own_entry(store)?;
    a_load_of_many_returns_the_newest_value(store)?;
    an_expired_key_is_absent(store, pass)?;
    without_time_it_answers_or_is_unavailable(store)
}

/// Every third key is absent. The keys are not in their order, and one is asked for twice.
fn each_key_has_its_own_entry(store: &dyn Store) -> Checked {
    let (mut keys, mut expected) = (Vec::new(), Vec::new());
    for n in (0..KEYS - 1).rev() {
        let key = format!("contract:many:{n}%25_.");
        expected.push(if n % 3 == 0 { Lookup::Missing } else { found(store, &key, &n.to_string())? });
        keys.push(key);
    }
    keys.extend(keys.get(1).cloned());
    expected.extend(expected.get(1).cloned());
    let loaded = load_all(store, &keys)?;
    expect("a load of several keys returns the result of each, in their order", &loaded, loaded == expected)
}

fn a_load_of_many_returns_the_newest_value(store: &dyn Store) -> Checked {
    let keys = ["contract:many-newest".to_owned()];
    let first = stored(store, &keys[0], None, "one", None)?;
    let before = load_all(store, &keys)?;
    let second = stored(store, &keys[0], Some(first), "two", None)?;
    let after = load_all(store, &keys)?;
    let expected = [Lookup::Found(entry(first, "one")), Lookup::Found(entry(second, "two"))];
    expect("a load of several keys returns what is stored now", &(&before, &after), before == expected[..1] && after == expected[1..])
}

fn an_expired_key_is_absent(store: &dyn Store, pass: &dyn Fn(Millis)) -> Checked {
    let keys = ["contract:many-expired".to_owned(), "contract:many-stays".to_owned()];
    stored(store, &keys[0], None, "one", Some(TTL))?;
    let stays = found(store, &keys[1], "two")?;
    pass(PAST_TTL);
    let loaded = load_all(store, &keys)?;
    expect("after its time to live a key is absent among several", &loaded, loaded == [Lookup::Missing, stays])
}

fn without_time_it_answers_or_is_unavailable(store: &dyn Store) -> Checked {
    let loaded = store.load_many(&["contract:many-stays".to_owned()], Millis(0));
    expect(
        "a load of several keys without time answers or is unavailable",
        &loaded,
        matches!(loaded, Ok(_) | Err(StoreError::Unavailable(_))),
    )
}

/// Stores a value under an absent key. Returns what a load finds then.
fn found(store: &dyn Store, key: &str, value: &str) -> Result<Lookup, Violation> {
    Ok(Lookup::Found(entry(stored(store, key, None, value, None)?, value)))
}

/// Asks again for the keys that a load does not answer for.
fn load_all(store: &dyn Store, keys: &[String]) -> Result<Vec<Lookup>, Violation> {
    let mut loaded = Vec::new();
    while let Some(rest) = keys.get(loaded.len()..).filter(|rest| !rest.is_empty()) {
        let lookups = store.load_many(rest, WITHIN).map_err(|error| Violation::new("several keys can be loaded", &error))?;
        expect(
            "a load of several keys answers for at least one of them, and for no other",
            &lookups,
            (1..=rest.len()).contains(&lookups.len()),
        )?;
        loaded.extend(lookups);
    }
    Ok(loaded)
}
