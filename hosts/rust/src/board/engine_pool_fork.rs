//! How a pool of engines waits for a fork, and what it becomes in the child.

use super::crossing_gate::CrossingGate;
use super::engine_pool::EnginePool;
use super::identity_source::IdentitySource;
use super::pool_reports::PoolReports;
use std::sync::atomic::Ordering;
use std::sync::{Arc, TryLockError};
use std::time::{Duration, Instant};

/// How long a fork waits for requests that are under way, at most. A store that takes longer has not kept its budget.
const QUIESCE_MAX: Duration = Duration::from_secs(5);
const QUIESCE_POLL: Duration = Duration::from_micros(100);

impl EnginePool {
    /// Keeps requests out of the engines, and waits for those that are under way, at most `QUIESCE_MAX`.
    pub(super) fn quiesce(&self) {
        self.gate.close();
        let start = Instant::now();
        for engine in (0..self.len()).map(|slot| self.pooled(slot)) {
            while matches!(engine.try_lock(), Err(TryLockError::WouldBlock)) && start.elapsed() < QUIESCE_MAX {
                std::thread::sleep(QUIESCE_POLL);
            }
        }
        while self.in_store.load(Ordering::SeqCst) > 0 && start.elapsed() < QUIESCE_MAX {
            std::thread::sleep(QUIESCE_POLL);
        }
    }

    /// Ends what `quiesce` began.
    pub(super) fn resume(&self) {
        self.gate.open();
    }

    /// The pool of a forked child. Its engines are started at their first request, with new writers and the same configuration.
    pub(super) fn of_child(&self, reports: PoolReports) -> EnginePool {
        CrossingGate::forget_closing();
        let child = EnginePool::unstarted(self.len(), Arc::clone(&self.start), IdentitySource::Random, reports, self.configuration());
        for slot in 0..self.len() {
            // Not locked, unless the fork did not wait for a request.
            if let Ok(parents) = self.pooled(slot).try_lock() {
                child.lock(slot).definitions.clone_from(&parents.definitions);
            }
        }
        child
    }
}
