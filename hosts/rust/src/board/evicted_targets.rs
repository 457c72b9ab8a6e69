//! Targets that were evicted from the cache before their tallies were reported.

use super::target_state::TargetState;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The next request to the engine that serves a target reports its tallies. The caller whose target took its place does not wait for
/// that.
///
/// The list needs no limit of its own. A target has tallies only after a request to its engine, and each such request empties the list of
/// that engine.
#[derive(Default)]
pub(super) struct EvictedTargets {
    targets: Mutex<Vec<Arc<TargetState>>>,
    /// The length of the list, read without the lock.
    count: AtomicUsize,
}

impl EvictedTargets {
    pub(super) fn add(&self, target: Arc<TargetState>) {
        let mut targets = self.lock();
        targets.push(target);
        self.count.store(targets.len(), Ordering::Relaxed);
    }

    /// A target that is added at this moment is seen by the next request.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    /// Takes the targets that the engine in a slot serves.
    #[inline]
    pub(super) fn take(&self, slot: usize) -> TakenTargets<'_> {
        let taken = if self.is_empty() { Vec::new() } else { self.take_if(|target| target.slot == slot) };
        TakenTargets { taken, list: self }
    }

    pub(super) fn take_all(&self) -> TakenTargets<'_> {
        TakenTargets { taken: self.take_if(|_| true), list: self }
    }

    fn take_if(&self, is_taken: impl Fn(&TargetState) -> bool) -> Vec<Arc<TargetState>> {
        let mut targets = self.lock();
        let (taken, left) = std::mem::take(&mut *targets).into_iter().partition(|target| is_taken(target));
        *targets = left;
        self.count.store(targets.len(), Ordering::Relaxed);
        taken
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<TargetState>>> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Targets whose tallies are reported now. Those that are left when it is dropped return to the list.
pub(super) struct TakenTargets<'a> {
    taken: Vec<Arc<TargetState>>,
    list: &'a EvictedTargets,
}

impl Iterator for TakenTargets<'_> {
    type Item = Arc<TargetState>;

    fn next(&mut self) -> Option<Arc<TargetState>> {
        self.taken.pop()
    }
}

impl Drop for TakenTargets<'_> {
    fn drop(&mut self) {
        self.taken.drain(..).for_each(|target| self.list.add(target));
    }
}
