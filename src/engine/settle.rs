//! `settle` and `settle_leased`: how permitted calls ended.

use super::backlog::PendingOutcome;
use super::circuit_ref::{CircuitRef, KeyedRoute};
use super::group_member::Counted;
use super::record_error::RecordError;
use super::reported::{Reported, call_outcome};
use super::request::{NO_ROOM, Request};
use super::state::EngineState;
use super::write_result::WriteResult;
use crate::answer::{Cause, EventKind, Settled, Verdict, Written};
use crate::classify::classify;
use crate::hints::may_set_a_wait;
use crate::machine::call_outcome::{CallOutcome, EndedAt, Speed};
use crate::machine::context::{Context, Step};
use crate::machine::record::Record;
use crate::machine::settle::{CountResult, PermitUse, is_valid, settle_unchanged};
use crate::permit::{Claim, Lease, Outcome, Permit, Report, Tally};
use crate::policy::OnStorageError;
use crate::time::Millis;
use std::borrow::Cow;

/// Whether a request tried to settle an outcome by the circuit's cached record alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CacheAttempt {
    NotTried,
    /// It tried, and the outcome changes the record.
    Impossible,
}

impl Request {
    pub async fn settle(&mut self, route: &KeyedRoute, permit: Option<&Permit>, report: &Report, attempt: CacheAttempt) -> Verdict {
        self.write_backlog().await;
        let of_circuit = permit_use(permit, |permit| permit.circuit);
        let of_resolver = permit_use(permit, |permit| permit.resolver);
        let circuit = self.settle_reported(&route.circuit, of_circuit, report, attempt).await;
        let resolver = match &route.resolver {
            Some(resolver) => Some(self.settle_reported(resolver, of_resolver, report, CacheAttempt::NotTried).await),
            None => None,
        };
        self.verdict(circuit, resolver)
    }

    pub async fn settle_leased(&mut self, route: &KeyedRoute, lease: &Lease, tally: Tally) -> Verdict {
        self.write_backlog().await;
        let circuit = self.settle_tally(&route.circuit, lease.permit.circuit, tally).await;
        let resolver = match &route.resolver {
            Some(resolver) => Some(self.settle_tally(resolver, lease.permit.resolver, tally).await),
            None => None,
        };
        self.verdict(circuit, resolver)
    }

    pub fn verdict(&mut self, circuit: Settled, resolver: Option<Settled>) -> Verdict {
        let (events, changed) = self.take_events();
        Verdict { circuit, resolver, events, changed }
    }

    async fn settle_reported(&mut self, circuit: &CircuitRef, permit_use: PermitUse, report: &Report, attempt: CacheAttempt) -> Settled {
        if attempt == CacheAttempt::NotTried
            && let Some(settled) = self.settle_unchanged(circuit, permit_use, report)
        {
            return settled;
        }
        self.settle_with(circuit, permit_use, &Reported::Call(Cow::Borrowed(report))).await
    }

    /// The fast path of a healthy call. It uses the record that the call's `allow` left in the cache, without the store.
    pub fn settle_unchanged(&mut self, circuit: &CircuitRef, permit_use: PermitUse, report: &Report) -> Option<Settled> {
        let EngineState { records, policies, config, .. } = &mut *self.state;
        let cached = records.get(circuit);
        let is_from_store = cached.is_from_store();
        let (policy, record) = cached.with_policy(config, policies, circuit);
        let outcome = classify(&policy.classify, report);
        if may_set_a_wait(report, outcome) {
            return None;
        }
        let phase = match permit_use {
            PermitUse::Inert => record.circuit(circuit.role()).phase(),
            PermitUse::Claim(claim) if is_from_store && outcome != Outcome::Failure => {
                let call = call_outcome(&policy, outcome, report);
                settle_unchanged(&policy, record, circuit.role(), &claim, &call)?.phase
            }
            PermitUse::Claim(_) | PermitUse::WithoutPermit => return None,
        };
        Some(Settled { outcome, written: Written::Unchanged, phase })
    }

    /// Successes under a lease count only in a window. Without one there is nothing to write.
    async fn settle_tally(&mut self, circuit: &CircuitRef, claim: Option<Claim>, tally: Tally) -> Settled {
        let mut settled = Settled { outcome: Outcome::Success, written: Written::Unchanged, phase: self.phase(circuit) };
        let Some(claim) = claim.filter(|_| self.policy(circuit).window.is_some()) else { return settled };
        for (times, speed) in [(tally.successes, Speed::Normal), (tally.slow, Speed::Slow)] {
            if times == 0 {
                continue;
            }
            let reported = Reported::Successes { times, speed, age: Millis(tally.age_ms) };
            let next = self.settle_with(circuit, PermitUse::Claim(claim), &reported).await;
            settled = Settled { written: less_certain(settled.written, next.written), ..next };
        }
        settled
    }

    /// Fetches the record if the cached one cannot decide, decides, and stores. Keeps the outcome in the backlog if the store cannot
    /// be reached.
    async fn settle_with(&mut self, circuit: &CircuitRef, permit_use: PermitUse, reported: &Reported<'_>) -> Settled {
        let fetched = if self.is_valid_in_cache(circuit, permit_use) { Ok(()) } else { self.fetch(circuit).await };
        let counted = match fetched.and_then(|()| self.check_if_local(circuit, permit_use)) {
            Ok(()) => self.store_outcome(circuit, permit_use, reported).await,
            Err(error) => Err(error),
        };
        match counted {
            Ok(counted) => {
                let is_unwritten = counted.write == WriteResult::None && counted.result.count == CountResult::Counted;
                let settled = self.settled(circuit, counted);
                if is_unwritten { self.settle_local_copy(circuit, permit_use, reported, settled) } else { settled }
            }
            // Without the outcome the record may be short enough for the `Retry-After`.
            Err(RecordError::TooLarge(why)) if permit_use != PermitUse::Inert => {
                self.drop_uncounted(circuit, 1, Cause::RecordLimit, &why);
                Box::pin(self.settle_with(circuit, PermitUse::Inert, reported)).await
            }
            Err(error) => self.settle_later(circuit, permit_use, &error, reported),
        }
    }

    /// Fails if the store does not know the permit's claim, because a local copy that stays gave it.
    fn check_if_local(&mut self, circuit: &CircuitRef, permit_use: PermitUse) -> Result<(), RecordError> {
        match permit_use {
            PermitUse::Claim(claim) if claim.is_local() => self.reason_for_local_copy(circuit).cloned().map_or(Ok(()), Err),
            PermitUse::Claim(_) | PermitUse::Inert | PermitUse::WithoutPermit => Ok(()),
        }
    }

    /// Counts an outcome that changes nothing in the store in a local copy that stays.
    fn settle_local_copy(&mut self, circuit: &CircuitRef, permit_use: PermitUse, reported: &Reported<'_>, settled: Settled) -> Settled {
        if !self.keeps_local_copy(circuit) {
            return settled;
        }
        let decide = |context: &Context, record: &Record| Step { events: Vec::new(), ..reported.settle(context, record, permit_use) };
        Settled { phase: self.decide_locally(circuit, &decide).0.phase, ..settled }
    }

    /// Whether the cached record has the permit's claim. Otherwise it must be fetched: a cached record cannot prove a claim stale.
    fn is_valid_in_cache(&mut self, circuit: &CircuitRef, permit_use: PermitUse) -> bool {
        let cached = self.record(circuit);
        let record = cached.effective();
        match permit_use {
            PermitUse::Claim(claim) => cached.is_from_store() && is_valid(record.circuit(circuit.role()), &claim),
            PermitUse::Inert | PermitUse::WithoutPermit => false,
        }
    }

    fn settled(&mut self, circuit: &CircuitRef, counted: Counted) -> Settled {
        let Counted { result, outcome, write, events } = counted;
        self.events.events.extend(events);
        let written = match (write, result.count) {
            (WriteResult::Unknown, _) => {
                self.push_event(circuit, EventKind::OutcomeUnknown, Cause::LostAnswer, "the store's answer was lost: it may count or not");
                Written::Unknown
            }
            (_, CountResult::Stale) => Written::Stale,
            (_, CountResult::Uncounted) => {
                self.push_uncounted(circuit, Cause::RecordLimit, NO_ROOM);
                Written::Unchanged
            }
            (WriteResult::Stored, CountResult::Counted) => Written::Stored,
            (WriteResult::Stored | WriteResult::None, CountResult::Inert) | (WriteResult::None, CountResult::Counted) => Written::Unchanged,
        };
        let phase = if write == WriteResult::Unknown { self.phase(circuit) } else { result.phase };
        Settled { outcome, written, phase }
    }

    /// Keeps the outcome in the backlog. In `local` mode it counts in this process at once.
    fn settle_later(&mut self, circuit: &CircuitRef, permit_use: PermitUse, error: &RecordError, reported: &Reported<'_>) -> Settled {
        let is_local = matches!(permit_use, PermitUse::Claim(claim) if claim.is_local());
        let call = self.decide(circuit, &|context, _| Step::unchanged(reported.outcome(context).0)).answer;
        let outcome = call.outcome;
        let is_down =
            matches!(error, RecordError::Outage(_) | RecordError::Newer(_) | RecordError::WriteFailed { .. } | RecordError::Refused(_));
        let decides_locally = is_down && self.sharing().on_storage_error == OnStorageError::Local;
        let phase = if decides_locally {
            let decide = |context: &Context, record: &Record| reported.settle(context, record, permit_use);
            let phase = self.decide_locally(circuit, &decide).0.phase;
            // A local claim meets the refusal that was noted when the write was refused.
            if !is_local || error.rejection().is_none() {
                self.note_unwritten(circuit, error);
            }
            phase
        } else {
            self.phase(circuit)
        };
        let holds_slot = matches!(permit_use, PermitUse::Claim(Claim { probe: Some(_), .. }));
        let changes_circuit = !is_local && (outcome != Outcome::Neutral || holds_slot || call.is_slow_cancellation());
        if !changes_circuit && call.retry_after.is_none() {
            return Settled { outcome, written: Written::Unchanged, phase };
        }
        if let Some((cause, why)) = error.rejection() {
            self.drop_uncounted(circuit, 1, cause, why);
            return Settled { outcome, written: Written::Unchanged, phase };
        }
        // A claim that only the local copy gave is unknown to the store. Only the `Retry-After` of such a call is stored.
        let (permit_use, written) = if is_local { (PermitUse::Inert, Written::Unchanged) } else { (permit_use, Written::Kept) };
        let ended_at = match call.ended_at {
            EndedAt::Now => EndedAt::Earlier(self.now().stamp()),
            earlier @ EndedAt::Earlier(_) => earlier,
        };
        let call = CallOutcome { ended_at, ..call };
        self.state.backlog.push(PendingOutcome { circuit: circuit.clone(), permit_use, call, written_as: error.mark() });
        Settled { outcome, written, phase }
    }
}

pub(super) fn permit_use(permit: Option<&Permit>, claim: fn(&Permit) -> Option<Claim>) -> PermitUse {
    match permit {
        None => PermitUse::WithoutPermit,
        Some(permit) => claim(permit).map_or(PermitUse::Inert, PermitUse::Claim),
    }
}

/// The less certain of two results.
fn less_certain(one: Written, two: Written) -> Written {
    let rank = |written| match written {
        Written::Unchanged => 0,
        Written::Stored => 1,
        Written::Kept => 2,
        Written::Stale => 3,
        Written::Unknown => 4,
    };
    if rank(two) > rank(one) { two } else { one }
}
