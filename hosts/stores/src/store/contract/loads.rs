use super::operations::{WITHIN, entry, stored};
use super::violation::{Checked, expect};
use fuseboard::{Lookup, Revision, Store};

pub(super) fn check(store: &dyn Store) -> Checked {
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
