//! The state of a board that its handles share, and the call path: first the target's lease, then the engine, then the effects of its
//! answer.

use super::admission::{Admission, Leases, Settlement};
use super::engine_kind::{AnyEngine, SharedClock};
use super::engine_pool::EnginePool;
use super::error_classifier::ErrorClassifier;
use super::event_dispatcher::EventDispatcher;
use super::lease_state::{AllowStart, Batched, ChangeScope, NewGrant, Unreported};
use super::on_engine_error::OnEngineError;
use super::reload_state::ReloadState;
use super::store_kind::StoreKind;
use super::target_cache::{Added, TARGETS_MAX, TargetCache};
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::key;
use fuseboard::time::Mono;
use fuseboard::{
    Answer, Clock, Decision, Diagnostic, EngineError, Event, Flushed, Permit, PolicyEngine, Report, Scope, Sources, Target, Verdict,
};
use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

pub(super) struct BoardInner {
    pub(super) engines: Arc<EnginePool>,
    pub(super) targets: TargetCache,
    pub(super) events: EventDispatcher,
    pub(super) clock: SharedClock,
    pub(super) store_kind: StoreKind,
    pub(super) reloads: Arc<ReloadState>,
    pub(super) classifier: Arc<ErrorClassifier>,
    pub(super) on_engine_error: OnEngineError,
    pub(super) leases: Leases,
    hasher: foldhash::fast::RandomState,
    /// The board of this process, if it is a forked child of the process that made this one.
    pub(super) child: OnceLock<Arc<BoardInner>>,
}

/// What a board is made of.
pub(super) struct BoardParts {
    pub(super) engines: EnginePool,
    pub(super) events: EventDispatcher,
    pub(super) clock: SharedClock,
    pub(super) store_kind: StoreKind,
    pub(super) reloads: ReloadState,
    pub(super) classifier: Arc<ErrorClassifier>,
    pub(super) on_engine_error: OnEngineError,
    pub(super) leases: Leases,
}

/// What answers of an engine bring beside the answer itself.
#[derive(Default)]
struct Effects {
    events: Vec<Event>,
    changed: Vec<Scope>,
}

impl Effects {
    fn extend(&mut self, events: Vec<Event>, changed: Vec<Scope>) {
        self.events.extend(events);
        self.changed.extend(changed);
    }
}

impl BoardInner {
    pub(super) fn new(parts: BoardParts) -> BoardInner {
        let BoardParts { engines, events, clock, store_kind, reloads, classifier, on_engine_error, leases } = parts;
        let targets = TargetCache::new(TARGETS_MAX);
        let hasher = foldhash::fast::RandomState::default();
        let (engines, reloads, child) = (Arc::new(engines), Arc::new(reloads), OnceLock::new());
        BoardInner { engines, targets, events, clock, store_kind, reloads, classifier, on_engine_error, leases, hasher, child }
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
        let Added { target, evicted } = self.targets.add(TargetState::new(target, route, slot, hash));
        if let Some(evicted) = evicted.filter(|evicted| evicted.lease_state().unreported() == Unreported::Tallies) {
            self.report_tallies(&evicted)?;
        }
        Ok(target)
    }

    /// The slot of the engine that serves a host or a name, given in its canonical spelling.
    pub(super) fn slot_of(&self, canonical: &str) -> usize {
        let hash = usize::try_from(self.hasher.hash_one(canonical) >> 32).unwrap_or(0);
        hash.checked_rem(self.engines.len()).unwrap_or(0)
    }

    /// Answers an `allow` call. Where the engine was not called, returns the clock reading of the call too: it is still current.
    #[inline]
    pub(super) fn admit(&self, target: &Arc<TargetState>) -> Result<(Admission, Option<Mono>), Error> {
        let now = self.clock.mono();
        match target.admit(now) {
            Some(admission) => Ok((admission, Some(now))),
            None => Ok((self.admit_by_engine(target, now)?, None)),
        }
    }

    /// Not inlined: its large stack frame would slow down leased calls.
    #[inline(never)]
    fn admit_by_engine(&self, target: &Arc<TargetState>, began: Mono) -> Result<Admission, Error> {
        let start = target.lease_state().start(began);
        let mut effects = Effects::default();
        let decision = self.engines.with_engine(target.slot, |engine| {
            self.settle_tallies(engine, target, start.unreported, &mut effects)?;
            engine.allow(&target.target)
        });
        // The effects of the tallies hold even if the `allow` call failed.
        let Decision { answer, events, changed } = match decision {
            Ok(decision) => decision,
            Err(error) => {
                self.publish(target.slot, effects);
                return self.admit_after_error(error);
            }
        };
        effects.extend(events, changed);
        let (admission, grant) = self.split(target, answer);
        if !effects.changed.is_empty() || !matches!(grant, NewGrant::None) {
            self.install(target, start, grant, &effects.changed);
        }
        self.events.dispatch(target.slot, effects.events);
        Ok(admission)
    }

    /// Admits a call unguarded if the engine failed, unless the board is to refuse it. Other errors are the caller's.
    fn admit_after_error(&self, error: Error) -> Result<Admission, Error> {
        if !error.is_engine_stopped() || self.on_engine_error == OnEngineError::Refuse {
            return Err(error);
        }
        self.events.dispatch_error(&error);
        Ok(Admission::Admitted { permit: Permit::default(), would_refuse: None })
    }

    /// Splits an engine's answer into the caller's part and the target's part.
    fn split(&self, target: &TargetState, answer: Answer) -> (Admission, NewGrant) {
        let grant = match self.leases {
            Leases::Off => NewGrant::None,
            Leases::On => NewGrant::of(&answer, |lease| target.is_leased_by(lease)),
        };
        let admission = match (&grant, answer) {
            (_, Answer::Admitted(admitted)) => {
                Admission::Admitted { permit: admitted.permit, would_refuse: admitted.would_refuse.map(Arc::from) }
            }
            (NewGrant::Repeat(refused), Answer::Refused(_)) => Admission::Refused(Arc::clone(refused)),
            (_, Answer::Refused(refused)) => Admission::Refused(Arc::new(refused)),
        };
        (admission, grant)
    }

    fn install(&self, target: &Arc<TargetState>, start: AllowStart, grant: NewGrant, changed: &[Scope]) {
        let now = self.clock.mono();
        let is_own = changed.iter().any(|changed| target.is_covered_by(changed));
        let scope = if is_own { ChangeScope::Own } else { ChangeScope::Others };
        target.lease_state().install(start, grant, scope, now);
        let covered = changed.iter().flat_map(|changed| self.targets.covered_by(changed));
        covered.filter(|other| !Arc::ptr_eq(other, target)).for_each(|other| other.lease_state().drop_grant(now));
    }

    /// Answers a `settle` call: batches the outcome under the target's lease, or reports it to the engine.
    #[inline]
    pub(super) fn settle(&self, target: &Arc<TargetState>, permit: Option<&Permit>, report: &Report) -> Result<Settlement, Error> {
        match target.batch(permit, report) {
            Batched::Yes => Ok(Settlement::Batched),
            Batched::No(unreported) => self.settle_by_engine(target, permit, report, unreported),
        }
    }

    #[inline(never)]
    pub(super) fn settle_by_engine(
        &self,
        target: &Arc<TargetState>,
        permit: Option<&Permit>,
        report: &Report,
        unreported: Unreported,
    ) -> Result<Settlement, Error> {
        let mut effects = Effects::default();
        let verdict = self.engines.with_engine(target.slot, |engine| {
            self.settle_tallies(engine, target, unreported, &mut effects)?;
            engine.settle(&target.target, permit, report)
        });
        if let Ok(Verdict { events, changed, .. }) = &verdict {
            effects.extend(events.clone(), changed.clone());
        }
        self.publish(target.slot, effects);
        Ok(Settlement::Verdict(Box::new(verdict?)))
    }

    /// Reports the tallies of one target.
    fn report_tallies(&self, target: &TargetState) -> Result<(), Error> {
        let mut effects = Effects::default();
        let reported =
            self.engines.with_engine(target.slot, |engine| self.settle_tallies(engine, target, Unreported::Tallies, &mut effects));
        self.publish(target.slot, effects);
        reported
    }

    /// Reports every tally, then lets every engine write its backlog.
    pub(super) fn flush(&self) -> Result<Flushed, Error> {
        for target in self.targets.all() {
            if target.lease_state().unreported() == Unreported::Tallies {
                self.report_tallies(&target)?;
            }
        }
        let mut all = Flushed::default();
        for slot in 0..self.engines.len() {
            let Flushed { kept, events, changed } = self.engines.with_engine(slot, PolicyEngine::flush)?;
            all.kept = all.kept.saturating_add(kept);
            all.events.extend(events.iter().cloned());
            all.changed.extend(changed.iter().cloned());
            self.publish(slot, Effects { events, changed });
        }
        Ok(all)
    }

    /// Reports the tallies of a target to its engine. A tally that the engine rejects is lost: none is ever reported twice.
    fn settle_tallies(
        &self,
        engine: &mut AnyEngine,
        target: &TargetState,
        unreported: Unreported,
        effects: &mut Effects,
    ) -> Result<(), EngineError> {
        if unreported == Unreported::None {
            return Ok(());
        }
        let tallies = target.lease_state().take_tallies(self.clock.mono());
        for (lease, tally) in tallies {
            match engine.settle_leased(&lease, tally) {
                Ok(Verdict { events, changed, .. }) => effects.extend(events, changed),
                Err(EngineError::Problem(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(super) fn reconfigure(&self, sources: Sources) -> Result<Vec<Diagnostic>, Error> {
        let configured = self.engines.configure(sources);
        // The new configuration may give no leases. After an error, some of the engines may have it already.
        let now = self.clock.mono();
        self.targets.all().iter().for_each(|target| target.lease_state().drop_grant(now));
        configured
    }

    /// Drops the grants that the changes cover, then dispatches the events.
    pub(super) fn publish_from(&self, slot: usize, events: Vec<Event>, changed: &[Scope]) {
        if !changed.is_empty() {
            let now = self.clock.mono();
            let covered = changed.iter().flat_map(|changed| self.targets.covered_by(changed));
            covered.for_each(|target| target.lease_state().drop_grant(now));
        }
        self.events.dispatch(slot, events);
    }

    fn publish(&self, slot: usize, effects: Effects) {
        self.publish_from(slot, effects.events, &effects.changed);
    }
}

impl Drop for BoardInner {
    fn drop(&mut self) {
        if self.child().is_some() {
            return;
        }
        if let Err(error) = self.flush() {
            self.events.dispatch_error(&error);
        }
    }
}
