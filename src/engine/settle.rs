//! `settle` and `settle_leased`: how permitted calls ended.

use super::backlog::PendingOutcome;
use super::circuit_ref::{CircuitRef, KeyedRoute};
use super::clock::Clock;
use super::decide::{AfterUnknown, Decide, WriteResult};
use super::record_error::RecordError;
use super::request::{NO_ROOM, Request};
use super::store::Store;
use crate::answer::{Cause, EventKind, Settled, Verdict, Written};
use crate::classify::{classify, failure_text, neutral_reason};
use crate::hints::{RequestedWait, may_set_a_wait, requested_wait};
use crate::machine::call_outcome::{CallOutcome, EndedAt, Speed};
use crate::machine::context::{Context, Step};
use crate::machine::record::Record;
use crate::machine::settle::{CountResult, PermitUse, SettleResult, is_valid, settle, settle_unchanged};
use crate::names::CircuitKind;
use crate::permit::{Claim, Lease, Outcome, Permit, Report, Tally};
use crate::policy::{OnStorageError, Policy};
use crate::time::{Millis, Wall};

/// Classifies a report by the circuit's policy. Also returns which hints are ignored and why, if some are.
type Understand<'a> = &'a dyn Fn(&Context) -> (CallOutcome, Option<String>);

impl<C: Clock, S: Store> Request<'_, C, S> {
    pub fn settle(mut self, route: &KeyedRoute, permit: Option<&Permit>, report: &Report) -> Verdict {
        self.write_backlog();
        let of_circuit = permit_use(permit, |permit| permit.circuit);
        let of_resolver = permit_use(permit, |permit| permit.resolver);
        let circuit = self.settle_reported(&route.circuit, of_circuit, report);
        let resolver = route.resolver.as_ref().map(|resolver| self.settle_reported(resolver, of_resolver, report));
        self.verdict(circuit, resolver)
    }

    pub fn settle_leased(mut self, route: &KeyedRoute, lease: &Lease, tally: Tally) -> Verdict {
        self.write_backlog();
        let circuit = self.settle_tally(&route.circuit, lease.permit.circuit, tally);
        let resolver = route.resolver.as_ref().map(|resolver| self.settle_tally(resolver, lease.permit.resolver, tally));
        self.verdict(circuit, resolver)
    }

    fn verdict(&mut self, circuit: Settled, resolver: Option<Settled>) -> Verdict {
        let (events, changed) = self.take_events();
        Verdict { circuit, resolver, events, changed }
    }

    fn settle_reported(&mut self, circuit: &CircuitRef, permit_use: PermitUse, report: &Report) -> Settled {
        if let Some(settled) = self.settle_unchanged(circuit, permit_use, report) {
            return settled;
        }
        self.settle_with(circuit, permit_use, &|context| understand(context.policy, context.circuit.kind, report, context.now.wall))
    }

    /// The fast path of a healthy call. It uses the record that the call's `allow` left in the cache, without the store.
    fn settle_unchanged(&mut self, circuit: &CircuitRef, permit_use: PermitUse, report: &Report) -> Option<Settled> {
        let is_from_store = self.record(circuit).is_from_store();
        let (policy, record) = self.policy_and_record(circuit);
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
    fn settle_tally(&mut self, circuit: &CircuitRef, claim: Option<Claim>, tally: Tally) -> Settled {
        let mut settled = Settled { outcome: Outcome::Success, written: Written::Unchanged, phase: self.phase(circuit) };
        let Some(claim) = claim.filter(|_| self.policy(circuit).window.is_some()) else { return settled };
        for (times, speed) in [(tally.successes, Speed::Normal), (tally.slow, Speed::Slow)] {
            if times == 0 {
                continue;
            }
            let next = self.settle_with(circuit, PermitUse::Claim(claim), &|context| {
                let speed = if context.policy.slow_ns().is_some() { speed } else { Speed::Normal };
                let ended_at = EndedAt::Earlier(context.now.ago(Millis(tally.age_ms)));
                (CallOutcome { times, ended_at, ..CallOutcome::now(Outcome::Success, speed) }, None)
            });
            settled = Settled { written: less_certain(settled.written, next.written), ..next };
        }
        settled
    }

    /// Fetches the record if the cached one cannot decide, decides, and stores. Keeps the outcome in the backlog if the store cannot
    /// be reached.
    fn settle_with(&mut self, circuit: &CircuitRef, permit_use: PermitUse, call: Understand) -> Settled {
        let decide = |context: &Context, record: &Record| -> Step<(SettleResult, Outcome)> {
            let (call, ignored) = call(context);
            let mut step = settle(context, record, permit_use, &call);
            if let Some(why) = ignored {
                let generation = record.circuit(context.role()).generation;
                step.events.push(context.event(EventKind::RetryAfterIgnored, generation, Cause::RetryAfter, &why));
            }
            Step { answer: (step.answer, call.outcome), write: step.write, events: step.events }
        };
        let fetched = if self.is_valid_in_cache(circuit, permit_use) { Ok(()) } else { self.fetch(circuit) };
        match fetched.and_then(|()| self.decide_and_store(circuit, AfterUnknown::Stop, &decide)) {
            Ok(((result, outcome), write)) => self.settled(circuit, result, outcome, write),
            // Without the outcome the record may be short enough for the `Retry-After`.
            Err(RecordError::TooLarge(why)) if permit_use != PermitUse::Inert => {
                self.drop_uncounted(circuit, 1, Cause::RecordLimit, &why);
                self.settle_with(circuit, PermitUse::Inert, call)
            }
            Err(error) => self.settle_later(circuit, permit_use, &error, call, &decide),
        }
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

    fn settled(&mut self, circuit: &CircuitRef, result: SettleResult, outcome: Outcome, write: WriteResult) -> Settled {
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

    /// Keeps the outcome in the backlog, unless the store would never accept it. In `local` mode it counts in this process at once.
    fn settle_later(
        &mut self,
        circuit: &CircuitRef,
        permit_use: PermitUse,
        error: &RecordError,
        call: Understand,
        decide: Decide<(SettleResult, Outcome)>,
    ) -> Settled {
        let is_local = matches!(permit_use, PermitUse::Claim(claim) if claim.is_local());
        let call = self.decide(circuit, &|context, _| Step::unchanged(call(context).0)).answer;
        let outcome = call.outcome;
        let is_down = matches!(error, RecordError::Outage(_) | RecordError::Refused(_));
        let decides_locally = is_down && self.sharing().on_storage_error == OnStorageError::Local;
        let phase = if decides_locally { self.decide_locally(circuit, decide).0.phase } else { self.phase(circuit) };
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
        let call = CallOutcome { ended_at: EndedAt::Earlier(self.now().stamp()), ..call };
        self.state.backlog.push(PendingOutcome { circuit: circuit.clone(), permit_use, call });
        Settled { outcome, written, phase }
    }
}

fn permit_use(permit: Option<&Permit>, claim: fn(&Permit) -> Option<Claim>) -> PermitUse {
    match permit {
        None => PermitUse::WithoutPermit,
        Some(permit) => claim(permit).map_or(PermitUse::Inert, PermitUse::Claim),
    }
}

/// Classifies a report by a circuit's policy. Also returns which hints are ignored and why, if some are.
fn understand(policy: &Policy, kind: CircuitKind, report: &Report, now: Wall) -> (CallOutcome, Option<String>) {
    let outcome = classify(&policy.classify, report);
    let requested = heard(policy, kind, outcome, report, now);
    let call = CallOutcome { what: failure_text(report), retry_after: requested.wait, ..call_outcome(policy, outcome, report) };
    (call, requested.ignored.text())
}

/// A classified report, without a failure text or a `Retry-After`. Only a neutral one is read again, for its reason.
fn call_outcome(policy: &Policy, outcome: Outcome, report: &Report) -> CallOutcome {
    let call = CallOutcome::now(outcome, speed(policy, report.elapsed_ns));
    if outcome == Outcome::Neutral { CallOutcome { neutral_reason: neutral_reason(&policy.classify, report), ..call } } else { call }
}

/// The wait that the report asks for, and which hints are ignored and why. A resolver has no cooldown.
fn heard(policy: &Policy, kind: CircuitKind, outcome: Outcome, report: &Report, now: Wall) -> RequestedWait {
    let sets_cooldowns = kind != CircuitKind::Resolver && policy.retry_after_cap > Millis::ZERO;
    if sets_cooldowns { requested_wait(report, outcome, now) } else { RequestedWait::default() }
}

fn speed(policy: &Policy, elapsed_ns: Option<u64>) -> Speed {
    match (policy.slow_ns(), elapsed_ns) {
        (Some(limit), Some(elapsed)) if elapsed > limit => Speed::Slow,
        _ => Speed::Normal,
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
