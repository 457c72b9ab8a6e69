//! What the observer knows of one request.

use crate::recording_store::Log;
use crate::settings::Settings;
use crate::stored::{Circuit, Record, State};
use fuseboard::{Claim, Revision, Scope, Target, key};
use std::borrow::Cow;
use std::rc::Rc;

/// A circuit that a call passes through, and the key of its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitKey {
    pub scope: Scope,
    pub key: String,
}

impl CircuitKey {
    pub fn of(target: &Target) -> Vec<CircuitKey> {
        let Ok(route) = key::route(target) else { return Vec::new() };
        let circuit = |scope: Scope| CircuitKey { key: key::key(&scope), scope };
        std::iter::once(route.circuit).chain(route.resolver).map(circuit).collect()
    }

    pub(super) fn role(&self) -> &str {
        self.scope.role.as_deref().unwrap_or(fuseboard::DEFAULT_ROLE)
    }
}

/// The entry under a key.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    pub revision: Option<Revision>,
    pub text: String,
    pub record: Rc<Option<Record>>,
}

/// One request, seen from outside.
pub struct Observation<'a> {
    pub circuits: &'a [CircuitKey],
    pub before: &'a [StoredEntry],
    pub after: &'a [StoredEntry],
    pub log: &'a Log,
    /// The true time when the request began.
    pub now: u64,
    /// The true time when the request ended. It is later than `now` if the store answered late.
    pub end: u64,
    /// The board's wall clock when it began.
    pub wall: u64,
    pub settings: &'a Settings,
    /// Whether the store worked before, during and after the request.
    pub store_worked: bool,
}

/// One circuit of an observation.
pub(super) struct CircuitObservation<'a> {
    pub observation: &'a Observation<'a>,
    pub circuit: &'a CircuitKey,
    pub before: &'a Record,
    pub after: &'a Record,
    /// With the record's patches applied.
    pub settings: Cow<'a, Settings>,
}

impl<'a> CircuitObservation<'a> {
    pub fn of(observation: &'a Observation<'a>, place: usize) -> Option<CircuitObservation<'a>> {
        let (before, after) =
            (Option::as_ref(&observation.before.get(place)?.record)?, Option::as_ref(&observation.after.get(place)?.record)?);
        let circuit = observation.circuits.get(place)?;
        let settings = patched(observation.settings, &circuit.scope, before);
        Some(CircuitObservation { observation, circuit, before, after, settings })
    }

    pub fn circuit(&self) -> &'a Circuit {
        self.before.circuit(self.circuit.role())
    }

    /// Whether the record was lost during the request, and created again.
    pub fn is_recreated(&self) -> bool {
        self.before.base.began.is_some() && self.before.base.began != self.after.base.began
    }

    pub fn is_overridden(&self) -> bool {
        self.before.is_overridden(self.circuit.role())
    }

    /// Whether a claim's generation and slot match the record.
    pub fn accepts(&self, record: &Record, claim: &Claim) -> bool {
        let circuit = record.circuit(self.circuit.role());
        // A claim taken while nothing was stored is valid in the record that was created since.
        let from_before_creation = claim.generation.is_none() && circuit.generation == 0;
        let slot = match (&circuit.state, claim.probe) {
            (State::Closed(_), None) => true,
            (State::HalfOpen(trial), Some(slot)) => trial.probes.iter().any(|probe| probe.slot == slot),
            _ => false,
        };
        (from_before_creation || claim.generation == circuit.began) && slot
    }
}

/// Applies a record's patches.
fn patched<'a>(settings: &'a Settings, scope: &Scope, record: &Record) -> Cow<'a, Settings> {
    let whole = Scope { role: None, ..scope.clone() };
    let of_whole = match &record.patch {
        Some(patch) => Cow::Owned(settings.patched(&whole, patch)),
        None => Cow::Borrowed(settings),
    };
    // A name or a resolver has only one patch.
    let Some(own) = &scope.role else { return of_whole };
    let of_role = |role: &str| {
        let patch = record.circuit(role).patch.as_ref();
        patch.map(|patch| of_whole.patched(&Scope { role: Some(role.to_owned()), ..scope.clone() }, patch))
    };
    // The host has one cooldown, bounded by the largest cap of any role. A role without a patch has the host's cap.
    let caps = record.roles.keys().filter_map(|role| of_role(role)).map(|settings| settings.retry_after_cap);
    let cap = caps.max().map_or(of_whole.retry_after_cap, |cap| cap.max(of_whole.retry_after_cap));
    let mut settings = of_role(own).map_or_else(|| of_whole.clone(), Cow::Owned);
    if settings.retry_after_cap != cap {
        settings.to_mut().retry_after_cap = cap;
    }
    settings
}
