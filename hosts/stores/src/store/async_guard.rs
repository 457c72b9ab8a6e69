//! A host's asynchronous store as a board uses it.

use super::async_store::{AsyncStore, BoxFuture};
use super::guard::{
    StoreGuard, check_key, check_list, check_swap, checked_keys, cut_lookup, cut_lookups, cut_page, cut_swap, guarded, page_limit,
};
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

    fn load_many<'a>(&'a self, keys: &'a [String], within: Millis) -> BoxFuture<'a, Result<Vec<Lookup>, StoreError>> {
        Box::pin(async move {
            let keys = checked_keys(keys)?;
            let work = || self.store.load_many(keys, within);
            cut_lookups(self.ended_within(within, work, StoreError::Unavailable).await?, keys)
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

#[cfg(test)]
mod tests {
    use super::super::MemoryStore;
    use super::super::wait::wait_until;
    use super::*;
    use fuseboard::{Entry, Store};
    use std::future::{pending, ready};
    use std::time::{Duration, Instant};

    const WITHIN: Millis = Millis(10);

    /// A store that panics, is late, or returns oversized answers, by the key. Its sleep ends at once.
    struct Bad(MemoryStore);

    impl AsyncStore for Bad {
        fn load<'a>(&'a self, key: &'a str, known: Option<Revision>, within: Millis) -> BoxFuture<'a, Result<Lookup, StoreError>> {
            match key {
                "early" => panic!("before the first poll"),
                "late" => Box::pin(pending()),
                "long" => Box::pin(ready(Ok(Lookup::Found(Entry { revision: Revision(1), value: "x".repeat(100_000) })))),
                "panic" => Box::pin(async { panic!("in a poll") }),
                _ => Box::pin(async move { self.0.load(key, known, within) }),
            }
        }

        fn compare_and_swap<'a>(
            &'a self,
            key: &'a str,
            _: Option<Revision>,
            _: &'a str,
            _: Option<Millis>,
            _: Millis,
        ) -> BoxFuture<'a, Result<Swap, StoreError>> {
            if key == "late" { Box::pin(pending()) } else { Box::pin(async { panic!("after writing") }) }
        }

        fn list_keys<'a>(&'a self, _: &'a str, _: Option<&'a str>, limit: u32, _: Millis) -> BoxFuture<'a, Result<Page, StoreError>> {
            Box::pin(ready(Ok(Page { keys: vec![String::new(); limit as usize + 1], next: None })))
        }

        fn sleep(&self, time: Millis) -> BoxFuture<'_, ()> {
            assert_eq!(time, Millis(20), "the operation has some time more than it was given");
            Box::pin(ready(()))
        }
    }

    fn guard() -> StoreGuard<Bad> {
        StoreGuard::new(Bad(MemoryStore::new()))
    }

    fn end<T>(future: impl Future<Output = T>) -> T {
        wait_until(future, Instant::now() + Duration::from_secs(10)).expect("it ends")
    }

    fn unavailable(why: &str) -> Result<Lookup, StoreError> {
        Err(StoreError::Unavailable(why.to_owned()))
    }

    #[test]
    fn a_panic_or_a_late_answer_is_unavailable_on_load_and_unknown_on_swap() {
        let load = |key| end(guard().load(key, None, WITHIN));
        assert_eq!(load("early"), unavailable("the store panicked: before the first poll"));
        assert_eq!(load("panic"), unavailable("the store panicked: in a poll"));
        assert_eq!(load("late"), unavailable("it did not answer within 10 ms"));
        assert_eq!(load("n:db"), Ok(Lookup::Missing), "it needs no timer");
        let swap = |key| end(guard().compare_and_swap(key, None, "v", None, WITHIN));
        assert_eq!(swap("other"), Err(StoreError::Unknown("the store panicked: after writing".to_owned())));
        assert_eq!(swap("late"), Err(StoreError::Unknown("it did not answer within 10 ms".to_owned())));
    }

    #[test]
    fn what_the_contract_forbids_does_not_pass_in_either_direction() {
        let Ok(Lookup::Found(long)) = end(guard().load("long", None, WITHIN)) else { panic!("the engine must see that it is too long") };
        assert!(long.value.len() < 100_000);
        let long = "v".repeat(100_000);
        assert!(matches!(end(guard().load("../passwd", None, WITHIN)), Err(StoreError::Refused(_))));
        assert!(matches!(end(guard().compare_and_swap("late", None, &long, None, WITHIN)), Err(StoreError::Refused(_))));
        assert!(matches!(end(guard().list_keys("h/", None, 5, WITHIN)), Err(StoreError::Refused(_))));
        assert!(matches!(end(guard().list_keys("h:", None, 5, WITHIN)), Err(StoreError::Refused(_))), "more keys than requested");
    }

    #[test]
    fn a_timer_that_panics_never_ends() {
        let guard = guard();
        assert_eq!(wait_until(guard.sleep(Millis(1)), Instant::now()), None);
    }
}
