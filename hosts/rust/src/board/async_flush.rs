//! Writes what a board has not reported yet, by an asynchronous store.

use super::async_driver::AsyncDriver;
use super::driver::answer;
use super::flush::{Flush, FlushStep};
use crate::error::Error;
use fuseboard::{Clock, Flushed, StepRequest};
use std::time::Duration;

impl AsyncDriver<'_> {
    /// As [`BoardInner::flush`](super::inner::BoardInner::flush). If the future is dropped, what was not written is left for later
    /// requests.
    pub(super) async fn flush(self, limit: Duration) -> Result<Flushed, Error> {
        let inner = self.inner;
        let mut flush = Flush::begin(inner, limit);
        while let Some(next) = flush.next()? {
            match next {
                FlushStep::Tallies(target) => drop(self.report_tallies(&target, inner.clock.mono()).await?),
                FlushStep::Backlog(slot) => flush.add(answer!(Flushed, self.run(slot, inner.clock.mono(), &StepRequest::Flush).await)?),
            }
        }
        Ok(flush.all)
    }
}
