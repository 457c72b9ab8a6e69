//! `allow`: whether a call may pass its one or two circuits.

use super::assessment::{Assessment, Basis, PendingWrite};
use super::backlog::PendingOutcome;
use super::circuit_ref::{CircuitRef, KeyedRoute};
use super::outage::Access;
use super::record_error::RecordError;
use super::request::{NO_ROOM, Request, StoreUse};
use super::state::EngineState;
use super::write_result::AfterUnknown;
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

impl Request {
    pub async fn allow(&mut self, route: &KeyedRoute) -> Decision {
        let KeyedRoute { circuit, resolver } = route;
        self.write_backlog().await;
        let mut first = self.assess(circuit).await;
        let mut second = match resolver {
            Some(resolver) => Some((resolver, self.assess(resolver).await)),
            None => None,
        };
        if first.refuses() || second.as_ref().is_some_and(|(_, assessment)| assessment.refuses()) {
            Box::pin(self.store_expiry(circuit, &first)).await;
            if let Some((resolver, assessment)) = &second {
                Box::pin(self.store_expiry(resolver, assessment)).await;
            }
        } else {
            first = self.claim(circuit, first).await;
            if !first.refuses()
                && let Some((resolver, assessment)) = second
            {
                let claimed = self.claim(resolver, assessment).await;
                if claimed.refuses() {
                    Box::pin(self.release_probe(circuit, &first.decision)).await;
                }
                second = Some((resolver, claimed));
            }
        }
        if self.store_use == StoreUse::Abandoned {
            self.release_probe_later(circuit, &first.decision);
            if let Some((resolver, assessment)) = &second {
                self.release_probe_later(resolver, &assessment.decision);
            }
        }
        self.refuse_expired_probes(&mut first, second.as_mut().map(|(_, assessment)| assessment));
        self.answer(circuit, first, second)
    }

    /// Loads the record and decides. Writes nothing yet.
    async fn assess(&mut self, circuit: &CircuitRef) -> Assessment {
        let basis = match self.fetch(circuit).await {
            Ok(()) if self.decides_by_local_copy(circuit) => Basis::Local,
            Ok(()) => Basis::Store,
            Err(RecordError::Contended) => Basis::LastSeen,
            Err(error) => match self.sharing().on_storage_error {
                OnStorageError::Local if error.is_of_one_request() => Basis::LastSeen,
                OnStorageError::Local => Basis::Local,
                OnStorageError::Reject => return self.storage_refusal(circuit),
            },
        };
        let record = self.effective(circuit);
        if let Some(decision) = admit_closed(record, circuit.role()).or_else(|| self.refuse_open(circuit)) {
            return Assessment::complete(decision, basis);
        }
        let step = self.decide(circuit, &allow);
        let pending = if step.write.is_some() { PendingWrite::Yes } else { PendingWrite::No };
        Assessment { decision: step.answer, basis, pending }
    }

    /// Refuses as of the time at which this request began. The retry-after may be longer by the time that the store took, but never
    /// shorter.
    pub fn refuse_open(&mut self, circuit: &CircuitRef) -> Option<CircuitDecision> {
        let (now, seed) = (self.start, self.state.identity.seed);
        let (policy, record) = self.policy_and_record(circuit);
        refuse_open(&policy, &circuit.scope, seed, record, now)
    }

    /// The decision when the store cannot be reached and the configuration says `reject`.
    fn storage_refusal(&mut self, circuit: &CircuitRef) -> Assessment {
        let wait = self.state.outage.back_off_left(Access::Write, self.mono()).unwrap_or(FULL_RETRY_MAX);
        let refusal = self.refusal(circuit, Reason::Storage, wait);
        let decision = match self.policy(circuit).mode {
            Mode::Enforce => CircuitDecision::Refuse(refusal),
            Mode::Observe => CircuitDecision::WouldRefuse(refusal),
        };
        Assessment::complete(decision, Basis::None)
    }

    /// Stores what an admission needs. Decides again if another process wrote the record meanwhile.
    async fn claim(&mut self, circuit: &CircuitRef, assessment: Assessment) -> Assessment {
        match (assessment.pending, assessment.basis) {
            (PendingWrite::No, _) => return assessment,
            (PendingWrite::Yes, Basis::Local) => return self.claim_locally(circuit),
            (PendingWrite::Yes, Basis::LastSeen) => return self.refuse_probe(circuit),
            (PendingWrite::Yes, Basis::Store | Basis::None) => {}
        }
        match self.decide_and_store(circuit, AfterUnknown::Repeat, &allow).await {
            Ok((decision, _)) => Assessment::complete(decision, Basis::Store),
            Err(RecordError::Contended) => self.refuse_probe(circuit),
            Err(RecordError::TooLarge(why)) => {
                self.push_uncounted(circuit, Cause::RecordLimit, &why);
                Assessment::complete(CircuitDecision::Uncounted, Basis::Store)
            }
            Err(error) => match self.sharing().on_storage_error {
                OnStorageError::Local if error.is_of_one_request() => self.refuse_probe(circuit),
                OnStorageError::Local => {
                    let claimed = self.claim_locally(circuit);
                    self.note_unwritten(circuit, &error);
                    claimed
                }
                OnStorageError::Reject => self.storage_refusal(circuit),
            },
        }
    }

    fn claim_locally(&mut self, circuit: &CircuitRef) -> Assessment {
        Assessment::complete(self.decide_locally(circuit, &allow), Basis::Local)
    }

    /// Decides by the record last seen, and grants no probe, because a probe could not be stored.
    fn refuse_probe(&mut self, circuit: &CircuitRef) -> Assessment {
        let decision = match self.decide(circuit, &allow).answer {
            CircuitDecision::Probe(..) => CircuitDecision::Refuse(self.refusal(circuit, Reason::HalfOpenFull, FULL_RETRY_MAX)),
            decision => decision,
        };
        Assessment::complete(decision, Basis::LastSeen)
    }

    fn refusal(&mut self, circuit: &CircuitRef, reason: Reason, wait: Millis) -> Refusal {
        let last_failure = self.circuit(circuit).last_failure.clone();
        Refusal { reason, retry_after_ms: Some(wait.0), last_failure }
    }

    /// Stores the expiry that a refusal found: a cooldown that is over, or a wait that was too long. The refusal is valid whether or
    /// not this write succeeds, since the next request finds the same expiry.
    async fn store_expiry(&mut self, circuit: &CircuitRef, assessment: &Assessment) {
        if !assessment.refuses() || assessment.pending == PendingWrite::No {
            return;
        }
        let refuse_only = |context: &Context, record: &Record| {
            let step = allow(context, record);
            if matches!(step.answer, CircuitDecision::Refuse(_)) { step } else { Step::unchanged(step.answer) }
        };
        match assessment.basis {
            Basis::Local => drop(self.decide_locally(circuit, &refuse_only)),
            // Another request writes the record now. The next request finds the same expiry.
            Basis::Store if self.state.gates.is_swapped_by_other(&circuit.key, self.token) => {}
            Basis::Store => drop(self.decide_and_store(circuit, AfterUnknown::Repeat, &refuse_only).await),
            Basis::LastSeen | Basis::None => {}
        }
    }

    /// Releases the first circuit's probe because the second refused. If this fails, the slot expires at its deadline.
    async fn release_probe(&mut self, circuit: &CircuitRef, decision: &CircuitDecision) {
        let CircuitDecision::Probe(claim, _) = decision else { return };
        let neutral = |context: &Context, record: &Record| settle(context, record, PermitUse::Claim(*claim), &unused());
        if claim.is_local() || self.decide_and_store(circuit, AfterUnknown::Stop, &neutral).await.is_err() {
            self.decide_locally(circuit, &neutral);
        }
    }

    /// Releases a probe with the backlog, because nobody waits for this decision. Its slot may be stored or not.
    fn release_probe_later(&mut self, circuit: &CircuitRef, decision: &CircuitDecision) {
        let CircuitDecision::Probe(claim, _) = decision else { return };
        let permit_use = PermitUse::Claim(*claim);
        if claim.is_local() {
            self.decide_locally(circuit, &|context, record| settle(context, record, permit_use, &unused()));
        } else {
            self.state.backlog.push(PendingOutcome { circuit: circuit.clone(), permit_use, call: unused(), written_as: None });
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

    pub fn answer(&mut self, circuit: &CircuitRef, first: Assessment, second: Option<(&CircuitRef, Assessment)>) -> Decision {
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

    /// The spread of one refusal by a cooldown. Each refusal gets another part.
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

/// The outcome of a probe that is not made: it only frees the slot.
fn unused() -> CallOutcome {
    CallOutcome::now(Outcome::Neutral, Speed::Normal)
}

/// Splits a decision into its claim, and its refusal with the mode in which it applies.
fn split(decision: CircuitDecision) -> (Option<Claim>, Option<(Mode, Refusal)>) {
    match decision {
        CircuitDecision::Admit(claim, _) | CircuitDecision::Probe(claim, _) | CircuitDecision::Bypassed(claim) => (Some(claim), None),
        CircuitDecision::Uncounted => (None, None),
        CircuitDecision::WouldRefuse(refusal) => (None, Some((Mode::Observe, refusal))),
        CircuitDecision::Refuse(refusal) => (None, Some((Mode::Enforce, refusal))),
    }
}

/// The part of a cooldown's jitter that is added to one caller's wait, and the largest such part.
#[derive(Default)]
struct Spread {
    part: Millis,
    largest: Millis,
}
