use super::expiry::{PAST_TTL, TTL};
use super::operations::{WITHIN, stored};
use super::violation::{Checked, Violation, expect};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Revision, Store, Swap};
use std::collections::BTreeSet;

const KEY: &str = "contract:revisions";
const WRITES: u32 = 20;
/// More than the check made before, so that a counter that starts again comes to a revision that was used.
const WRITES_AFTER_WIPE: u32 = 120;

/// No text is ever written twice, so a store may take its hash as the revision.
pub(super) fn check(store: &dyn Store, pass: &dyn Fn(Millis), wipe: &dyn Fn()) -> Checked {
    let mut used = BTreeSet::new();
    let mut fresh = |revision: Revision| expect("no revision is used twice for a key", &revision, used.insert(revision.0));
    fresh(stored(store, KEY, None, "before expiry", Some(TTL))?)?;
    pass(PAST_TTL);
    let last = write(store, "after expiry", WRITES, &mut fresh)?;
    wipe();
    let wiped = store.load(KEY, last, WITHIN);
    expect("after a wipe a key is missing", &wiped, wiped == Ok(Lookup::Missing))?;
    let late = store.compare_and_swap(KEY, last, "x", None, WITHIN);
    expect("after a wipe a key conflicts as an absent one does", &late, late == Ok(Swap::Conflict(None)))?;
    write(store, "after a wipe", WRITES_AFTER_WIPE, &mut fresh).map(drop)
}

/// Creates the key and replaces its value, with another text each time. Returns the last revision.
fn write(store: &dyn Store, when: &str, times: u32, fresh: &mut dyn FnMut(Revision) -> Checked) -> Result<Option<Revision>, Violation> {
    let mut current = None;
    for n in 0..times {
        let revision = stored(store, KEY, current, &format!("{when}, {n}"), None)?;
        fresh(revision)?;
        current = Some(revision);
    }
    Ok(current)
}
