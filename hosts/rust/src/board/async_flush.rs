//! Writes what a board has not reported yet, by an asynchronous store.

use super::async_driver::AsyncDriver;
use super::driver::answer;
use super::flush::{Backlog, Flush};
use crate::error::Error;
use fuseboard::{Clock, Flushed, StepRequest};
use std::time::Duration;

impl AsyncDriver<'_> {
    /// As [`BoardInner::flush`]. If the future is dropped, what was not written is left for later requests.
    pub(super) async fn flush(self, limit: Duration) -> Result<Flushed, Error> {
        let inner = self.inner;
        let mut flush = Flush::begin(inner, limit);
        let mut targets = inner.with_tallies();
        while flush.has_time()
            && let Some(target) = targets.next()
        {
            self.report_tallies(&target, inner.clock.mono()).await?;
        }
        for slot in 0..inner.engines.len() {
            flush.begin_engine();
            while flush.add(answer!(Flushed, self.run(slot, inner.clock.mono(), &StepRequest::Flush).await)?) == Backlog::GoesOn {}
        }
        Ok(flush.all)
    }
}
