//! The targets of a board, found by name without a lock that all targets share, and bounded in number.

use super::circuit_index::CircuitIndex;
use super::target_state::TargetState;
use fuseboard::key::Route;
use fuseboard::time::Mono;
use fuseboard::{CircuitKind, Scope, Target};
use hashbrown::HashTable;
use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Most targets that a board remembers, apart from those with a live handle. This many fit into a processor's cache; with more of them,
/// each is called so rarely that a lease would seldom serve two calls.
pub(super) const TARGETS_MAX: usize = 1 << 14;

const SHARDS: usize = 64;
/// Targets in use that one eviction skips at most.
const SKIPPED_MAX: usize = 8;
/// References to a target that no caller holds: one in its shard's table, one in its shard's queue.
const OWN_REFERENCES: usize = 2;

pub(super) struct TargetCache {
    hasher: foldhash::fast::RandomState,
    shards: [RwLock<Shard>; SHARDS],
    shard_targets_max: usize,
    engines: usize,
    index: Mutex<CircuitIndex>,
}

#[derive(Default)]
struct Shard {
    table: HashTable<Arc<TargetState>>,
    /// In the order of insertion.
    queue: VecDeque<Arc<TargetState>>,
}

/// A target that is in the cache now, and the one that was evicted for it: its unreported tallies are still to be reported.
pub(super) struct Added {
    pub(super) target: Arc<TargetState>,
    pub(super) evicted: Option<Arc<TargetState>>,
}

impl TargetCache {
    /// The targets of a board with so many engines.
    pub(super) fn new(targets_max: usize, engines: usize) -> TargetCache {
        TargetCache {
            hasher: foldhash::fast::RandomState::default(),
            shards: std::array::from_fn(|_| RwLock::default()),
            shard_targets_max: targets_max.div_ceil(SHARDS),
            engines,
            index: Mutex::default(),
        }
    }

    pub(super) fn hash(&self, target: &Target) -> u64 {
        self.hasher.hash_one(target)
    }

    pub(super) fn find(&self, target: &Target, hash: u64) -> Option<Arc<TargetState>> {
        let shard = self.shard(hash).read().unwrap_or_else(PoisonError::into_inner);
        shard.table.find(hash, |known| known.target == *target).cloned()
    }

    /// Adds a target, which the engine in `slot` serves. If another thread has added it in the meantime, returns that one.
    pub(super) fn add(&self, target: &Target, route: Route, slot: usize, hash: u64) -> Added {
        let mut shard = self.shard(hash).write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shard.table.find(hash, |known| known.target == *target) {
            return Added { target: Arc::clone(known), evicted: None };
        }
        let evicted = if shard.queue.len() >= self.shard_targets_max { shard.evict_one() } else { None };
        // Indexed before others can find it, so that no change misses it.
        let mut index = self.index();
        let resolver = route.resolver.map(|resolver| index.resolver(resolver, self.engines));
        let target = Arc::new(TargetState::new(target, route.circuit, resolver, slot, hash));
        index.add(&target);
        if let Some(evicted) = &evicted {
            index.remove(evicted);
        }
        drop(index);
        shard.table.insert_unique(hash, Arc::clone(&target), |known| known.hash);
        shard.queue.push_back(Arc::clone(&target));
        Added { target, evicted }
    }

    /// Every target that a change of this circuit, or of this whole host, covers.
    pub(super) fn covered_by(&self, changed: &Scope) -> Vec<Arc<TargetState>> {
        let mut targets = self.index().of(changed);
        targets.retain(|target| target.is_covered_by(changed));
        targets
    }

    /// Ends the grants of the targets that a change of this circuit, or of this whole host, covers; of a host or a name except for one
    /// target. The cost for a resolver does not depend on how many targets it has.
    pub(super) fn drop_grants(&self, changed: &Scope, except: Option<&Arc<TargetState>>, now: Mono) {
        if changed.kind == CircuitKind::Resolver {
            let resolver = self.index().known_resolver(changed);
            if let Some(resolver) = resolver {
                resolver.change(now);
            }
        } else {
            let covered = self.covered_by(changed).into_iter();
            let others = covered.filter(|target| !except.is_some_and(|except| Arc::ptr_eq(target, except)));
            others.for_each(|target| target.lease_state().drop_grant(now));
        }
    }

    pub(super) fn all(&self) -> Vec<Arc<TargetState>> {
        let shards = self.shards.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner));
        shards.flat_map(|shard| shard.queue.iter().cloned().collect::<Vec<_>>()).collect()
    }

    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        // The table uses the lowest bits and the highest seven.
        let index = usize::try_from(hash >> 40).unwrap_or(0) % SHARDS;
        let [first, ..] = &self.shards;
        self.shards.get(index).unwrap_or(first)
    }

    fn index(&self) -> MutexGuard<'_, CircuitIndex> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    /// Evicts the oldest target that no caller holds. A target that was skipped counts as newly added.
    fn evict_one(&mut self) -> Option<Arc<TargetState>> {
        for _ in 0..SKIPPED_MAX {
            let target = self.queue.pop_front()?;
            // The shard is locked for writing, so no caller can take the target from the table now. `target` is the queue's reference.
            if Arc::strong_count(&target) > OWN_REFERENCES {
                self.queue.push_back(target);
                continue;
            }
            if let Ok(entry) = self.table.find_entry(target.hash, |known| Arc::ptr_eq(known, &target)) {
                entry.remove();
            }
            return Some(target);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    fn add(cache: &TargetCache, target: &Target) -> Added {
        cache.add(target, fuseboard::key::route(target).unwrap(), 0, cache.hash(target))
    }

    #[test]
    fn a_target_is_added_once() {
        let cache = TargetCache::new(TARGETS_MAX, 1);
        let target = Target::host("a").role("x");
        let first = add(&cache, &target).target;
        assert!(Arc::ptr_eq(&first, &add(&cache, &target).target));
        assert!(cache.find(&target, cache.hash(&target)).is_some_and(|found| Arc::ptr_eq(&found, &first)));
        for other in [Target::host("a"), Target::name("a"), Target::host("a").role("x").resolver("r")] {
            assert!(cache.find(&other, cache.hash(&other)).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_change_finds_every_target_that_it_covers() {
        let cache = TargetCache::new(TARGETS_MAX, 1);
        for target in [Target::host("a"), Target::host("a").role("x").resolver("r"), Target::host("b").resolver("r"), Target::name("a")] {
            add(&cache, &target);
        }
        let count = |scope: Scope| cache.covered_by(&scope).len();
        assert_eq!((count(Scope::host("a")), count(Scope::host("a").role("x"))), (2, 1));
        assert_eq!((count(Scope::name("a")), count(Scope::resolver("r")), count(Scope::host("c"))), (1, 2, 0));
    }

    #[test]
    fn a_change_of_a_resolver_waits_for_none_of_its_targets() {
        let cache = Arc::new(TargetCache::new(TARGETS_MAX, 1));
        let targets: Vec<_> = (0..100).map(|n| add(&cache, &Target::name(format!("n{n}")).resolver("r")).target).collect();
        let in_use: Vec<_> = targets.iter().map(|target| target.lease_state()).collect();
        let (done, is_done) = mpsc::channel();
        let changed = Arc::clone(&cache);
        std::thread::spawn(move || {
            changed.drop_grants(&Scope::resolver("r"), None, Mono(0));
            done.send(())
        });
        assert_eq!(is_done.recv_timeout(Duration::from_secs(10)), Ok(()));
        drop(in_use);
        assert!(targets.iter().all(|target| target.lease_state().resolver_changes() == 1), "each target follows when it is used");
    }

    #[test]
    fn targets_of_one_resolver_share_its_state_which_ends_with_the_last_of_them() {
        let cache = TargetCache::new(SHARDS, 1);
        let of_target = |target: &TargetState| target.resolver.clone().unwrap();
        let [a, b] = ["a", "b"].map(|name| of_target(&add(&cache, &Target::name(name).resolver("r")).target));
        assert!(Arc::ptr_eq(&a, &b));
        (0..2_000).for_each(|n| drop(add(&cache, &Target::name(format!("n{n}")))));
        let again = of_target(&add(&cache, &Target::name("a").resolver("r")).target);
        assert!(!Arc::ptr_eq(&a, &again));
    }

    #[test]
    fn a_full_cache_evicts_targets_that_no_caller_holds() {
        let cache = TargetCache::new(SHARDS, 1);
        let held = add(&cache, &Target::name("held")).target;
        let evicted = (0..500).filter(|n| add(&cache, &Target::name(format!("n{n}"))).evicted.is_some()).count();
        assert!(cache.all().len() <= SHARDS + 1, "{}", cache.all().len());
        assert_eq!(cache.all().len() + evicted, 501);
        assert!(cache.find(&held.target, held.hash).is_some(), "a held target is not evicted");
        assert_eq!((0..500).filter(|n| !cache.covered_by(&Scope::name(format!("n{n}"))).is_empty()).count() + 1, cache.all().len());
    }
}
