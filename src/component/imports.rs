//! The component's imports, as the engine's clock and store.

use super::wit::fuseboard::breaker::storage;
use super::wit::wasi::clocks::{monotonic_clock, wall_clock};
use crate::time::{Millis, Mono, Wall};
use crate::{Clock, Entry, Lookup, Page, Revision, Store, StoreError, Swap};

const NS_PER_MS: u32 = 1_000_000;

/// The host's two clocks.
pub struct HostClock;

impl Clock for HostClock {
    fn wall(&self) -> Wall {
        let wall_clock::Datetime { seconds, nanoseconds } = wall_clock::now();
        Wall(seconds.saturating_mul(1_000).saturating_add(u64::from(nanoseconds / NS_PER_MS)))
    }

    fn mono(&self) -> Mono {
        Mono(monotonic_clock::now())
    }
}

/// The host's store.
pub struct HostStore;

impl Store for HostStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        Ok(match storage::load(key, known.map(|revision| revision.0), budget(within))? {
            storage::Lookup::Missing => Lookup::Missing,
            storage::Lookup::Unchanged => Lookup::Unchanged,
            storage::Lookup::Found(entry) => Lookup::Found(entry.into()),
        })
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        let expected = expected.map(|revision| revision.0);
        Ok(match storage::compare_and_swap(key, expected, value, ttl.map(|ttl| ttl.0), budget(within))? {
            storage::Swap::Stored(storage::Stored { revision }) => Swap::Stored(Revision(revision)),
            storage::Swap::Conflict(storage::Conflict { current }) => Swap::Conflict(current.map(Into::into)),
        })
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        let storage::Page { keys, next } = storage::list_keys(prefix, cursor, limit, budget(within))?;
        Ok(Page { keys, next })
    }
}

/// Converts a budget to the contract's 32 bits. A longer one is shortened to 49 days.
pub(super) fn budget(within: Millis) -> u32 {
    u32::try_from(within.0).unwrap_or(u32::MAX)
}

impl From<storage::Entry> for Entry {
    fn from(storage::Entry { revision, value }: storage::Entry) -> Self {
        Entry { revision: Revision(revision), value }
    }
}

impl From<storage::StorageError> for StoreError {
    fn from(error: storage::StorageError) -> Self {
        match error {
            storage::StorageError::Unavailable(why) => StoreError::Unavailable(why),
            storage::StorageError::Unknown(why) => StoreError::Unknown(why),
            storage::StorageError::Refused(why) => StoreError::Refused(why),
        }
    }
}
