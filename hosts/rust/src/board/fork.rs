//! The hooks around a fork of the process.

use super::handle::Board;
use super::inner::{BoardInner, BoardParts};
use super::pool_reports::PoolReports;
use super::store_kind::StoreKind;
use std::sync::Arc;

/// A process that forks calls three hooks of each board: [`before_fork`](Board::before_fork), then
/// [`after_fork_in_parent`](Board::after_fork_in_parent) in the parent and [`after_fork_in_child`](Board::after_fork_in_child) in the
/// child. All three run on the thread that forks. Python calls such functions by `os.register_at_fork`.
///
/// The child's board has the same configuration, listeners, clock and store. It has new writers and a new seed, no leases, no
/// outcomes to report, and no threads of the parent: what the parent admitted, the parent settles. Handles stay valid. A store that
/// holds connections needs hooks of its own, such as `SqliteStore::before_fork`.
///
/// In the child, calls of [`Board::call_async`] use a blocking store inline, because the threads for it exist in the parent only.
impl Board {
    /// Before a fork: keeps other threads out of the engines, and waits until those that are in one have left it, for at most 5 s. Their
    /// requests wait until the fork is over; calls under a lease go on.
    pub fn before_fork(&self) {
        self.current().engines.quiesce();
        #[cfg(feature = "component")]
        fuseboard_wasmtime::fork::pause();
    }

    /// After a fork, in the parent, also if the fork failed: lets the requests go on.
    pub fn after_fork_in_parent(&self) {
        #[cfg(feature = "component")]
        fuseboard_wasmtime::fork::resume();
        self.current().engines.resume();
    }

    /// After a fork, in the child, before anything else of this board.
    pub fn after_fork_in_child(&self) {
        #[cfg(feature = "component")]
        fuseboard_wasmtime::fork::resume();
        let parent = self.current();
        parent.replace_in_child();
        if parent.reloads.is_watching()
            && let Some(child) = parent.child()
        {
            child.watch_in_child();
        }
    }
}

impl BoardInner {
    /// Puts a new board in the place of this one, in a forked child. Nothing of this one is used or dropped any more: threads that
    /// held its locks do not exist here, and its tallies and permits belong to the parent.
    pub(super) fn replace_in_child(&self) {
        // Leaks them: this board is dropped in the child, and would drop them.
        std::mem::forget((Arc::clone(&self.engines), Arc::clone(&self.reloads)));
        let events = Arc::new(self.events.of_child());
        let reports = PoolReports { dispatcher: Arc::clone(&events), clock: Arc::clone(&self.driver.clock) };
        let parts = BoardParts {
            engines: self.engines.of_child(reports),
            events,
            observers: self.observers.clone(),
            clock: Arc::clone(&self.driver.clock),
            store: self.driver.store.clone(),
            store_kind: match &self.store_kind {
                // The threads of the pool for blocking stores do not exist here.
                StoreKind::Immediate | StoreKind::Blocking => StoreKind::Immediate,
                StoreKind::Async(store) => StoreKind::Async(store.clone()),
            },
            reloads: self.reloads.of_child(),
            classifier: Arc::clone(&self.classifier),
            on_engine_error: self.on_engine_error,
            leases: self.leases,
            closing_time: Arc::clone(&self.closing_time),
        };
        drop(self.child.set(Arc::new(BoardInner::new(parts))));
    }

    fn watch_in_child(self: &Arc<Self>) {
        if let Err(error) = self.watch() {
            self.events.dispatch_error(&error);
        }
    }
}
