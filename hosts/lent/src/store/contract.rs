//! What every store must keep to, as a check that any store's tests can run.
//!
//! ```
//! use fuseboard_lent::{ManualClock, MemoryStore, contract};
//!
//! let clock = ManualClock::default();
//! let store = MemoryStore::with_clock(clock.clone());
//! let wipe = store.clone();
//! contract::check(&store, contract::Handles { pass: &|by| clock.advance(by), wipe: &|| wipe.wipe() })?;
//! # Ok::<(), contract::Broken>(())
//! ```

use fuseboard::time::Millis;
use fuseboard::{Entry, Lookup, Revision, Store, StoreError, Swap};
use std::collections::BTreeSet;
use std::fmt;

/// How the check moves what lies outside of the store.
#[derive(Clone, Copy)]
pub struct Handles<'a> {
    /// Lets so much time pass for the store: on its clock, or by waiting.
    pub pass: &'a dyn Fn(Millis),
    /// Forgets all keys, as a restarted or emptied server does.
    pub wipe: &'a dyn Fn(),
}

/// The first rule that a store broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    rule: &'static str,
    seen: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the storage contract is broken: {}; seen: {}", self.rule, self.seen)
    }
}

impl std::error::Error for Broken {}

type Kept = Result<(), Broken>;

const WITHIN: Millis = Millis(2_000);
const TTL: Millis = Millis(200);
/// Longer than [`TTL`] by enough for stores that wait in real time.
const PAST_TTL: Millis = Millis(400);

/// Checks an empty store, and leaves keys under `contract:` in it.
///
/// # Errors
/// With the first rule that the store broke.
pub fn check(store: &dyn Store, handles: Handles<'_>) -> Kept {
    loads_are_conditional(store)?;
    swaps_demand_the_current_revision(store)?;
    keys_expire(store, handles)?;
    revisions_are_never_used_twice(store, handles)?;
    values_come_back_as_they_were(store)?;
    listing_tells_every_key(store)
}

fn loads_are_conditional(store: &dyn Store) -> Kept {
    let key = "contract:load";
    let absent = store.load(key, None, WITHIN);
    expect("an absent key is missing", &absent, absent == Ok(Lookup::Missing))?;
    let absent = store.load(key, Some(Revision(1)), WITHIN);
    expect("an absent key is missing, whatever was known of it", &absent, absent == Ok(Lookup::Missing))?;
    let first = stored(store, key, None, "one", None)?;
    let found = store.load(key, None, WITHIN);
    expect("a stored key is found", &found, found == Ok(Lookup::Found(entry(first, "one"))))?;
    let known = store.load(key, Some(first), WITHIN);
    expect("a known revision is unchanged", &known, known == Ok(Lookup::Unchanged))?;
    let second = stored(store, key, Some(first), "two", None)?;
    let newer = store.load(key, Some(first), WITHIN);
    expect("an older known revision is found anew", &newer, newer == Ok(Lookup::Found(entry(second, "two"))))
}

fn swaps_demand_the_current_revision(store: &dyn Store) -> Kept {
    let key = "contract:swap";
    let nothing = store.compare_and_swap(key, Some(Revision(1)), "x", None, WITHIN);
    expect("a swap of an absent key conflicts with nothing", &nothing, nothing == Ok(Swap::Conflict(None)))?;
    let first = stored(store, key, None, "one", None)?;
    let present = store.compare_and_swap(key, None, "x", None, WITHIN);
    let rule = "creating a present key conflicts and tells what stands there";
    expect(rule, &present, present == Ok(Swap::Conflict(Some(entry(first, "one")))))?;
    let second = stored(store, key, Some(first), "two", None)?;
    let late = store.compare_and_swap(key, Some(first), "x", None, WITHIN);
    let rule = "a swap by an older revision conflicts and tells what stands there";
    expect(rule, &late, late == Ok(Swap::Conflict(Some(entry(second, "two")))))?;
    let found = store.load(key, None, WITHIN);
    expect("a conflict writes nothing", &found, found == Ok(Lookup::Found(entry(second, "two"))))
}

fn keys_expire(store: &dyn Store, handles: Handles<'_>) -> Kept {
    let (short, renewed, long) = ("contract:ttl", "contract:renewed", "contract:stays");
    let gone = stored(store, short, None, "one", Some(TTL))?;
    let first = stored(store, renewed, None, "one", Some(TTL))?;
    let second = stored(store, renewed, Some(first), "two", None)?;
    let limited = stored(store, long, None, "one", None)?;
    stored(store, long, Some(limited), "two", Some(Millis(60_000)))?;
    (handles.pass)(PAST_TTL);
    let expired = store.load(short, Some(gone), WITHIN);
    expect("after its time to live a key is missing", &expired, expired == Ok(Lookup::Missing))?;
    let swapped = store.compare_and_swap(short, Some(gone), "x", None, WITHIN);
    expect("after its time to live a key conflicts as absent", &swapped, swapped == Ok(Swap::Conflict(None)))?;
    let kept = store.load(renewed, Some(second), WITHIN);
    expect("a write without a time to live takes the earlier one away", &kept, kept == Ok(Lookup::Unchanged))?;
    let kept = store.load(long, None, WITHIN);
    expect("a write sets the time to live anew", &kept, matches!(&kept, Ok(Lookup::Found(entry)) if entry.value == "two"))
}

fn revisions_are_never_used_twice(store: &dyn Store, handles: Handles<'_>) -> Kept {
    let key = "contract:revisions";
    let mut seen = BTreeSet::new();
    let mut fresh = |revision: Revision| expect("no revision is used twice for a key", &revision, seen.insert(revision.0));
    // No text is ever written twice, so a store may take its hash as the revision.
    fresh(stored(store, key, None, "one", Some(TTL))?)?;
    (handles.pass)(PAST_TTL);
    let after_expiry = stored(store, key, None, "two", None)?;
    fresh(after_expiry)?;
    fresh(stored(store, key, Some(after_expiry), "three", None)?)?;
    (handles.wipe)();
    let wiped = store.load(key, Some(after_expiry), WITHIN);
    expect("after a wipe a key is missing", &wiped, wiped == Ok(Lookup::Missing))?;
    fresh(stored(store, key, None, "four", None)?)
}

fn values_come_back_as_they_were(store: &dyn Store) -> Kept {
    let values = ["", "{\"a\":\"ü\\n\"}", "line\nline\u{0}\u{1f980}", &"x".repeat(65_536)];
    for (n, value) in values.into_iter().enumerate() {
        let key = format!("contract:value-{n}:~%C3%BC_.");
        let revision = stored(store, &key, None, value, None)?;
        let found = store.load(&key, None, WITHIN);
        expect("a value comes back as it was", &value.len(), found == Ok(Lookup::Found(entry(revision, value))))?;
    }
    Ok(())
}

fn listing_tells_every_key(store: &dyn Store) -> Kept {
    let mut keys: BTreeSet<String> = (0..25).map(|n| format!("contract:list:{n}%25_*")).collect();
    for key in &keys {
        stored(store, key, None, "v", None)?;
    }
    stored(store, "contract:lisu", None, "v", None)?;
    let mut cursor: Option<String> = None;
    for _ in 0..1_000 {
        let page = store.list_keys("contract:list:", cursor.as_deref(), 7, WITHIN).map_err(|error| broken("keys can be listed", &error))?;
        expect("a page holds no more keys than asked for", &page, page.keys.len() <= 7)?;
        let rule = "a listing tells only keys with its prefix";
        expect(rule, &page, page.keys.iter().all(|key| key.starts_with("contract:list:")))?;
        keys.retain(|key| !page.keys.contains(key));
        cursor = page.next;
        if cursor.is_none() {
            return expect("a listing tells every key", &keys, keys.is_empty());
        }
    }
    Err(broken("a listing ends", &cursor))
}

fn stored(store: &dyn Store, key: &str, expected: Option<Revision>, value: &str, ttl: Option<Millis>) -> Result<Revision, Broken> {
    match store.compare_and_swap(key, expected, value, ttl, WITHIN) {
        Ok(Swap::Stored(revision)) => Ok(revision),
        other => Err(broken::<Result<Swap, StoreError>>("a swap by the current revision is stored", &other)),
    }
}

fn entry(revision: Revision, value: &str) -> Entry {
    Entry { revision, value: value.to_owned() }
}

fn expect<T: fmt::Debug>(rule: &'static str, seen: &T, kept: bool) -> Kept {
    if kept { Ok(()) } else { Err(broken(rule, seen)) }
}

fn broken<T: fmt::Debug>(rule: &'static str, seen: &T) -> Broken {
    Broken { rule, seen: format!("{seen:?}") }
}
