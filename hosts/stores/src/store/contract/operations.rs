use super::violation::Violation;
use fuseboard::time::Millis;
use fuseboard::{Entry, Revision, Store, StoreError, Swap};

/// The budget of operations that must succeed.
pub(super) const WITHIN: Millis = Millis(2_000);

/// A swap that the store must make.
pub(super) fn stored(
    store: &dyn Store,
    key: &str,
    expected: Option<Revision>,
    value: &str,
    ttl: Option<Millis>,
) -> Result<Revision, Violation> {
    match store.compare_and_swap(key, expected, value, ttl, WITHIN) {
        Ok(Swap::Stored(revision)) => Ok(revision),
        other => Err(Violation::new::<Result<Swap, StoreError>>("a swap with the current revision is stored", &other)),
    }
}

pub(super) fn entry(revision: Revision, value: &str) -> Entry {
    Entry { revision, value: value.to_owned() }
}
