//! The circuits of recently used targets, so that a target is normalized, routed and keyed only once.

use super::circuit_ref::{CircuitRef, KeyedRoute};
use super::two_generation_cache::TwoGenerationCache;
use crate::key::{self, Route};
use crate::names::Scope;
use crate::{Problem, Target};
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

/// Capacity of each of the cache's two generations.
const ROUTES_MAX: usize = 1_000;

/// A target as the caller wrote it, and its circuits.
struct CachedRoute {
    target: Target,
    route: Arc<KeyedRoute>,
}

/// Hashes the keys of records. Seeded, so that a caller's names cannot be chosen to collide.
#[derive(Clone)]
pub(crate) struct CircuitHasher(FixedState);

impl CircuitHasher {
    /// A reference to a circuit, or a whole host, in its canonical spelling.
    pub fn circuit_ref(&self, scope: Scope) -> CircuitRef {
        let key = key::key(&scope);
        CircuitRef { hash: self.0.hash_one(key.as_str()), key: key.into(), scope }
    }
}

pub(crate) struct RouteCache {
    cache: TwoGenerationCache<CachedRoute>,
    hasher: CircuitHasher,
}

impl RouteCache {
    pub fn new(seed: u64) -> RouteCache {
        RouteCache { cache: TwoGenerationCache::new(ROUTES_MAX), hasher: CircuitHasher(FixedState::with_seed(seed)) }
    }

    /// The circuits of a target.
    pub fn route(&mut self, target: &Target) -> Result<&Arc<KeyedRoute>, Problem> {
        let RouteCache { cache, hasher } = self;
        let new = || -> Result<CachedRoute, Problem> {
            let Route { circuit, resolver } = key::route(target)?;
            let resolver = resolver.map(|scope| hasher.circuit_ref(scope));
            let route = Arc::new(KeyedRoute { circuit: hasher.circuit_ref(circuit), resolver });
            Ok(CachedRoute { target: target.clone(), route })
        };
        let cached = cache.get_or_try_insert_with(hash_of(&hasher.0, target), |cached| cached.target == *target, new)?;
        Ok(&cached.route)
    }

    pub fn hasher(&self) -> CircuitHasher {
        self.hasher.clone()
    }
}

/// Hashes only the texts of a target: the hasher multiplies numbers in 128 bits, which WebAssembly must emulate.
fn hash_of(hasher: &FixedState, target: &Target) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write(target.name.as_bytes());
    [&target.role, &target.resolver].into_iter().flatten().for_each(|text| hasher.write(text.as_bytes()));
    hasher.finish()
}
