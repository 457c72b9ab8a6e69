//! The store for asynchronous programs. It has its own thread, so it works on any executor, and its timer too.

use super::operations::SwapRequest;
use super::store::{RedisStore, deadline, lookup, lookups};
use crate::store::async_store::{AsyncStore, BoxFuture};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Page, Revision, StoreError, Swap};
use std::future::pending;

/// An operation is sent when its future is polled first. If the future is dropped, nothing more is sent for it.
impl AsyncStore for RedisStore {
    fn load<'a>(&'a self, key: &'a str, known: Option<Revision>, within: Millis) -> BoxFuture<'a, Result<Lookup, StoreError>> {
        Box::pin(async move {
            let deadline = deadline(within);
            if let Some(stored) = self.known(key)? {
                return Ok(lookup(stored, known));
            }
            let read = self.start_read(key)?.until(self.client()?.sleep_until(deadline)).await;
            read.map(|stored| lookup(stored, known)).map_err(|failure| self.of_read(&failure))
        })
    }

    fn load_many<'a>(&'a self, keys: &'a [String], within: Millis) -> BoxFuture<'a, Result<Vec<Lookup>, StoreError>> {
        Box::pin(async move {
            let deadline = deadline(within);
            let read = self.start_read_many(keys)?.until(self.client()?.sleep_until(deadline)).await;
            read.map(lookups).map_err(|failure| self.of_read(&failure))
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: Option<Revision>,
        value: &'a str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> BoxFuture<'a, Result<Swap, StoreError>> {
        Box::pin(async move {
            let deadline = deadline(within);
            let request = SwapRequest { key: key.to_owned(), expected, value: value.to_owned(), ttl };
            let swap = self.start_swap(request)?.until(self.client()?.sleep_until(deadline)).await;
            swap.map_err(|failure| self.of_swap(&failure))
        })
    }

    fn list_keys<'a>(
        &'a self,
        prefix: &'a str,
        cursor: Option<&'a str>,
        limit: u32,
        within: Millis,
    ) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move {
            let deadline = deadline(within);
            let page = self.start_list(prefix, cursor, limit, within)?.until(self.client()?.sleep_until(deadline)).await;
            page.map_err(|failure| self.of_read(&failure))
        })
    }

    /// If the store's thread cannot be started, it never ends.
    fn sleep(&self, time: Millis) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            match self.client() {
                Ok(client) => client.sleep_until(deadline(time)).await,
                Err(_) => pending().await,
            }
        })
    }
}
