//! The storage contract as a check that the tests of any store can run.
//!
//! ```
//! use fuseboard_stores::{ManualClock, MemoryStore, contract};
//!
//! let clock = ManualClock::default();
//! let store = MemoryStore::with_clock(clock.clone());
//! let wipe = store.clone();
//! contract::check(&store, contract::Controls { pass: &|by| clock.advance(by), wipe: &|| wipe.wipe() })?;
//! # Ok::<(), contract::Violation>(())
//! ```

use fuseboard::time::Millis;
use fuseboard::{Entry, Lookup, Revision, Store, StoreError, Swap};
use std::collections::BTreeSet;
use std::fmt;

/// How the check controls the time and the contents of a store.
#[derive(Clone, Copy)]
pub struct Controls<'a> {
    /// Lets this much time pass for the store: on its clock, or by waiting.
    pub pass: &'a dyn Fn(Millis),
    /// Deletes all keys, as a restarted or emptied server does.
    pub wipe: &'a dyn Fn(),
}

/// The first rule of the contract that a store violated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    rule: &'static str,
    returned: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store violates its contract: {}; it returned {}", self.rule, self.returned)
    }
}

impl std::error::Error for Violation {}

type Checked = Result<(), Violation>;

const WITHIN: Millis = Millis(2_000);
const TTL: Millis = Millis(200);
/// Longer than [`TTL`] by enough for stores that wait in real time.
const PAST_TTL: Millis = Millis(400);

/// Checks an empty store. Leaves keys under `contract:` in it.
///
/// # Errors
/// Returns the first rule that the store violated.
pub fn check(store: &dyn Store, controls: Controls<'_>) -> Checked {
    loads_are_conditional(store)?;
    swaps_require_the_current_revision(store)?;
    keys_expire(store, controls)?;
    revisions_are_never_used_twice(store, controls)?;
    values_are_returned_as_written(store)?;
    listing_returns_every_key(store)
}

fn loads_are_conditional(store: &dyn Store) -> Checked {
    let key = "contract:load";
    let absent = store.load(key, None, WITHIN);
    expect("an absent key is missing", &absent, absent == Ok(Lookup::Missing))?;
    let absent = store.load(key, Some(Revision(1)), WITHIN);
    expect("an absent key is missing, whatever revision is known", &absent, absent == Ok(Lookup::Missing))?;
    let first = stored(store, key, None, "one", None)?;
    let found = store.load(key, None, WITHIN);
    expect("a stored key is found", &found, found == Ok(Lookup::Found(entry(first, "one"))))?;
    let known = store.load(key, Some(first), WITHIN);
    expect("a load with the current revision returns unchanged", &known, known == Ok(Lookup::Unchanged))?;
    let second = stored(store, key, Some(first), "two", None)?;
    let newer = store.load(key, Some(first), WITHIN);
    expect("a load with an older revision returns the entry", &newer, newer == Ok(Lookup::Found(entry(second, "two"))))
}

fn swaps_require_the_current_revision(store: &dyn Store) -> Checked {
    let key = "contract:swap";
    let nothing = store.compare_and_swap(key, Some(Revision(1)), "x", None, WITHIN);
    expect("a swap of an absent key conflicts and returns no entry", &nothing, nothing == Ok(Swap::Conflict(None)))?;
    let first = stored(store, key, None, "one", None)?;
    let present = store.compare_and_swap(key, None, "x", None, WITHIN);
    let rule = "creating a present key conflicts and returns the current entry";
    expect(rule, &present, present == Ok(Swap::Conflict(Some(entry(first, "one")))))?;
    let second = stored(store, key, Some(first), "two", None)?;
    let late = store.compare_and_swap(key, Some(first), "x", None, WITHIN);
    let rule = "a swap with an older revision conflicts and returns the current entry";
    expect(rule, &late, late == Ok(Swap::Conflict(Some(entry(second, "two")))))?;
    let found = store.load(key, None, WITHIN);
    expect("a conflict writes nothing", &found, found == Ok(Lookup::Found(entry(second, "two"))))
}

fn keys_expire(store: &dyn Store, controls: Controls<'_>) -> Checked {
    let (short, renewed, long) = ("contract:ttl", "contract:renewed", "contract:stays");
    let gone = stored(store, short, None, "one", Some(TTL))?;
    let first = stored(store, renewed, None, "one", Some(TTL))?;
    let second = stored(store, renewed, Some(first), "two", None)?;
    let limited = stored(store, long, None, "one", None)?;
    stored(store, long, Some(limited), "two", Some(Millis(60_000)))?;
    (controls.pass)(PAST_TTL);
    let expired = store.load(short, Some(gone), WITHIN);
    expect("after its time to live a key is missing", &expired, expired == Ok(Lookup::Missing))?;
    let swapped = store.compare_and_swap(short, Some(gone), "x", None, WITHIN);
    expect("after its time to live a key conflicts as an absent one does", &swapped, swapped == Ok(Swap::Conflict(None)))?;
    let kept = store.load(renewed, Some(second), WITHIN);
    expect("a write without a time to live removes the earlier one", &kept, kept == Ok(Lookup::Unchanged))?;
    let kept = store.load(long, None, WITHIN);
    expect("a write replaces the time to live", &kept, matches!(&kept, Ok(Lookup::Found(entry)) if entry.value == "two"))
}

fn revisions_are_never_used_twice(store: &dyn Store, controls: Controls<'_>) -> Checked {
    let key = "contract:revisions";
    let mut used = BTreeSet::new();
    let mut fresh = |revision: Revision| expect("no revision is used twice for a key", &revision, used.insert(revision.0));
    // No text is ever written twice, so a store may take its hash as the revision.
    fresh(stored(store, key, None, "one", Some(TTL))?)?;
    (controls.pass)(PAST_TTL);
    let after_expiry = stored(store, key, None, "two", None)?;
    fresh(after_expiry)?;
    fresh(stored(store, key, Some(after_expiry), "three", None)?)?;
    (controls.wipe)();
    let wiped = store.load(key, Some(after_expiry), WITHIN);
    expect("after a wipe a key is missing", &wiped, wiped == Ok(Lookup::Missing))?;
    fresh(stored(store, key, None, "four", None)?)
}

fn values_are_returned_as_written(store: &dyn Store) -> Checked {
    let values = ["", "{\"a\":\"ü\\n\"}", "line\nline\u{0}\u{1f980}", &"x".repeat(65_536)];
    for (n, value) in values.into_iter().enumerate() {
        let key = format!("contract:value-{n}:~%C3%BC_.");
        let revision = stored(store, &key, None, value, None)?;
        let found = store.load(&key, None, WITHIN);
        expect("a value is returned as it was written", &value.len(), found == Ok(Lookup::Found(entry(revision, value))))?;
    }
    Ok(())
}

fn listing_returns_every_key(store: &dyn Store) -> Checked {
    let mut keys: BTreeSet<String> = (0..25).map(|n| format!("contract:list:{n}%25_*")).collect();
    for key in &keys {
        stored(store, key, None, "v", None)?;
    }
    stored(store, "contract:lisu", None, "v", None)?;
    let mut cursor: Option<String> = None;
    for _ in 0..1_000 {
        let page =
            store.list_keys("contract:list:", cursor.as_deref(), 7, WITHIN).map_err(|error| violation("keys can be listed", &error))?;
        expect("a page has no more keys than its limit", &page, page.keys.len() <= 7)?;
        let rule = "a listing returns only keys with its prefix";
        expect(rule, &page, page.keys.iter().all(|key| key.starts_with("contract:list:")))?;
        keys.retain(|key| !page.keys.contains(key));
        cursor = page.next;
        if cursor.is_none() {
            return expect("a listing returns every key", &keys, keys.is_empty());
        }
    }
    Err(violation("a listing ends", &cursor))
}

fn stored(store: &dyn Store, key: &str, expected: Option<Revision>, value: &str, ttl: Option<Millis>) -> Result<Revision, Violation> {
    match store.compare_and_swap(key, expected, value, ttl, WITHIN) {
        Ok(Swap::Stored(revision)) => Ok(revision),
        other => Err(violation::<Result<Swap, StoreError>>("a swap with the current revision is stored", &other)),
    }
}

fn entry(revision: Revision, value: &str) -> Entry {
    Entry { revision, value: value.to_owned() }
}

fn expect<T: fmt::Debug>(rule: &'static str, returned: &T, holds: bool) -> Checked {
    if holds { Ok(()) } else { Err(violation(rule, returned)) }
}

fn violation<T: fmt::Debug>(rule: &'static str, returned: &T) -> Violation {
    Violation { rule, returned: format!("{returned:?}") }
}
