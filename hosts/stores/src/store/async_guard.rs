//! A host's asynchronous store as a board uses it.

use super::async_store::{AsyncStore, BoxFuture};
use super::guard::{StoreGuard, check_key, check_list, check_swap, cut_lookup, cut_page, cut_swap, guarded, page_limit};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Page, Revision, StoreError, Swap};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// By how much an operation may exceed its time. A store that keeps its time says more exactly than its guard what happened.
const GRACE: Millis = Millis(10);

/// As the guard of a synchronous store. It also ends an operation that takes longer than it may, by the store's timer.
impl<S: AsyncStore> AsyncStore for StoreGuard<S> {
    fn load<'a>(&'a self, key: &'a str, known: Option<Revision>, within: Millis) -> BoxFuture<'a, Result<Lookup, StoreError>> {
        Box::pin(async move {
            check_key(key)?;
            let work = || self.store.load(key, known, within);
            self.ended_within(within, work, StoreError::Unavailable).await.map(cut_lookup)
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
            check_swap(key, value)?;
            let work = || self.store.compare_and_swap(key, expected, value, ttl, within);
            // A store that panicked, or is late, may have written before.
            self.ended_within(within, work, StoreError::Unknown).await.map(cut_swap)
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
            check_list(prefix, cursor)?;
            let limit = page_limit(limit);
            let work = || self.store.list_keys(prefix, cursor, limit, within);
            cut_page(self.ended_within(within, work, StoreError::Unavailable).await?, limit)
        })
    }

    /// A timer that panics never ends.
    fn sleep(&self, time: Millis) -> BoxFuture<'_, ()> {
        let mut timer = catch_unwind(AssertUnwindSafe(|| self.store.sleep(time))).ok();
        Box::pin(poll_fn(move |context| {
            let Some(running) = &mut timer else { return Poll::Pending };
            catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context))).unwrap_or_else(|_| {
                timer = None;
                Poll::Pending
            })
        }))
    }
}

impl<S: AsyncStore> StoreGuard<S> {
    /// The answer of an operation, or a failure if it takes too long. Each of its polls is guarded.
    async fn ended_within<'a, T>(
        &self,
        within: Millis,
        work: impl FnOnce() -> BoxFuture<'a, Result<T, StoreError>>,
        failed: fn(String) -> StoreError,
    ) -> Result<T, StoreError> {
        let mut operation = guarded(failed, || Ok(work()))?;
        let mut timer = None;
        poll_fn(|context| {
            let polled = guarded(failed, || match operation.as_mut().poll(context) {
                Poll::Ready(answer) => answer.map(Poll::Ready),
                Poll::Pending => Ok(Poll::Pending),
            });
            match polled {
                Ok(Poll::Pending) => {}
                Ok(Poll::Ready(answer)) => return Poll::Ready(Ok(answer)),
                Err(error) => return Poll::Ready(Err(error)),
            }
            // Most operations of a cached record end without a timer.
            let timer = timer.get_or_insert_with(|| self.sleep(within.plus(GRACE)));
            timer.as_mut().poll(context).map(|()| Err(failed(format!("it did not answer within {} ms", within.0))))
        })
        .await
    }
}
