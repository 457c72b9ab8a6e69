//! The ways of targets asked for lately: a name is spelled, routed and keyed once, not at every question.

use super::leg::{Leg, Legs};
use super::recent::Recent;
use crate::key::{self, Route};
use crate::names::Scope;
use crate::{Problem, Target};
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hasher};
use std::rc::Rc;

/// At most twice so many are known at once.
const WAYS_MAX: usize = 1_000;

/// A target as it was said, and the circuits that it means.
struct Way {
    target: Target,
    legs: Rc<Legs>,
}

pub(super) struct Ways {
    recent: Recent<Way>,
    /// Seeded: names come from strangers, who are not to choose where they stand in a table.
    hasher: FixedState,
}

impl Ways {
    pub fn new(seed: u64) -> Ways {
        Ways { recent: Recent::new(WAYS_MAX), hasher: FixedState::with_seed(seed) }
    }

    /// The circuits of a target.
    pub fn legs(&mut self, target: &Target) -> Result<Rc<Legs>, Problem> {
        let hash = self.hash_of(target);
        if let Some(way) = self.recent.get(hash, |way| way.target == *target) {
            return Ok(Rc::clone(&way.legs));
        }
        let Route { circuit, resolver } = key::route(target)?;
        let legs = Rc::new(Legs { circuit: self.leg(circuit), resolver: resolver.map(|scope| self.leg(scope)) });
        let way = Way { target: target.clone(), legs: Rc::clone(&legs) };
        self.recent.put(hash, way);
        Ok(legs)
    }

    /// By its texts alone: the hasher takes numbers up in 128 bits, which a sandbox must imitate.
    fn hash_of(&self, target: &Target) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(target.name.as_bytes());
        [&target.role, &target.resolver].into_iter().flatten().for_each(|text| hasher.write(text.as_bytes()));
        hasher.finish()
    }

    /// A circuit, or a whole host, in its one spelling.
    pub fn leg(&self, scope: Scope) -> Leg {
        let key: Rc<str> = key::key(&scope).into();
        Leg { hash: self.hasher.hash_one(&key), key, scope }
    }
}
