//! What a pool of engines reports to the listeners of its board by itself.

use super::deferred_error::DeferredError;
use super::engine_kind::SharedClock;
use super::event_dispatcher::EventDispatcher;
use fuseboard::{Cause, Clock, Event, EventKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The listeners of a board, and its clock.
pub(super) struct PoolReports {
    pub(super) dispatcher: Arc<EventDispatcher>,
    pub(super) clock: SharedClock,
}

impl PoolReports {
    /// The engine in a slot was restarted, and knows of no outage any more. To be called while that engine is locked.
    pub(super) fn restarted(&self, slot: usize) {
        let now = catch_unwind(AssertUnwindSafe(|| self.clock.wall())).unwrap_or_default();
        let detail = "the engine that lost the store was restarted";
        self.dispatcher.enqueue_restart(slot, Event::new(EventKind::StorageBack, Cause::Store, detail, now.0));
    }

    /// The waker of a task panicked. The error listeners receive that with the next events: a request may be under way on this thread.
    pub(super) fn waker_panicked(&self) {
        self.dispatcher.defer(DeferredError::WakerPanicked);
    }
}
