//! What the targets behind one resolver share.

use super::known_load::KnownLoad;
use fuseboard::time::Mono;
use fuseboard::{Scope, key};
use std::sync::atomic::{AtomicU64, Ordering};

/// A resolver of a board: its circuit in the canonical spelling, what each engine knows of its record, and how often it has changed.
///
/// A change ends the grants of all targets behind the resolver, which may be thousands. So it visits none of them: each target compares
/// the count when it is used next.
pub(super) struct ResolverState {
    pub(super) scope: Scope,
    changes: AtomicU64,
    /// When the last change was, in ns of the monotonic clock.
    changed_at: AtomicU64,
    /// What each engine knows of its record, by their slots.
    known_loads: Box<[KnownLoad]>,
}

impl ResolverState {
    /// The state of a resolver on a board with so many engines.
    pub(super) fn new(scope: Scope, engines: usize) -> ResolverState {
        let key = key::key(&scope);
        let known_loads = (0..engines).map(|_| KnownLoad::new(&key)).collect();
        ResolverState { scope, changes: AtomicU64::new(0), changed_at: AtomicU64::new(0), known_loads }
    }

    pub(super) fn known_load(&self, slot: usize) -> Option<&KnownLoad> {
        self.known_loads.get(slot)
    }

    /// Notes a change, and returns how many there were before.
    pub(super) fn change(&self, now: Mono) -> u64 {
        self.changed_at.fetch_max(now.0, Ordering::Relaxed);
        self.changes.fetch_add(1, Ordering::Release)
    }

    #[inline]
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// When the last change was. Not earlier than the changes that were counted before.
    pub(super) fn changed_at(&self) -> Mono {
        Mono(self.changed_at.load(Ordering::Relaxed))
    }
}
