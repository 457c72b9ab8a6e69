//! Looking: status, listing, explanations, health.

use super::call::Call;
use super::leg::Leg;
use super::policies::{patches, policy_of};
use super::ports::{Clock, Store};
use super::trouble::Trouble;
use crate::codec;
use crate::key;
use crate::machine::command::circuits;
use crate::machine::given::Given;
use crate::machine::passing::pass;
use crate::machine::policy::Policy;
use crate::machine::record::{Cooldown, Override, Record, State};
use crate::names::{CircuitKind, DEFAULT_ROLE, Scope};
use crate::quote::quoted;
use crate::status::{CircuitStatus, CooldownStatus, Explanation, Filter, Flushed, Health, Listing, OverrideStatus, StatusReport};
use crate::time::Now;
use crate::{Lookup, Problem, ProblemCode, Target};
use std::borrow::Cow;

/// Records that one page of a listing shows at most.
pub(super) const LIST_MAX: u32 = 1_000;

impl<C: Clock, S: Store> Call<'_, C, S> {
    pub fn status(mut self, target: &Target) -> Result<StatusReport, Problem> {
        let legs = self.board.ways.legs(target)?;
        let circuit = self.look(&legs.circuit);
        let resolver = legs.resolver.as_ref().map(|leg| self.look(leg));
        Ok(StatusReport { circuit, resolver })
    }

    /// One circuit, by the last record seen where the store cannot be asked; `health` tells whether it can.
    fn look(&mut self, leg: &Leg) -> CircuitStatus {
        let _ = self.fetch(leg);
        self.status_of(leg)
    }

    fn status_of(&mut self, leg: &Leg) -> CircuitStatus {
        let (now, refused) = (self.now(), self.board.cells.refused(leg));
        let (policy, cell) = self.policed(leg);
        status(&policy, leg, cell.view(), now, refused)
    }

    /// All circuits of a scope; for a host that has none yet, what a role would begin with.
    pub fn statuses(&mut self, leg: &Leg) -> Vec<CircuitStatus> {
        let scopes = circuits_or_base(&leg.scope, self.cell(leg).view());
        scopes.into_iter().map(|scope| self.status_of(&Leg { scope, ..leg.clone() })).collect()
    }

    pub fn list(mut self, filter: Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Problem> {
        let prefixes: Vec<&str> =
            key::KINDS.into_iter().filter(|kind| filter.kind.is_none_or(|wanted| wanted == *kind)).map(key::prefix).collect();
        let (place, inner) = place(&prefixes, cursor)?;
        let Some(prefix) = prefixes.get(place) else { return Ok(Listing::default()) };
        let page = self.ask(|store, within| store.list_keys(prefix, inner, limit.clamp(1, LIST_MAX), within))?;
        let next = match page.next {
            Some(inner) => Some(format!("{prefix}{inner}")),
            None => prefixes.get(place + 1).map(|prefix| (*prefix).to_owned()),
        };
        let mut listing = Listing { next, ..Listing::default() };
        for key in page.keys {
            self.list_one(filter, key, &mut listing)?;
        }
        Ok(listing)
    }

    /// Reads one record past the cache, so that a listing does not push out what calls need.
    fn list_one(&mut self, filter: Filter, key: String, listing: &mut Listing) -> Result<(), Trouble> {
        // Nobody's key is not asked for: a host lets only our own letters reach its store, and one such key must not end the listing.
        let Some(scope) = key::scope_of(&key) else {
            listing.unreadable.push(key);
            return Ok(());
        };
        let entry = match self.ask(|store, within| store.load(&key, None, within))? {
            Lookup::Found(entry) => entry,
            Lookup::Missing | Lookup::Unchanged => return Ok(()),
        };
        let now = self.now();
        let Ok(record) = codec::decode(&entry.value, now, None) else {
            listing.unreadable.push(key);
            return Ok(());
        };
        for scope in circuits_or_base(&scope, &record) {
            let leg = self.board.ways.leg(scope);
            let policy = policy_of(&self.board.config, &leg.scope, &record);
            let status = status(&policy, &leg, &record, now, self.board.cells.refused(&leg));
            if filter.phase.is_none_or(|phase| phase == status.phase) {
                listing.circuits.push(status);
            }
        }
        Ok(())
    }

    pub fn explain(mut self, target: &Target) -> Result<Explanation, Problem> {
        let legs = self.board.ways.legs(target)?;
        let mut explain = |leg: &Leg| {
            let _ = self.fetch(leg);
            let cell = self.board.cells.get(leg);
            self.board.config.explain(&leg.scope, patches(cell.view(), &leg.scope))
        };
        Ok(Explanation { circuit: explain(&legs.circuit), resolver: legs.resolver.as_ref().map(explain).unwrap_or_default() })
    }

    pub fn health(self) -> Health {
        let kept = u32::try_from(self.board.kept.len()).unwrap_or(u32::MAX);
        let storage_lost_since_ms = self.board.outage.since().map(|since| since.0);
        Health { storage_lost_since_ms, kept, dropped: self.board.kept.dropped() }
    }

    pub fn flush(mut self) -> Flushed {
        self.hand_in_kept();
        let (events, changed) = self.told();
        Flushed { kept: u32::try_from(self.board.kept.len()).unwrap_or(u32::MAX), events, changed }
    }
}

/// Where a listing goes on: which prefix, and the store's own cursor.
fn place<'a>(prefixes: &[&str], cursor: Option<&'a str>) -> Result<(usize, Option<&'a str>), Problem> {
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

/// The circuits of a scope; for a host that has none yet, the one that stands for what a role would begin with.
fn circuits_or_base(scope: &Scope, record: &Record) -> Vec<Scope> {
    let mut scopes = circuits(scope, record);
    if scopes.is_empty() {
        scopes.push(Scope { role: Some(DEFAULT_ROLE.to_owned()), ..scope.clone() });
    }
    scopes
}

/// One circuit as it is now.
fn status(policy: &Policy, leg: &Leg, record: &Record, now: Now, refused: u64) -> CircuitStatus {
    let mut record = Cow::Borrowed(record);
    pass(&Given { policy, circuit: &leg.scope, seed: 0, now }, &mut record, &mut Vec::new());
    let role = leg.role();
    let circuit = record.circuit(role);
    let (mut trial, mut window, mut remaining_ms) = ((0, 0, 0), None, None);
    match &circuit.state {
        State::Closed(counts) => window = counts.as_ref().map(|window| window.counts(now.wall)),
        State::Open(until) => remaining_ms = Some(until.remaining(now).0),
        State::HalfOpen(half) => {
            let standing = half.probes.iter().filter(|probe| !probe.until_ms.reached(now)).count();
            trial = (half.successes, half.failures, u32::try_from(standing).unwrap_or(u32::MAX));
        }
    }
    CircuitStatus {
        circuit: leg.scope.clone(),
        phase: circuit.phase(),
        override_: record.override_of(role).map(|o| override_status(o, now)),
        epoch: record.epoch_of(circuit),
        generation: circuit.generation,
        failure_streak: circuit.streak.map_or(0, |streak| streak.failures),
        trial_successes: trial.0,
        trial_failures: trial.1,
        probes: trial.2,
        window,
        refused,
        remaining_ms,
        cooldown: record.cooldown.as_ref().map(|cooldown| cooldown_status(cooldown, now)),
        opened_at_ms: circuit.opened_at_ms.map(|at| at.0),
        last_failure: circuit.last_failure.clone(),
        patch: if leg.scope.kind == CircuitKind::Host { circuit.patch.clone() } else { record.patch.clone() },
    }
}

fn override_status(o: &Override, now: Now) -> OverrideStatus {
    OverrideStatus { kind: o.kind, note: o.note.clone(), remaining_ms: o.until_ms.map(|until| until.remaining(now).0) }
}

fn cooldown_status(cooldown: &Cooldown, now: Now) -> CooldownStatus {
    let remaining_ms = cooldown.until_ms.remaining(now).0;
    CooldownStatus { reason: cooldown.reason.into(), note: cooldown.note.clone(), remaining_ms }
}
