//! Writes what a board has not reported yet: the tallies of its targets, and the backlogs of its engines.

use super::driver::answer;
use super::evicted_targets::TakenTargets;
use super::inner::{BoardInner, Effects};
use super::lease_state::Unreported;
use super::request_runner::{RequestRunner, on_this_thread};
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::time::Mono;
use fuseboard::{Clock, Flushed, PolicyEngine, StepRequest};
use std::sync::Arc;
use std::time::Duration;

impl BoardInner {
    /// As [`RequestRunner::flush`], on this thread.
    pub(super) fn flush(&self, limit: Duration) -> Result<Flushed, Error> {
        on_this_thread(RequestRunner::OnThisThread(self).flush(limit))
    }

    /// As `flush`, within what is left of the time that the boards of this process have for that in all.
    pub(super) fn flush_before_exit(&self) -> Result<Flushed, Error> {
        let spending = self.closing_time.spend();
        self.flush(spending.limit())
    }
}

impl RequestRunner<'_> {
    /// Reports every tally, then lets every engine write its backlog. Begins no request after `limit`. Returns the first error after the
    /// rest was written too. If the future is dropped, what was not written is left for later requests.
    pub(super) async fn flush(self, limit: Duration) -> Result<Flushed, Error> {
        let inner = self.inner();
        let mut flush = Flush::begin(inner, limit);
        while let Some(next) = flush.next() {
            match next {
                FlushStep::Tallies(target) => {
                    let reported = self.report_tallies(&target, inner.driver.clock.mono()).await;
                    flush.note(reported.map(drop));
                }
                FlushStep::Backlog(slot) => flush.add(answer!(Flushed, self.run(slot, &StepRequest::Flush).await)),
            }
        }
        flush.first_error.map_or(Ok(flush.all), Err)
    }
}

/// A board of a forked child's parent writes nothing in the child.
impl Drop for BoardInner {
    fn drop(&mut self) {
        if self.child().is_some() || self.is_closed() {
            return;
        }
        if let Err(error) = self.flush_before_exit() {
            self.events.dispatch_error(&error);
        }
    }
}

/// What is to be written next, and what was written so far.
struct Flush<'a> {
    inner: &'a BoardInner,
    began: Mono,
    limit: Duration,
    evicted: TakenTargets<'a>,
    targets: std::vec::IntoIter<Arc<TargetState>>,
    /// The engine that writes its backlog.
    slot: usize,
    /// How many outcomes that engine had left before.
    left: u32,
    all: Flushed,
    first_error: Option<Error>,
}

/// A request of a flush.
enum FlushStep {
    /// Report the tallies of this target.
    Tallies(Arc<TargetState>),
    /// Let the engine in this slot write its backlog, and add what it wrote.
    Backlog(usize),
}

impl<'a> Flush<'a> {
    fn begin(inner: &'a BoardInner, limit: Duration) -> Flush<'a> {
        let (began, evicted, targets) = (inner.driver.clock.mono(), inner.evicted.take_all(), inner.targets.all().into_iter());
        Flush { inner, began, limit, evicted, targets, slot: 0, left: u32::MAX, all: Flushed::default(), first_error: None }
    }

    /// The next request, if there is one. Without time it only counts what the engines have left.
    fn next(&mut self) -> Option<FlushStep> {
        if self.first_error.is_some() && self.inner.child().is_some() {
            // A forked child writes nothing of its parent.
            return None;
        }
        let has_time = self.has_time();
        if has_time && let Some(target) = self.next_target() {
            return Some(FlushStep::Tallies(target));
        }
        while self.slot < self.inner.engines.len() {
            if has_time {
                return Some(FlushStep::Backlog(self.slot));
            }
            let health = self.inner.engines.with_engine(self.slot, PolicyEngine::health);
            let kept = self.note(health).map_or(0, |health| health.kept);
            self.end_engine(kept);
        }
        None
    }

    /// What the engine wrote. It is asked again while it goes on to write.
    fn add(&mut self, flushed: Result<Flushed, Error>) {
        let Some(Flushed { kept, events, changed }) = self.note(flushed) else { return self.end_engine(0) };
        let Effects { events, changed } = self.inner.publish(Effects { events, changed });
        // Without an event nothing was written.
        let is_over = events.is_empty() || kept == 0 || kept >= self.left;
        self.all.events.extend(events);
        self.all.changed.extend(changed);
        self.left = kept;
        if is_over {
            self.end_engine(kept);
        }
    }

    /// The value of a result. Keeps the first error.
    fn note<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.first_error.get_or_insert(error);
                None
            }
        }
    }

    fn end_engine(&mut self, kept: u32) {
        self.all.kept = self.all.kept.saturating_add(kept);
        self.left = u32::MAX;
        self.slot += 1;
    }

    fn has_time(&self) -> bool {
        Duration::from_nanos(self.inner.driver.clock.mono().0.saturating_sub(self.began.0)) < self.limit
    }

    fn next_target(&mut self) -> Option<Arc<TargetState>> {
        let mut targets = self.evicted.by_ref().chain(self.targets.by_ref());
        targets.find(|target| target.lease_state().unreported() == Unreported::Tallies)
    }
}
