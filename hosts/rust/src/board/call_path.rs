//! The call path of a board: first the target's lease, then the engine, then the effects of its answer.

use super::admission::{Admission, Leases, Settlement};
use super::driver::answer;
use super::inner::BoardInner;
use super::lease_state::{AllowStart, LeaseSettlement, NewGrant, OwnAnswer, Unreported};
use super::moment::{Moment, Reading};
use super::observers::{Answered, CallRecord};
use super::on_engine_error::OnEngineError;
use super::store_kind::StoreKind;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::time::Mono;
use fuseboard::{Answer, Clock, Decision, Event, Permit, Report, Scope, StepRequest, Verdict};
use std::sync::Arc;

impl BoardInner {
    /// Answers an `allow` call.
    #[inline]
    pub(super) fn admit(&self, target: &Arc<TargetState>) -> Result<Admission, Error> {
        let coarse = self.driver.clock.coarse();
        let mut lease_state = target.lease_state();
        let refused = match lease_state.answer(Reading::Coarse(coarse)) {
            // Built in its final type while the lease is locked: on this path each copy of a permit is measurable.
            Some(OwnAnswer::Permit(permit)) => return Ok(Admission::Admitted { permit: *permit, would_refuse: None }),
            Some(OwnAnswer::Refusal(refused)) => Some(refused),
            None => None,
        };
        drop(lease_state);
        let Some(refused) = refused else {
            let moment = Moment { exact: self.driver.clock.mono(), coarse };
            return self.admit_by_engine(target, moment).map(|(admission, _)| admission);
        };
        self.observe(|| CallRecord::refused(&target.target, &refused, Answered::Board));
        Ok(Admission::Refused(refused))
    }

    /// As `admit`. Returns the events that the call caused too.
    pub(super) fn admit_with_events(&self, target: &Arc<TargetState>) -> Result<(Admission, Vec<Event>), Error> {
        let coarse = self.driver.clock.coarse();
        match self.admit_without_engine(target, Reading::Coarse(coarse)) {
            Some(admission) => Ok((admission, Vec::new())),
            None => self.admit_by_engine(target, Moment { exact: self.driver.clock.mono(), coarse }),
        }
    }

    /// As `admit`, for a call whose elapsed time is measured. Where the engine was not called, returns the clock reading of the call too:
    /// it is still current.
    #[inline]
    pub(super) fn admit_measured(&self, target: &Arc<TargetState>) -> Result<(Admission, Option<Mono>), Error> {
        let now = self.driver.clock.mono();
        if let Some(admission) = self.admit_without_engine(target, Reading::Exact(now)) {
            return Ok((admission, Some(now)));
        }
        let moment = Moment { exact: now, coarse: self.driver.clock.coarse() };
        self.admit_by_engine(target, moment).map(|(admission, _)| (admission, None))
    }

    /// Answers by a lease or a repeated refusal, if there is one.
    #[inline]
    pub(super) fn admit_without_engine(&self, target: &TargetState, now: Reading) -> Option<Admission> {
        let admission = target.admit(now)?;
        self.observe_refusal(target, &admission, Answered::Board);
        Some(admission)
    }

    #[inline]
    pub(super) fn observe_refusal(&self, target: &TargetState, admission: &Admission, answered: Answered) {
        if let Admission::Refused(refused) = admission {
            self.observe(|| CallRecord::refused(&target.target, refused, answered));
        }
    }

    /// Makes a record for the observers, if there are any.
    #[inline]
    pub(super) fn observe<'a>(&self, record: impl FnOnce() -> CallRecord<'a>) {
        if !self.observers.is_empty() {
            self.observers.observe(&record(), |error| self.events.dispatch_error(error));
        }
    }

    /// Not inlined: its large stack frame would slow down leased calls.
    #[inline(never)]
    pub(super) fn admit_by_engine(&self, target: &Arc<TargetState>, began: Moment) -> Result<(Admission, Vec<Event>), Error> {
        let start = target.lease_state().start(began);
        let decided = self.decide(target, start);
        // Tallies that are due do not delay the caller's own request. They have what is left of the caller's time.
        let due = self.report_due(target, start.unreported, began.exact);
        let (admission, mut events) = decided?;
        events.extend(due);
        self.observe_refusal(target, &admission, Answered::Engine);
        Ok((admission, events))
    }

    fn decide(&self, target: &Arc<TargetState>, start: AllowStart) -> Result<(Admission, Vec<Event>), Error> {
        let seen = self.driver.seen(&self.engines, target.known_loads(), start.began.exact);
        let request = StepRequest::Allow { target: &target.target, seen: seen.circuit, resolver_seen: seen.resolver };
        let time = match self.store_kind {
            StoreKind::Immediate => self.driver.entering(start.began.exact),
            // What was seen may have taken a part of the caller's time.
            StoreKind::Blocking | StoreKind::Async(_) => self.driver.since(start.began.exact),
        };
        self.decided(target, start, answer!(Decided, self.run_for(target, time, &request)))
    }

    /// The caller's part of an engine's decision, and its events. The board's part takes effect.
    pub(super) fn decided(
        &self,
        target: &Arc<TargetState>,
        start: AllowStart,
        decision: Result<Box<Decision>, Error>,
    ) -> Result<(Admission, Vec<Event>), Error> {
        let Decision { answer, events, changed } = match decision {
            Ok(decision) => *decision,
            Err(error) => return self.admit_after_error(error).map(|admission| (admission, Vec::new())),
        };
        let (admission, grant) = self.split(target, answer);
        if !changed.is_empty() || !matches!(grant, NewGrant::None) {
            self.install(target, start, grant, &changed);
        }
        self.dispatch(&events);
        Ok((admission, events))
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
        let now = self.driver.clock.mono();
        target.install(start, grant, changed, now);
        let is_own_resolver = |changed: &Scope| target.resolver.as_ref().is_some_and(|resolver| resolver.scope == *changed);
        changed.iter().filter(|changed| !is_own_resolver(changed)).for_each(|changed| self.targets.drop_grants(changed, Some(target), now));
    }

    /// Answers a `settle` call: by the target's lease, or by the engine.
    #[inline]
    pub(super) fn settle(&self, target: &Arc<TargetState>, permit: Option<&Permit>, report: &Report) -> Result<Settlement, Error> {
        match self.settle_without_engine(target, permit, report) {
            LeaseSettlement::Settled(outcome) => Ok(Settlement::Leased(outcome)),
            LeaseSettlement::NotSettled(unreported) => self.settle_by_engine(target, permit, report, unreported),
        }
    }

    /// Settles without the engine, if a lease allows it.
    #[inline]
    pub(super) fn settle_without_engine(&self, target: &TargetState, permit: Option<&Permit>, report: &Report) -> LeaseSettlement {
        let settlement = target.settle(permit, report);
        if let LeaseSettlement::Settled(outcome) = settlement {
            self.observe(|| CallRecord::leased(&target.target, report, outcome));
        }
        settlement
    }

    #[inline(never)]
    pub(super) fn settle_by_engine(
        &self,
        target: &Arc<TargetState>,
        permit: Option<&Permit>,
        report: &Report,
        unreported: Unreported,
    ) -> Result<Settlement, Error> {
        let entered = self.driver.clock.mono();
        let (events, time) = if unreported == Unreported::Tallies || !self.evicted.is_empty() {
            // A window judges a failure by the successes before it.
            (self.report_due(target, unreported, entered), self.driver.since(entered))
        } else {
            (Vec::new(), self.driver.entering(entered))
        };
        let request = StepRequest::Settle { target: &target.target, permit, report };
        let verdict = answer!(Settled, self.run_for(target, time, &request));
        self.settled(target, report, events, verdict)
    }

    /// The effects of an engine's verdict. `events` are those of the tallies that were reported before.
    pub(super) fn settled(
        &self,
        target: &TargetState,
        report: &Report,
        mut events: Vec<Event>,
        mut verdict: Result<Verdict, Error>,
    ) -> Result<Settlement, Error> {
        if let Ok(verdict) = &mut verdict {
            self.drop_grants(&verdict.changed);
            self.dispatch(&verdict.events);
            events.append(&mut verdict.events);
        }
        self.observe(|| CallRecord::settled(&target.target, report, verdict.as_ref().ok()));
        Ok(Settlement::Verdict(Box::new(Verdict { events, ..verdict? })))
    }
}
