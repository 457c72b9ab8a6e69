//! What the observer sees of one call.

use crate::settings::Settings;
use crate::stored::{Circuit, Record, State};
use crate::watch::Log;
use fuseboard::{Claim, Revision, Scope, Target, key};
use std::borrow::Cow;
use std::rc::Rc;

/// A circuit that a call passes, and where its record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    pub scope: Scope,
    pub key: String,
}

impl Leg {
    pub fn of(target: &Target) -> Vec<Leg> {
        let Ok(route) = key::route(target) else { return Vec::new() };
        let leg = |scope: Scope| Leg { key: key::key(&scope), scope };
        std::iter::once(route.circuit).chain(route.resolver).map(leg).collect()
    }

    pub(super) fn role(&self) -> &str {
        self.scope.role.as_deref().unwrap_or(fuseboard::DEFAULT_ROLE)
    }
}

/// What stood under a key.
#[derive(Clone, Debug)]
pub struct Seen {
    pub revision: Option<Revision>,
    pub text: String,
    pub record: Rc<Option<Record>>,
}

/// One call, from outside.
pub struct Sight<'a> {
    pub legs: &'a [Leg],
    /// `None`: not to be read.
    pub before: &'a [Seen],
    pub after: &'a [Seen],
    pub log: &'a Log,
    /// The true time when the call began, and when it ended: a store may answer late.
    pub now: u64,
    pub then: u64,
    /// The board's time of day when it began.
    pub wall: u64,
    pub settings: &'a Settings,
    /// The store was well, before, after and during the call.
    pub sound: bool,
}

/// One circuit of it.
pub(super) struct One<'a> {
    pub sight: &'a Sight<'a>,
    pub leg: &'a Leg,
    pub was: &'a Record,
    pub is: &'a Record,
    /// With the patches that stand in the record.
    pub settings: Cow<'a, Settings>,
}

impl<'a> One<'a> {
    pub fn of(sight: &'a Sight<'a>, place: usize) -> Option<One<'a>> {
        let (was, is) = (Option::as_ref(&sight.before.get(place)?.record)?, Option::as_ref(&sight.after.get(place)?.record)?);
        let leg = sight.legs.get(place)?;
        let settings = patched(sight.settings, &leg.scope, was);
        Some(One { sight, leg, was, is, settings })
    }

    pub fn circuit(&self) -> &'a Circuit {
        self.was.circuit(self.leg.role())
    }

    pub fn is_overridden(&self) -> bool {
        self.was.is_overridden(self.leg.role())
    }

    /// Whether a claim has what it claims: epoch, generation, slot.
    pub fn stands(&self, record: &Record, claim: &Claim) -> bool {
        let circuit = record.circuit(self.leg.role());
        // Taken while nothing was stored, it stands in the record that others have made since.
        let unborn = claim.epoch == 0;
        let slot = match (&circuit.state, claim.probe) {
            (State::Closed(_), None) => true,
            (State::HalfOpen(trial), Some(slot)) => trial.probes.iter().any(|probe| probe.slot == slot),
            _ => false,
        };
        (unborn || claim.epoch == record.epoch) && claim.generation == circuit.generation && slot
    }
}

/// By the patches that stand in a record.
fn patched<'a>(settings: &'a Settings, scope: &Scope, record: &Record) -> Cow<'a, Settings> {
    let whole = Scope { role: None, ..scope.clone() };
    let of_whole = match &record.patch {
        Some(patch) => Cow::Owned(settings.patched(&whole, patch)),
        None => Cow::Borrowed(settings),
    };
    // A name or a resolver has but the one patch.
    let Some(own) = &scope.role else { return of_whole };
    let of_role = |role: &str| {
        let patch = record.circuit(role).patch.as_ref();
        patch.map(|patch| of_whole.patched(&Scope { role: Some(role.to_owned()), ..scope.clone() }, patch))
    };
    // The cooldown is the whole host's: the largest cap of any role holds, and one without a patch has the host's.
    let caps = record.roles.keys().filter_map(|role| of_role(role)).map(|settings| settings.retry_after_cap);
    let cap = caps.max().map_or(of_whole.retry_after_cap, |cap| cap.max(of_whole.retry_after_cap));
    let mut settings = of_role(own).map_or_else(|| of_whole.clone(), Cow::Owned);
    if settings.retry_after_cap != cap {
        settings.to_mut().retry_after_cap = cap;
    }
    settings
}
