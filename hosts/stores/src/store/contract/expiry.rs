use super::operations::{WITHIN, entry, stored};
use super::violation::{Checked, expect};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, Swap};

pub(super) const TTL: Millis = Millis(500);
/// Longer than [`TTL`] by enough for stores that wait in real time.
pub(super) const PAST_TTL: Millis = Millis(1_000);

pub(super) fn check(store: &dyn Store, pass: &dyn Fn(Millis)) -> Checked {
    keys_expire(store, pass)?;
    only_a_write_renews_the_time_to_live(store, pass)?;
    a_time_to_live_may_be_very_long(store)
}

fn keys_expire(store: &dyn Store, pass: &dyn Fn(Millis)) -> Checked {
    let (short, renewed, long) = ("contract:ttl", "contract:renewed", "contract:stays");
    let gone = stored(store, short, None, "one", Some(TTL))?;
    let first = stored(store, renewed, None, "one", Some(TTL))?;
    let second = stored(store, renewed, Some(first), "two", None)?;
    let limited = stored(store, long, None, "one", None)?;
    stored(store, long, Some(limited), "two", Some(Millis(60_000)))?;
    pass(PAST_TTL);
    let expired = store.load(short, Some(gone), WITHIN);
    expect("after its time to live a key is missing", &expired, expired == Ok(Lookup::Missing))?;
    let swapped = store.compare_and_swap(short, Some(gone), "x", None, WITHIN);
    expect("after its time to live a key conflicts as an absent one does", &swapped, swapped == Ok(Swap::Conflict(None)))?;
    let again = stored(store, short, None, "three", None)?;
    let found = store.load(short, None, WITHIN);
    expect("after its time to live a key can be created again", &found, found == Ok(Lookup::Found(entry(again, "three"))))?;
    let kept = store.load(renewed, Some(second), WITHIN);
    expect("a write without a time to live removes the earlier one", &kept, kept == Ok(Lookup::Unchanged))?;
    let kept = store.load(long, None, WITHIN);
    expect("a write replaces the time to live", &kept, matches!(&kept, Ok(Lookup::Found(entry)) if entry.value == "two"))
}

fn only_a_write_renews_the_time_to_live(store: &dyn Store, pass: &dyn Fn(Millis)) -> Checked {
    let key = "contract:not-renewed";
    let revision = stored(store, key, None, "one", Some(PAST_TTL))?;
    pass(TTL);
    let present = store.load(key, Some(revision), WITHIN);
    expect("a key is present until its time to live is over", &present, present == Ok(Lookup::Unchanged))?;
    let conflict = store.compare_and_swap(key, None, "x", Some(Millis(60_000)), WITHIN);
    expect("a present key conflicts", &conflict, conflict == Ok(Swap::Conflict(Some(entry(revision, "one")))))?;
    pass(PAST_TTL);
    let expired = store.load(key, Some(revision), WITHIN);
    expect("neither a load nor a conflict renews the time to live", &expired, expired == Ok(Lookup::Missing))
}

fn a_time_to_live_may_be_very_long(store: &dyn Store) -> Checked {
    let key = "contract:long";
    let revision = stored(store, key, None, "one", Some(Millis(u64::MAX)))?;
    let present = store.load(key, Some(revision), WITHIN);
    expect("the longest time to live does not overflow", &present, present == Ok(Lookup::Unchanged))
}
