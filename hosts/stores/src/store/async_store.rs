//! The store of an asynchronous program.

use fuseboard::time::Millis;
use fuseboard::{Lookup, Page, Revision, StoreError, Swap};
use std::pin::Pin;
use std::sync::Arc;

/// A future on the heap, as the operations of an [`AsyncStore`] return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A key-value store with revisions, whose operations are futures. They have the duties of [`Store`](fuseboard::Store).
///
/// The store brings the timer of its runtime. A board ends an operation by it that takes 10 ms longer than `within`: it drops the future.
/// A future that is dropped must leave the store usable.
///
/// ```
/// use fuseboard::time::Millis;
/// use fuseboard::{Lookup, Page, Revision, Store, StoreError, Swap};
/// use fuseboard_stores::{AsyncStore, BoxFuture, MemoryStore};
///
/// /// A store in memory, on tokio.
/// struct InMemory(MemoryStore);
///
/// impl AsyncStore for InMemory {
///     fn load<'a>(&'a self, key: &'a str, known: Option<Revision>, within: Millis) -> BoxFuture<'a, Result<Lookup, StoreError>> {
///         Box::pin(async move { self.0.load(key, known, within) })
///     }
///
///     fn compare_and_swap<'a>(
///         &'a self,
///         key: &'a str,
///         expected: Option<Revision>,
///         value: &'a str,
///         ttl: Option<Millis>,
///         within: Millis,
///     ) -> BoxFuture<'a, Result<Swap, StoreError>> {
///         Box::pin(async move { self.0.compare_and_swap(key, expected, value, ttl, within) })
///     }
///
///     fn list_keys<'a>(
///         &'a self,
///         prefix: &'a str,
///         cursor: Option<&'a str>,
///         limit: u32,
///         within: Millis,
///     ) -> BoxFuture<'a, Result<Page, StoreError>> {
///         Box::pin(async move { self.0.list_keys(prefix, cursor, limit, within) })
///     }
///
///     fn sleep(&self, time: Millis) -> BoxFuture<'_, ()> {
///         # mod tokio { pub mod time { pub async fn sleep(_: std::time::Duration) {} } }
///         Box::pin(tokio::time::sleep(std::time::Duration::from_millis(time.0)))
///     }
/// }
/// ```
#[allow(clippy::missing_errors_doc)] // They are those of `Store`.
pub trait AsyncStore: Send + Sync {
    /// As [`Store::load`](fuseboard::Store::load).
    fn load<'a>(&'a self, key: &'a str, known: Option<Revision>, within: Millis) -> BoxFuture<'a, Result<Lookup, StoreError>>;

    /// As [`Store::load_many`](fuseboard::Store::load_many).
    fn load_many<'a>(&'a self, keys: &'a [String], within: Millis) -> BoxFuture<'a, Result<Vec<Lookup>, StoreError>> {
        Box::pin(async move {
            let Some(key) = keys.first() else { return Ok(Vec::new()) };
            Ok(vec![self.load(key, None, within).await?])
        })
    }

    /// As [`Store::compare_and_swap`](fuseboard::Store::compare_and_swap). If the future is dropped, the value may have been written.
    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: Option<Revision>,
        value: &'a str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> BoxFuture<'a, Result<Swap, StoreError>>;

    /// As [`Store::list_keys`](fuseboard::Store::list_keys).
    fn list_keys<'a>(
        &'a self,
        prefix: &'a str,
        cursor: Option<&'a str>,
        limit: u32,
        within: Millis,
    ) -> BoxFuture<'a, Result<Page, StoreError>>;

    /// Ends after this time, by the timer of the store's runtime.
    fn sleep(&self, time: Millis) -> BoxFuture<'_, ()>;
}

impl<T: AsyncStore + ?Sized> AsyncStore for Arc<T> {
    fn load<'a>(&'a self, key: &'a str, known: Option<Revision>, within: Millis) -> BoxFuture<'a, Result<Lookup, StoreError>> {
        (**self).load(key, known, within)
    }

    fn load_many<'a>(&'a self, keys: &'a [String], within: Millis) -> BoxFuture<'a, Result<Vec<Lookup>, StoreError>> {
        (**self).load_many(keys, within)
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: Option<Revision>,
        value: &'a str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> BoxFuture<'a, Result<Swap, StoreError>> {
        (**self).compare_and_swap(key, expected, value, ttl, within)
    }

    fn list_keys<'a>(
        &'a self,
        prefix: &'a str,
        cursor: Option<&'a str>,
        limit: u32,
        within: Millis,
    ) -> BoxFuture<'a, Result<Page, StoreError>> {
        (**self).list_keys(prefix, cursor, limit, within)
    }

    fn sleep(&self, time: Millis) -> BoxFuture<'_, ()> {
        (**self).sleep(time)
    }
}
