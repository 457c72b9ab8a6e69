use super::memory_shard::{MemoryBounds, MemoryEntry, MemoryShard};
use crate::clock::SystemClock;
use fuseboard::time::Millis;
use fuseboard::{Clock, Entry, Lookup, Page, Revision, Store, StoreError, Swap};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most keys that a store holds. Every key lives for at least a day, so only more targets than this in one day reach the limit.
pub const MEMORY_KEYS_MAX: usize = 2_000_000;
/// Most bytes of keys and values that a store holds: 2 GiB, or 1 KB for each of the keys.
pub const MEMORY_BYTES_MAX: usize = 2 << 30;

const SHARDS: usize = 16;

/// A store in memory, for one process or for tests. Clones share their contents.
///
/// Revisions count up over all keys and are never used twice. A key is absent as soon as its time to live is over. The store holds at
/// most [`MEMORY_KEYS_MAX`] keys and [`MEMORY_BYTES_MAX`] bytes, and refuses what exceeds them, so a flood of names cannot exhaust
/// memory.
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Box<dyn Clock + Send + Sync>,
    shards: [Mutex<MemoryShard>; SHARDS],
    revisions: AtomicU64,
    bounds: MemoryBounds,
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("bounds", &self.shared.bounds).finish_non_exhaustive()
    }
}

impl MemoryStore {
    /// A store whose times to live run by the system's clock.
    #[must_use]
    pub fn new() -> MemoryStore {
        MemoryStore::with_clock(SystemClock::new())
    }

    /// A store whose times to live run by the monotonic side of this clock.
    pub fn with_clock(clock: impl Clock + Send + Sync + 'static) -> MemoryStore {
        MemoryStore::bounded(clock, MemoryBounds { keys: MEMORY_KEYS_MAX, bytes: MEMORY_BYTES_MAX })
    }

    fn bounded(clock: impl Clock + Send + Sync + 'static, bounds: MemoryBounds) -> MemoryStore {
        let shared = Shared { clock: Box::new(clock), shards: Default::default(), revisions: AtomicU64::new(0), bounds };
        MemoryStore { shared: Arc::new(shared) }
    }

    /// Deletes all keys, as a restarted server would. Revisions keep counting.
    pub fn wipe(&self) {
        for shard in &self.shared.shards {
            lock(shard).clear();
        }
    }

    /// Writes a value unconditionally, without a time to live: for tests and tools.
    pub fn put(&self, key: &str, value: impl Into<String>) -> Revision {
        let revision = self.next_revision();
        let stored = MemoryEntry { entry: Entry { revision, value: value.into() }, until: None };
        self.shard(key).insert(key, stored);
        revision
    }

    /// Gives a key an earlier value and the revision that it had with it, as a store does that lost its latest writes.
    pub(super) fn restore(&self, key: &str, entry: Entry) {
        let mut shard = self.shard(key);
        let until = shard.get(key).and_then(|stored| stored.until);
        shard.insert(key, MemoryEntry { entry, until });
    }

    /// All keys and values that have not expired, sorted by key.
    #[must_use]
    pub fn contents(&self) -> BTreeMap<String, String> {
        let now = self.shared.clock.mono();
        let mut contents = BTreeMap::new();
        for shard in &self.shared.shards {
            let shard = lock(shard);
            let live = shard.range(Bound::Unbounded).filter(|(_, stored)| stored.is_live(now));
            contents.extend(live.map(|(key, stored)| (key.clone(), stored.entry.value.clone())));
        }
        contents
    }

    fn shard(&self, key: &str) -> MutexGuard<'_, MemoryShard> {
        // FNV-1a: the engine bounds the length of keys.
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let [first, ..] = &self.shared.shards;
        let index = usize::try_from(hash >> 32).unwrap_or(0) % SHARDS;
        lock(self.shared.shards.get(index).unwrap_or(first))
    }

    fn next_revision(&self) -> Revision {
        Revision(self.shared.revisions.fetch_add(1, Ordering::Relaxed).wrapping_add(1))
    }
}

impl Default for MemoryStore {
    fn default() -> MemoryStore {
        MemoryStore::new()
    }
}

impl Store for MemoryStore {
    fn load(&self, key: &str, known: Option<Revision>, _within: Millis) -> Result<Lookup, StoreError> {
        let shard = self.shard(key);
        let Some(stored) = shard.get(key).filter(|stored| stored.is_live_by(&*self.shared.clock)) else {
            return Ok(Lookup::Missing);
        };
        Ok(if known == Some(stored.entry.revision) { Lookup::Unchanged } else { Lookup::Found(stored.entry.clone()) })
    }

    fn load_many(&self, keys: &[String], within: Millis) -> Result<Vec<Lookup>, StoreError> {
        keys.iter().map(|key| self.load(key, None, within)).collect()
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        _within: Millis,
    ) -> Result<Swap, StoreError> {
        let now = self.shared.clock.mono();
        let mut shard = self.shard(key);
        let current = shard.get(key).filter(|stored| stored.is_live(now)).map(|stored| &stored.entry);
        if current.map(|entry| entry.revision) != expected {
            return Ok(Swap::Conflict(current.cloned()));
        }
        shard.sweep(now);
        if !shard.has_room_for(key, value, self.shared.bounds.divided_by(SHARDS)) {
            let MemoryBounds { keys, bytes } = self.shared.bounds;
            return Err(StoreError::Refused(format!(
                "the store in memory is full: it holds at most {keys} keys and {bytes} bytes; use fewer names, or another store"
            )));
        }
        let revision = self.next_revision();
        shard.insert(key, MemoryEntry { entry: Entry { revision, value: value.to_owned() }, until: ttl.map(|ttl| now.plus(ttl)) });
        Ok(Swap::Stored(revision))
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, _within: Millis) -> Result<Page, StoreError> {
        let now = self.shared.clock.mono();
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let mut keys = Vec::new();
        for shard in &self.shared.shards {
            let shard = lock(shard);
            let after = cursor.map_or(Bound::Included(prefix), Bound::Excluded);
            let from = shard.range(after);
            let mine = from.skip_while(|(key, _)| key.as_str() < prefix).take_while(|(key, _)| key.starts_with(prefix));
            keys.extend(mine.filter(|(_, stored)| stored.is_live(now)).take(limit.saturating_add(1)).map(|(key, _)| key.clone()));
        }
        keys.sort_unstable();
        let more = keys.len() > limit;
        keys.truncate(limit);
        let next = if more { keys.last().cloned() } else { None };
        Ok(Page { keys, next })
    }
}

fn lock(shard: &Mutex<MemoryShard>) -> MutexGuard<'_, MemoryShard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::store::contract;

    const WITHIN: Millis = Millis(100);

    #[test]
    fn it_upholds_the_storage_contract() {
        let clock = ManualClock::default();
        let store = MemoryStore::with_clock(clock.clone());
        let wipe = store.clone();
        let checked = contract::check(&store, contract::Controls { pass: &|by| clock.advance(by), wipe: &|| wipe.wipe() });
        assert_eq!(checked, Ok(()));
    }

    #[test]
    fn clones_share_their_contents() {
        let store = MemoryStore::new();
        store.clone().put("h:a", "1");
        assert_eq!(store.contents(), BTreeMap::from([("h:a".to_owned(), "1".to_owned())]));
    }

    #[test]
    fn a_full_store_refuses_new_keys_and_updates_old_ones() {
        let store = MemoryStore::bounded(ManualClock::default(), MemoryBounds { keys: SHARDS, bytes: usize::MAX });
        let tries = (0..200).map(|n| store.compare_and_swap(&format!("k:{n}"), None, "v", None, WITHIN));
        let refused = tries.filter(|swap| matches!(swap, Err(StoreError::Refused(_)))).count();
        assert_eq!(refused + store.contents().len(), 200);
        assert!(store.contents().len() <= SHARDS);
        let Some(key) = store.contents().into_keys().next() else { panic!("something was stored") };
        let Ok(Lookup::Found(entry)) = store.load(&key, None, WITHIN) else { panic!("it is found") };
        assert!(matches!(store.compare_and_swap(&key, Some(entry.revision), "w", None, WITHIN), Ok(Swap::Stored(_))));
    }

    #[test]
    fn a_store_with_too_many_bytes_refuses_new_keys_and_longer_values() {
        let store = MemoryStore::bounded(ManualClock::default(), MemoryBounds { keys: 1_000, bytes: 1_000 * SHARDS });
        let long = "v".repeat(600);
        let swap = |key: &str, expected, value: &str| store.compare_and_swap(key, expected, value, None, WITHIN);
        let Ok(Swap::Stored(first)) = swap("k:0", None, &long) else { panic!("it is stored") };
        assert!(matches!(swap("k:0", Some(first), &"v".repeat(1_000)), Err(StoreError::Refused(_))));
        let Ok(Swap::Stored(shorter)) = swap("k:0", Some(first), "v") else { panic!("it is stored") };
        let Ok(Swap::Stored(longer)) = swap("k:0", Some(shorter), &long) else { panic!("there is room again") };
        assert!(matches!(swap("k:0", Some(longer), &long), Ok(Swap::Stored(_))));
        let refused = (1..100).filter(|n| matches!(swap(&format!("k:{n}"), None, &long), Err(StoreError::Refused(_)))).count();
        assert_eq!(store.contents().len() + refused, 100);
        assert!(store.contents().len() <= SHARDS);
    }

    #[test]
    fn expired_keys_make_room() {
        let clock = ManualClock::default();
        let store = MemoryStore::bounded(clock.clone(), MemoryBounds { keys: 64 * SHARDS, bytes: usize::MAX });
        for round in 0..200 {
            for n in 0..32 {
                let swap = store.compare_and_swap(&format!("k:{round}:{n}"), None, "v", Some(Millis(10)), WITHIN);
                assert!(!matches!(swap, Err(StoreError::Unavailable(_) | StoreError::Unknown(_))));
            }
            clock.advance(Millis(20));
        }
        assert!(store.contents().is_empty());
    }
}
