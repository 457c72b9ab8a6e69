//! Writes what a board has not reported yet: the tallies of its targets, and the backlogs of its engines.

use super::driver::answer;
use super::inner::{BoardInner, Effects};
use super::lease_state::Unreported;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::{Clock, Flushed, StepRequest};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a board may write outcomes when it is closed or dropped.
pub(super) const DROP_MAX: Duration = Duration::from_secs(2);

impl BoardInner {
    /// Reports every tally, then lets every engine write its backlog. Begins no request after `limit`.
    pub(super) fn flush(&self, limit: Duration) -> Result<Flushed, Error> {
        let mut flush = Flush::begin(self, limit);
        let mut targets = self.with_tallies();
        while flush.has_time()
            && let Some(target) = targets.next()
        {
            self.report_tallies(&target, self.clock.mono())?;
        }
        for slot in 0..self.engines.len() {
            flush.begin_engine();
            while flush.add(answer!(Flushed, self.run(slot, self.clock.mono(), &StepRequest::Flush))?) == Backlog::GoesOn {}
        }
        Ok(flush.all)
    }

    pub(super) fn with_tallies(&self) -> impl Iterator<Item = Arc<TargetState>> {
        let all = self.evicted.take_all().chain(self.targets.all());
        all.filter(|target| target.lease_state().unreported() == Unreported::Tallies)
    }
}

/// A board of a forked child's parent writes nothing in the child.
impl Drop for BoardInner {
    fn drop(&mut self) {
        if self.child().is_some() || self.is_closed() {
            return;
        }
        if let Err(error) = self.flush(DROP_MAX) {
            self.events.dispatch_error(&error);
        }
    }
}

/// What was written so far.
pub(super) struct Flush<'a> {
    inner: &'a BoardInner,
    began: Instant,
    limit: Duration,
    pub(super) all: Flushed,
    /// How many outcomes the engine had left before.
    left: u32,
}

/// Whether an engine has more to write.
#[derive(PartialEq, Eq)]
pub(super) enum Backlog {
    GoesOn,
    IsOver,
}

impl<'a> Flush<'a> {
    pub(super) fn begin(inner: &'a BoardInner, limit: Duration) -> Flush<'a> {
        Flush { inner, began: Instant::now(), limit, all: Flushed::default(), left: u32::MAX }
    }

    pub(super) fn has_time(&self) -> bool {
        self.began.elapsed() <= self.limit
    }

    pub(super) fn begin_engine(&mut self) {
        self.left = u32::MAX;
    }

    pub(super) fn add(&mut self, Flushed { kept, events, changed }: Flushed) -> Backlog {
        let Effects { events, changed } = self.inner.publish(Effects { events, changed });
        // Without an event nothing was written.
        let is_over = events.is_empty() || kept == 0 || kept >= self.left || !self.has_time();
        self.all.events.extend(events);
        self.all.changed.extend(changed);
        self.left = kept;
        if !is_over {
            return Backlog::GoesOn;
        }
        self.all.kept = self.all.kept.saturating_add(kept);
        Backlog::IsOver
    }
}
