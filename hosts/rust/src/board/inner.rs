//! The state of a board that its handles share, its targets, and the effects of an engine's answers.

use super::admission::Leases;
use super::closing_time::ClosingTime;
use super::driver::Driver;
use super::engine_kind::{SharedClock, SharedStore};
use super::engine_pool::EnginePool;
use super::error_classifier::ErrorClassifier;
use super::event_dispatcher::EventDispatcher;
use super::evicted_targets::EvictedTargets;
use super::lease_state::Unreported;
use super::observers::Observers;
use super::on_engine_error::OnEngineError;
use super::reload_state::ReloadState;
use super::store_failing::StoreFailing;
use super::store_kind::StoreKind;
use super::target_cache::{Added, TARGETS_MAX, TargetCache};
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::key;
use fuseboard::time::Mono;
use fuseboard::{CallerTime, Clock, Diagnostic, Event, Scope, Sources, StepAnswer, StepRequest, Target};
use fuseboard_stores::StoreGuard;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

pub(super) struct BoardInner {
    pub(super) engines: Arc<EnginePool>,
    pub(super) targets: TargetCache,
    pub(super) evicted: EvictedTargets,
    pub(super) events: Arc<EventDispatcher>,
    pub(super) observers: Observers,
    pub(super) driver: Driver,
    pub(super) store_kind: StoreKind,
    pub(super) reloads: Arc<ReloadState>,
    pub(super) classifier: Arc<ErrorClassifier>,
    pub(super) on_engine_error: OnEngineError,
    pub(super) leases: Leases,
    pub(super) closing_time: Arc<ClosingTime>,
    hasher: foldhash::fast::RandomState,
    closed: AtomicBool,
    /// The board of this process, if it is a forked child of the process that made this one.
    pub(super) child: OnceLock<Arc<BoardInner>>,
}

/// What a board is made of.
pub(super) struct BoardParts {
    pub(super) engines: EnginePool,
    pub(super) events: Arc<EventDispatcher>,
    pub(super) observers: Observers,
    pub(super) clock: SharedClock,
    pub(super) store: StoreGuard<SharedStore>,
    pub(super) store_kind: StoreKind,
    pub(super) reloads: ReloadState,
    pub(super) classifier: Arc<ErrorClassifier>,
    pub(super) on_engine_error: OnEngineError,
    pub(super) leases: Leases,
    pub(super) closing_time: Arc<ClosingTime>,
}

/// What answers of an engine bring beside the answer itself.
pub(super) struct Effects {
    pub(super) events: Vec<Event>,
    pub(super) changed: Vec<Scope>,
}

impl BoardInner {
    pub(super) fn new(parts: BoardParts) -> BoardInner {
        let BoardParts { engines, events, observers, clock, store, store_kind, reloads, classifier, on_engine_error, leases, closing_time } =
            parts;
        let targets = TargetCache::new(TARGETS_MAX, engines.len());
        let hasher = foldhash::fast::RandomState::default();
        let (engines, reloads, child) = (Arc::new(engines), Arc::new(reloads), OnceLock::new());
        let driver = Driver { clock, store, failing: StoreFailing::default() };
        let evicted = EvictedTargets::default();
        BoardInner {
            engines,
            targets,
            evicted,
            events,
            observers,
            driver,
            store_kind,
            reloads,
            classifier,
            on_engine_error,
            leases,
            closing_time,
            hasher,
            closed: AtomicBool::new(false),
            child,
        }
    }

    /// From now on the board writes nothing when it is dropped.
    pub(super) fn set_closed(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// The board of this process, if this one belongs to its parent.
    #[inline]
    pub(super) fn child(&self) -> Option<&Arc<BoardInner>> {
        self.child.get()
    }

    /// The target's state, which its first call creates.
    pub(super) fn target(&self, target: &Target) -> Result<Arc<TargetState>, Error> {
        let hash = self.targets.hash(target);
        match self.targets.find(target, hash) {
            Some(target) => Ok(target),
            None => self.add_target(target, hash),
        }
    }

    fn add_target(&self, target: &Target, hash: u64) -> Result<Arc<TargetState>, Error> {
        let route = key::route(target)?;
        let slot = self.slot_of(&route.circuit.name);
        let Added { target, evicted } = self.targets.add(target, route, slot, hash);
        if let Some(evicted) = evicted.filter(|evicted| evicted.lease_state().unreported() == Unreported::Tallies) {
            self.evicted.add(evicted);
        }
        Ok(target)
    }

    /// The slot of the engine that serves a host or a name, given in its canonical spelling.
    pub(super) fn slot_of(&self, canonical: &str) -> usize {
        let hash = usize::try_from(self.hasher.hash_one(canonical) >> 32).unwrap_or(0);
        hash.checked_rem(self.engines.len()).unwrap_or(0)
    }

    /// Runs a request to its end. Its caller waits since `entered`. Its events are queued for the listeners; those that another engine
    /// reported before are removed from the answer.
    pub(super) fn run(&self, slot: usize, entered: Mono, request: &StepRequest<'_>) -> Result<StepAnswer, Error> {
        self.driver.run(&self.engines, slot, self.driver.since(entered), request, &self.events, None)
    }

    /// As `run`, for a request about one target.
    pub(super) fn run_for(&self, target: &TargetState, time: CallerTime, request: &StepRequest<'_>) -> Result<StepAnswer, Error> {
        self.driver.run(&self.engines, target.slot, time, request, &self.events, Some(target.known_loads()))
    }

    pub(super) fn reconfigure(&self, sources: Sources) -> Result<Vec<Diagnostic>, Error> {
        let configured = self.engines.configure(sources);
        // The new configuration may give no leases, and less time to the store. After an error, some of the engines may have it already.
        let now = self.driver.clock.mono();
        for target in self.targets.all() {
            target.lease_state().drop_grant(now);
            target.known_loads().forget();
        }
        configured
    }

    /// Drops the grants that the changes cover.
    pub(super) fn drop_grants(&self, changed: &[Scope]) {
        if !changed.is_empty() {
            let now = self.driver.clock.mono();
            for changed in changed {
                self.targets.drop_grants(changed, None, now);
            }
        }
    }

    /// Drops the grants that the changes cover, then passes the queued events to the listeners.
    pub(super) fn publish(&self, effects: Effects) -> Effects {
        self.drop_grants(&effects.changed);
        self.dispatch(&effects.events);
        effects
    }

    /// Passes the queued events to the listeners, if a request has added any, or a restart.
    pub(super) fn dispatch(&self, added: &[Event]) {
        if !added.is_empty() || self.events.has_unanswered() {
            self.events.dispatch();
        }
    }
}
