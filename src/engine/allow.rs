//! `allow`: whether a call may pass its one or two circuits.

use super::assessment::{Assessment, Basis, PendingWrite};
use super::circuit_ref::{CircuitRef, KeyedRoute};
use super::clock::Clock;
use super::decide::AfterUnknown;
use super::record_error::RecordError;
use super::request::{NO_ROOM, Request};
use super::state::EngineState;
use super::store::Store;
use crate::answer::{Admitted, Answer, Cause, Decision, Reason, Refusal, Refused};
use crate::machine::allow::{CircuitDecision, FULL_RETRY_MAX, admit_closed, allow, refuse_open};
use crate::machine::call_outcome::{CallOutcome, Speed};
use crate::machine::context::{Context, Step};
use crate::machine::cooldown_jitter::{largest_part, spread};
use crate::machine::record::Record;
use crate::machine::settle::{PermitUse, settle};
use crate::permit::{Claim, Outcome, Permit};
use crate::policy::{Mode, OnStorageError};
use crate::time::{Deadline, Millis};

impl<C: Clock, S: Store> Request<'_, C, S> {
    pub fn allow(mut self, route: &KeyedRoute) -> Decision {
        let KeyedRoute { circuit, resolver } = route;
        self.write_backlog();
        let mut first = self.assess(circuit);
        let mut second = resolver.as_ref().map(|resolver| (resolver, self.assess(resolver)));
        if first.refuses() || second.as_ref().is_some_and(|(_, assessment)| assessment.refuses()) {
            self.store_expiry(circuit, &first);
            if let Some((resolver, assessment)) = &second {
                self.store_expiry(resolver, assessment);
            }
        } else {
            first = self.claim(circuit, first);
            if !first.refuses()
                && let Some((resolver, assessment)) = second
            {
                let claimed = self.claim(resolver, assessment);
                if claimed.refuses() {
                    self.release_probe(circuit, &first.decision);
                }
                second = Some((resolver, claimed));
            }
        }
        self.refuse_expired_probes(&mut first, second.as_mut().map(|(_, assessment)| assessment));
        self.answer(circuit, first, second)
    }

    /// Loads the record and decides. Writes nothing yet.
    fn assess(&mut self, circuit: &CircuitRef) -> Assessment {
        let basis = match self.fetch(circuit) {
            Ok(()) => Basis::Store,
            Err(RecordError::Contended) => Basis::LastSeen,
            Err(_) => match self.sharing().on_storage_error {
                OnStorageError::Local => Basis::Local,
                OnStorageError::Reject => return self.storage_refusal(circuit),
            },
        };
        let record = self.record(circuit).effective();
        if let Some(decision) = admit_closed(record, circuit.role()).or_else(|| self.refuse_open(circuit)) {
            return Assessment::settled(decision, basis);
        }
        let step = self.decide(circuit, &allow);
        let pending = if step.write.is_some() { PendingWrite::Yes } else { PendingWrite::No };
        Assessment { decision: step.answer, basis, pending }
    }

    /// Refuses by the time at which this request began. The retry-after may be longer by the time that the store took, but never
    /// shorter.
    fn refuse_open(&mut self, circuit: &CircuitRef) -> Option<CircuitDecision> {
        let (now, seed) = (self.start(), self.state.identity.seed);
        let (policy, record) = self.policy_and_record(circuit);
        refuse_open(&policy, &circuit.scope, seed, record, now)
    }

    /// The decision when the store cannot be reached and the configuration says `reject`.
    fn storage_refusal(&mut self, circuit: &CircuitRef) -> Assessment {
        let wait = self.state.outage.back_off_left(self.mono()).unwrap_or(FULL_RETRY_MAX);
        let refusal = self.refusal(circuit, Reason::Storage, wait);
        let decision = match self.policy(circuit).mode {
            Mode::Enforce => CircuitDecision::Refuse(refusal),
            Mode::Observe => CircuitDecision::WouldRefuse(refusal),
        };
        Assessment::settled(decision, Basis::None)
    }

    /// Stores what an admission needs. Decides again if another process wrote the record meanwhile.
    fn claim(&mut self, circuit: &CircuitRef, assessment: Assessment) -> Assessment {
        match (assessment.pending, assessment.basis) {
            (PendingWrite::No, _) => return assessment,
            (PendingWrite::Yes, Basis::Local) => return self.claim_locally(circuit),
            (PendingWrite::Yes, Basis::LastSeen) => return self.refuse_probe(circuit),
            (PendingWrite::Yes, Basis::Store | Basis::None) => {}
        }
        match self.decide_and_store(circuit, AfterUnknown::Repeat, &allow) {
            Ok((decision, _)) => Assessment::settled(decision, Basis::Store),
            Err(RecordError::Contended) => self.refuse_probe(circuit),
            Err(RecordError::TooLarge(why)) => {
                self.push_uncounted(circuit, Cause::RecordLimit, &why);
                Assessment::settled(CircuitDecision::Uncounted, Basis::Store)
            }
            Err(_) => match self.sharing().on_storage_error {
                OnStorageError::Local => self.claim_locally(circuit),
                OnStorageError::Reject => self.storage_refusal(circuit),
            },
        }
    }

    fn claim_locally(&mut self, circuit: &CircuitRef) -> Assessment {
        Assessment::settled(self.decide_locally(circuit, &allow), Basis::Local)
    }

    /// Decides by the record last seen, without granting a probe: every write of one conflicted with another process's write.
    fn refuse_probe(&mut self, circuit: &CircuitRef) -> Assessment {
        let decision = match self.decide(circuit, &allow).answer {
            CircuitDecision::Probe(..) => CircuitDecision::Refuse(self.refusal(circuit, Reason::HalfOpenFull, FULL_RETRY_MAX)),
            decision => decision,
        };
        Assessment::settled(decision, Basis::LastSeen)
    }

    fn refusal(&mut self, circuit: &CircuitRef, reason: Reason, wait: Millis) -> Refusal {
        let last_failure = self.circuit(circuit).last_failure.clone();
        Refusal { reason, retry_after_ms: Some(wait.0), last_failure }
    }

    /// Stores what a refusal found out: a cooldown that is over, or a wait that was too long. The refusal is valid whether or not
    /// this write succeeds, since the next request finds out the same.
    fn store_expiry(&mut self, circuit: &CircuitRef, assessment: &Assessment) {
        if !assessment.refuses() || assessment.pending == PendingWrite::No {
            return;
        }
        let refuse_only = |context: &Context, record: &Record| {
            let step = allow(context, record);
            if matches!(step.answer, CircuitDecision::Refuse(_)) { step } else { Step::unchanged(step.answer) }
        };
        match assessment.basis {
            Basis::Local => drop(self.decide_locally(circuit, &refuse_only)),
            Basis::Store => drop(self.decide_and_store(circuit, AfterUnknown::Repeat, &refuse_only)),
            Basis::LastSeen | Basis::None => {}
        }
    }

    /// Releases the first circuit's probe because the second refused. If this fails, the slot expires at its deadline.
    fn release_probe(&mut self, circuit: &CircuitRef, decision: &CircuitDecision) {
        let CircuitDecision::Probe(claim, _) = decision else { return };
        let call = CallOutcome::now(Outcome::Neutral, Speed::Normal);
        let neutral = |context: &Context, record: &Record| settle(context, record, PermitUse::Claim(*claim), &call);
        if claim.is_local() || self.decide_and_store(circuit, AfterUnknown::Stop, &neutral).is_err() {
            self.decide_locally(circuit, &neutral);
        }
    }

    /// Refuses a probe whose deadline passed while it was being written: its outcome would not count.
    fn refuse_expired_probes(&mut self, first: &mut Assessment, second: Option<&mut Assessment>) {
        if !first.is_probe() && !second.as_ref().is_some_and(|assessment| assessment.is_probe()) {
            return;
        }
        let now = self.mono();
        let refusal = Refusal { reason: Reason::HalfOpenFull, retry_after_ms: Some(FULL_RETRY_MAX.0), last_failure: None };
        for assessment in std::iter::once(first).chain(second) {
            if matches!(assessment.decision, CircuitDecision::Probe(_, Deadline { due, .. }) if due <= now) {
                assessment.decision = CircuitDecision::Refuse(refusal.clone());
            }
        }
    }

    fn answer(&mut self, circuit: &CircuitRef, first: Assessment, second: Option<(&CircuitRef, Assessment)>) -> Decision {
        for (circuit, assessment) in std::iter::once((circuit, &first)).chain(second.as_ref().map(|(resolver, of)| (*resolver, of))) {
            if assessment.decision == CircuitDecision::Uncounted {
                self.push_uncounted(circuit, Cause::RecordLimit, NO_ROOM);
            }
        }
        let lease = self.lease(circuit, &first, second.as_ref());
        let resolver = second.as_ref().map(|(resolver, _)| *resolver);
        let (claim, refusal) = split(first.decision);
        let (resolver_claim, resolver_refusal) = second.map_or((None, None), |(_, assessment)| split(assessment.decision));
        let enforced = [&refusal, &resolver_refusal].into_iter().flatten().any(|(mode, _)| *mode == Mode::Enforce);
        let mode = if enforced { Mode::Enforce } else { Mode::Observe };
        let of_mode = |refusal: Option<(Mode, Refusal)>| refusal.filter(|(of, _)| *of == mode).map(|(_, refusal)| refusal);
        let (refusal, resolver_refusal) = (of_mode(refusal), of_mode(resolver_refusal));
        let refusing = [refusal.is_some().then_some(circuit), resolver.filter(|_| resolver_refusal.is_some())];
        let refused = Refused { circuit: refusal, resolver: resolver_refusal, retry_after_ms: None, repeat_ms: 0, spread_ms: 0 };
        let refused = refusing.iter().any(Option::is_some).then(|| self.with_waits(refused, refusing, mode));
        let answer = match refused {
            Some(refused) if mode == Mode::Enforce => Answer::Refused(refused),
            would_refuse => {
                let permit = Permit { circuit: claim, resolver: resolver_claim };
                Answer::Admitted(Admitted { permit, lease: lease.map(Box::new), would_refuse: would_refuse.map(Box::new) })
            }
        };
        let (events, changed) = self.take_events();
        Decision { answer, events, changed }
    }

    /// Computes the wait for the caller, and how the host may repeat the refusal.
    fn with_waits(&mut self, refused: Refused, refusing: [Option<&CircuitRef>; 2], mode: Mode) -> Refused {
        let repeat_ms = self.repeat_ms(refusing, mode, refused.longest_wait(0));
        let reason = refused.circuit.as_ref().map(|refusal| refusal.reason);
        let spread = match (refusing, reason) {
            ([Some(circuit), _], Some(Reason::CooldownRetryAfter | Reason::CooldownRolling)) => self.spread(circuit),
            _ => Spread::default(),
        };
        let retry_after_ms = refused.longest_wait(spread.part.0);
        Refused { retry_after_ms, repeat_ms, spread_ms: u32::try_from(spread.largest.0).unwrap_or(u32::MAX), ..refused }
    }

    /// Each refusal of a cooldown spreads the wait by another part.
    fn spread(&mut self, circuit: &CircuitRef) -> Spread {
        let (seed, nth) = (self.state.identity.seed, self.state.records.refused(circuit));
        let (policy, record) = self.policy_and_record(circuit);
        let of = |cooldown| Spread { part: spread(&policy, &circuit.scope, seed, cooldown, nth), largest: largest_part(&policy, cooldown) };
        record.cooldown.as_ref().map(of).unwrap_or_default()
    }

    /// Counts a refusal of these circuits, and returns how long the host may repeat it.
    fn repeat_ms(&mut self, refusing: [Option<&CircuitRef>; 2], mode: Mode, longest: Option<u64>) -> u32 {
        if mode == Mode::Observe {
            return 0;
        }
        let mut repeat = longest.unwrap_or(u64::MAX);
        for circuit in refusing.into_iter().flatten() {
            let EngineState { records, policies, config, .. } = &mut *self.state;
            let record = records.get(circuit);
            record.count_refusal(circuit.role());
            repeat = repeat.min(record.with_policy(config, policies, circuit).0.lease.lasts.0);
        }
        u32::try_from(repeat).unwrap_or(0)
    }
}

/// A decision's claim, and its refusal with the mode that it applies in.
fn split(decision: CircuitDecision) -> (Option<Claim>, Option<(Mode, Refusal)>) {
    match decision {
        CircuitDecision::Admit(claim, _) | CircuitDecision::Probe(claim, _) | CircuitDecision::Bypassed(claim) => (Some(claim), None),
        CircuitDecision::Uncounted => (None, None),
        CircuitDecision::WouldRefuse(refusal) => (None, Some((Mode::Observe, refusal))),
        CircuitDecision::Refuse(refusal) => (None, Some((Mode::Enforce, refusal))),
    }
}

/// How much longer a caller waits than its process, and how much longer any caller may wait.
#[derive(Default)]
struct Spread {
    part: Millis,
    largest: Millis,
}
