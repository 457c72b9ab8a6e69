//! The ways of targets asked for lately: a name is spelled, routed and keyed once, not at every question.

use super::leg::{Leg, Legs};
use super::recent::Recent;
use crate::key::{self, Route};
use crate::names::{Scope, ServiceKind};
use crate::{Problem, Target};
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hash, Hasher};
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

    /// A circuit, or a whole host, in its one spelling.
    pub fn leg(&self, scope: Scope) -> Leg {
        let key = key::key(&scope);
        Leg { hash: self.hasher.hash_one(&key), key, scope }
    }

    fn hash_of(&self, target: &Target) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u8(match target.kind {
            ServiceKind::Host => 0,
            ServiceKind::Name => 1,
        });
        (&target.name, &target.role, &target.resolver).hash(&mut hasher);
        hasher.finish()
    }
}
