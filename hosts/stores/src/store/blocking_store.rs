//! An asynchronous store for synchronous callers.

use super::async_store::{AsyncStore, BoxFuture};
use super::wait::wait_until;
use fuseboard::time::Millis;
use fuseboard::{Lookup, Page, Revision, Store, StoreError, Swap};
use std::time::{Duration, Instant};

/// An [`AsyncStore`] as a [`Store`]: each operation blocks its thread until the future has ended, or until its time is over.
///
/// It needs no runtime of its own. If the store's futures are driven by a runtime, another thread must drive it: an operation that blocks
/// the only thread of its runtime fails when its time is over. A future that must be made within a runtime needs that runtime on the
/// calling thread, as tokio's `Handle::enter` provides it.
#[derive(Clone, Debug)]
pub struct BlockingStore<S> {
    store: S,
}

impl<S: AsyncStore> BlockingStore<S> {
    pub fn new(store: S) -> BlockingStore<S> {
        BlockingStore { store }
    }
}

impl<S: AsyncStore> Store for BlockingStore<S> {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        wait(self.store.load(key, known, within), within, StoreError::Unavailable)
    }

    fn load_many(&self, keys: &[String], within: Millis) -> Result<Vec<Lookup>, StoreError> {
        wait(self.store.load_many(keys, within), within, StoreError::Unavailable)
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        wait(self.store.compare_and_swap(key, expected, value, ttl, within), within, StoreError::Unknown)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        wait(self.store.list_keys(prefix, cursor, limit, within), within, StoreError::Unavailable)
    }
}

fn wait<T>(operation: BoxFuture<'_, Result<T, StoreError>>, within: Millis, late: fn(String) -> StoreError) -> Result<T, StoreError> {
    let start = Instant::now();
    let deadline = start.checked_add(Duration::from_millis(within.0)).unwrap_or(start + Duration::from_hours(24));
    wait_until(operation, deadline).unwrap_or_else(|| {
        let why = "the asynchronous store did not answer the blocked thread";
        Err(late(format!("{why} within {} ms; if this thread drives the store's runtime, call the board by its async functions", within.0)))
    })
}
