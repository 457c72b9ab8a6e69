//! The requests `status`, `explain` and `flush`.

use super::circuit_ref::{CircuitRef, KeyedRoute};
use super::policy_cache::patches;
use super::request::Request;
use crate::machine::command::circuits;
use crate::machine::context::Context;
use crate::machine::cooldown_jitter::own_end;
use crate::machine::expiry::apply_expiry;
use crate::machine::record::{Cooldown, Override, Record, State, Trial};
use crate::names::{CircuitKind, DEFAULT_ROLE, Scope};
use crate::status::{CircuitStatus, CooldownStatus, Explanation, Flushed, OverrideStatus, Setting, StatusReport};
use crate::time::Now;
use crate::write_mark::WriteMark;
use std::borrow::Cow;

impl Request {
    pub async fn status(&mut self, route: &KeyedRoute) -> StatusReport {
        let circuit = self.fetch_status(&route.circuit).await;
        let resolver = match &route.resolver {
            Some(resolver) => Some(self.fetch_status(resolver).await),
            None => None,
        };
        StatusReport { circuit, resolver }
    }

    /// The status of one circuit, by the record last seen if the store cannot be reached. `health` reports whether it can.
    async fn fetch_status(&mut self, circuit: &CircuitRef) -> CircuitStatus {
        let _ = self.fetch(circuit).await;
        self.cached_status(circuit)
    }

    fn cached_status(&mut self, circuit: &CircuitRef) -> CircuitStatus {
        let (now, seed, refused) = (self.now(), self.state.identity.seed, self.state.records.refused(circuit));
        let (policy, record) = self.policy_and_record(circuit);
        status(&Context { policy: &policy, circuit: &circuit.scope, seed, now, mark: WriteMark::local(0, 0) }, record, refused)
    }

    /// The statuses of all circuits of a scope. For a host that has none yet, the status that a role would start with.
    pub fn statuses(&mut self, circuit: &CircuitRef) -> Vec<CircuitStatus> {
        let scopes = circuits_or_base(&circuit.scope, self.effective(circuit));
        scopes.into_iter().map(|scope| self.cached_status(&CircuitRef { scope, ..circuit.clone() })).collect()
    }

    pub async fn explain(&mut self, route: &KeyedRoute) -> Explanation {
        let circuit = self.explain_one(&route.circuit).await;
        let resolver = match &route.resolver {
            Some(resolver) => self.explain_one(resolver).await,
            None => Vec::new(),
        };
        Explanation { circuit, resolver }
    }

    async fn explain_one(&mut self, circuit: &CircuitRef) -> Vec<Setting> {
        let _ = self.fetch(circuit).await;
        let record = self.state.records.get(circuit).effective();
        self.state.config.explain(&circuit.scope, patches(record, &circuit.scope))
    }

    /// Writes the backlog until half of the budget is used, in rounds as long as each writes something. The limit on swaps applies to
    /// each round.
    pub async fn flush(&mut self) -> Flushed {
        loop {
            let before = self.state.kept();
            self.swaps = 0;
            self.write_backlog().await;
            if self.state.kept() == 0 || self.state.kept() >= before {
                break;
            }
        }
        let (events, changed) = self.take_events();
        Flushed { kept: self.state.kept(), events, changed }
    }
}

/// The circuits of a scope. For a host that has none yet, the circuit that a role would start with.
pub(super) fn circuits_or_base(scope: &Scope, record: &Record) -> Vec<Scope> {
    let mut scopes = circuits(scope, record);
    if scopes.is_empty() {
        scopes.push(Scope { role: Some(DEFAULT_ROLE.to_owned()), ..scope.clone() });
    }
    scopes
}

/// The current status of one circuit.
pub(super) fn status(context: &Context, record: &Record, refused: u64) -> CircuitStatus {
    let now = context.now;
    let mut record = Cow::Borrowed(record);
    apply_expiry(context, &mut record, &mut Vec::new());
    let circuit = record.circuit(context.role());
    let no_trial = Trial::default();
    let trial = if let State::HalfOpen(trial) = &circuit.state { trial } else { &no_trial };
    CircuitStatus {
        circuit: context.circuit.clone(),
        phase: circuit.phase(),
        override_: record.override_of(context.role()).map(|o| override_status(o, now)),
        generation: circuit.generation,
        failure_streak: circuit.streak.map_or(0, |streak| streak.failures),
        trial_successes: trial.successes,
        trial_failures: trial.failures,
        probes: unexpired_probes(trial, now),
        window: if let State::Closed(Some(window)) = &circuit.state { Some(window.counts(now)) } else { None },
        refused,
        remaining_ms: if let State::Open(until) = circuit.state { Some(until.remaining(now).0) } else { None },
        cooldown: record.cooldown.as_ref().and_then(|cooldown| cooldown_status(context, cooldown)),
        opened_at_ms: circuit.opened_at_ms.map(|at| at.0),
        last_failure: circuit.last_failure.clone(),
        patch: if context.circuit.kind == CircuitKind::Host { circuit.patch.clone() } else { record.patch.clone() },
    }
}

fn unexpired_probes(trial: &Trial, now: Now) -> u32 {
    let unexpired = trial.probes.iter().filter(|probe| !probe.until_ms.reached(now)).count();
    u32::try_from(unexpired).unwrap_or(u32::MAX)
}

fn override_status(o: &Override, now: Now) -> OverrideStatus {
    OverrideStatus { kind: o.kind, note: o.note.clone(), remaining_ms: o.until_ms.map(|until| until.remaining(now).0) }
}

/// The cooldown, until this process's own end of it.
fn cooldown_status(context: &Context, cooldown: &Cooldown) -> Option<CooldownStatus> {
    let end = own_end(context.policy, context.circuit, context.seed, cooldown);
    let status =
        || CooldownStatus { reason: cooldown.reason.into(), note: cooldown.note.clone(), remaining_ms: end.remaining(context.now).0 };
    (!end.reached(context.now)).then(status)
}
