//! Queries: status, listing, explanations, health.

use super::circuit_ref::{CircuitRef, KeyedRoute};
use super::clock::Clock;
use super::policy_cache::{patches, policy_of};
use super::record_error::RecordError;
use super::request::Request;
use super::route_cache::RouteCache;
use super::store::{Lookup, Store};
use crate::codec;
use crate::key;
use crate::machine::command::circuits;
use crate::machine::context::Context;
use crate::machine::cooldown_jitter::own_end;
use crate::machine::expiry::apply_expiry;
use crate::machine::record::{Cooldown, Override, Record, State, Trial};
use crate::names::{CircuitKind, DEFAULT_ROLE, Scope};
use crate::quote::quoted;
use crate::status::{CircuitStatus, CooldownStatus, Explanation, Filter, Flushed, HealthReport, Listing, OverrideStatus, StatusReport};
use crate::time::Now;
use crate::write_mark::WriteMark;
use crate::{Problem, ProblemCode};
use std::borrow::Cow;

/// Records in one page of a listing at most.
pub(super) const LIST_MAX: u32 = 1_000;

impl<C: Clock, S: Store> Request<'_, C, S> {
    pub fn status(mut self, route: &KeyedRoute) -> StatusReport {
        let circuit = self.fetch_status(&route.circuit);
        let resolver = route.resolver.as_ref().map(|resolver| self.fetch_status(resolver));
        StatusReport { circuit, resolver }
    }

    /// The status of one circuit, by the record last seen if the store cannot be reached. `health` reports whether it can.
    fn fetch_status(&mut self, circuit: &CircuitRef) -> CircuitStatus {
        let _ = self.fetch(circuit);
        self.cached_status(circuit)
    }

    fn cached_status(&mut self, circuit: &CircuitRef) -> CircuitStatus {
        let (now, seed, refused) = (self.now(), self.state.identity.seed, self.state.records.refused(circuit));
        let (policy, record) = self.policy_and_record(circuit);
        status(&Context { policy: &policy, circuit: &circuit.scope, seed, now, mark: WriteMark::local(0, 0) }, record, refused)
    }

    /// The statuses of all circuits of a scope. For a host that has none yet, the status that a role would start with.
    pub fn statuses(&mut self, circuit: &CircuitRef) -> Vec<CircuitStatus> {
        let scopes = circuits_or_base(&circuit.scope, self.record(circuit).effective());
        scopes.into_iter().map(|scope| self.cached_status(&CircuitRef { scope, ..circuit.clone() })).collect()
    }

    pub fn list(mut self, routes: &RouteCache, filter: Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Problem> {
        let wanted = key::KINDS.into_iter().filter(|kind| filter.kind.is_none_or(|wanted| wanted == *kind));
        let prefixes: Vec<&str> = wanted.map(key::prefix).collect();
        let (place, inner) = position(&prefixes, cursor)?;
        let Some(prefix) = prefixes.get(place) else { return Ok(Listing::default()) };
        let page = self.with_store(|store, within| store.list_keys(prefix, inner, limit.clamp(1, LIST_MAX), within))?;
        let next = match page.next {
            Some(inner) => Some(format!("{prefix}{inner}")),
            None => prefixes.get(place + 1).map(|prefix| (*prefix).to_owned()),
        };
        let mut listing = Listing { next, ..Listing::default() };
        for key in page.keys {
            self.list_one(routes, filter, key, &mut listing)?;
        }
        Ok(listing)
    }

    /// Adds the circuits of one record to a listing. It bypasses the cache, so that a listing does not evict records that calls use.
    fn list_one(&mut self, routes: &RouteCache, filter: Filter, key: String, listing: &mut Listing) -> Result<(), RecordError> {
        // A foreign key is not loaded. A host may reject its characters, and one such key must not fail the whole listing.
        let Some(scope) = key::scope_of(&key) else {
            listing.unreadable.push(key);
            return Ok(());
        };
        let entry = match self.with_store(|store, within| store.load(&key, None, within))? {
            Lookup::Found(entry) => entry,
            Lookup::Missing | Lookup::Unchanged => return Ok(()),
        };
        let now = self.now();
        let Ok(record) = codec::decode(&entry.value, now, None) else {
            listing.unreadable.push(key);
            return Ok(());
        };
        for scope in circuits_or_base(&scope, &record) {
            let circuit = routes.circuit_ref(scope);
            let policy = policy_of(&self.state.config, &circuit.scope, &record);
            let context =
                Context { policy: &policy, circuit: &circuit.scope, seed: self.state.identity.seed, now, mark: WriteMark::local(0, 0) };
            let status = status(&context, &record, self.state.records.refused(&circuit));
            if filter.phase.is_none_or(|phase| phase == status.phase) {
                listing.circuits.push(status);
            }
        }
        Ok(())
    }

    pub fn explain(mut self, route: &KeyedRoute) -> Explanation {
        let mut explain = |circuit: &CircuitRef| {
            let _ = self.fetch(circuit);
            let record = self.state.records.get(circuit).effective();
            self.state.config.explain(&circuit.scope, patches(record, &circuit.scope))
        };
        Explanation { circuit: explain(&route.circuit), resolver: route.resolver.as_ref().map(explain).unwrap_or_default() }
    }

    pub fn health(self) -> HealthReport {
        let storage_lost_since_ms = self.state.outage.since().map(|since| since.0);
        HealthReport { storage_lost_since_ms, kept: self.kept(), dropped: self.state.backlog.dropped() }
    }

    pub fn flush(mut self) -> Flushed {
        self.write_backlog();
        let (events, changed) = self.take_events();
        Flushed { kept: self.kept(), events, changed }
    }

    fn kept(&self) -> u32 {
        u32::try_from(self.state.backlog.len()).unwrap_or(u32::MAX)
    }
}

/// Where a listing continues: the index of the prefix, and the store's own cursor.
fn position<'a>(prefixes: &[&str], cursor: Option<&'a str>) -> Result<(usize, Option<&'a str>), Problem> {
    let Some(cursor) = cursor else { return Ok((0, None)) };
    let found = prefixes.iter().enumerate().find_map(|(place, prefix)| Some((place, cursor.strip_prefix(prefix)?)));
    let (place, inner) = found.ok_or_else(|| {
        Problem::new(
            ProblemCode::BadTarget,
            format!("{} is not a cursor of this listing: pass on `next` as it came, with the same filter", quoted(cursor)),
        )
    })?;
    Ok((place, Some(inner).filter(|inner| !inner.is_empty())))
}

/// The circuits of a scope. For a host that has none yet, the circuit that a role would start with.
fn circuits_or_base(scope: &Scope, record: &Record) -> Vec<Scope> {
    let mut scopes = circuits(scope, record);
    if scopes.is_empty() {
        scopes.push(Scope { role: Some(DEFAULT_ROLE.to_owned()), ..scope.clone() });
    }
    scopes
}

/// The current status of one circuit.
fn status(context: &Context, record: &Record, refused: u64) -> CircuitStatus {
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
