//! What this process read and wrote last, and which of it is still known to be what the server holds.
//!
//! Each key has a counter of changes. Before a command is sent, its sender takes a [`KnownChanges`]: the counter as it is then. What
//! comes back is known only while the counter is the same. An invalidation raises it, and so do the start and the end of a write of our
//! own, for which the server sends no invalidation. A flush and a lost connection raise a counter that all keys share.

use super::known_changes::KnownChanges;
use super::shard::{Bounds, Remembered, Shard};
use super::text::{Stored, Text};
use fuseboard::Revision;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

const SHARDS: usize = 16;
/// Keys and bytes held at most, over all shards.
const KEYS_MAX: usize = 65_536;
const BYTES_MAX: usize = 64 * 1024 * 1024;

pub struct ValueCache {
    shards: [Mutex<Shard>; SHARDS],
    /// Raised when everything becomes unknown. Begins at 1, so that [`KnownChanges::EXPIRED`] is never current.
    epoch: AtomicU64,
    hasher: RandomState,
}

impl ValueCache {
    pub fn new() -> ValueCache {
        ValueCache::bounded(Bounds { keys: KEYS_MAX, bytes: BYTES_MAX })
    }

    fn bounded(all: Bounds) -> ValueCache {
        let each = Bounds { keys: all.keys / SHARDS, bytes: all.bytes / SHARDS };
        ValueCache { shards: std::array::from_fn(|_| Mutex::new(Shard::new(each))), epoch: AtomicU64::new(1), hasher: RandomState::new() }
    }

    /// What the server holds under the key, where that is known.
    pub fn known(&self, key: &str, now: Instant) -> Option<Stored> {
        let (mut shard, hash) = self.shard(key);
        let counter = shard.counter(hash);
        let current = KnownChanges { epoch: self.epoch(), changes: counter.changes };
        if counter.own_writes > 0 {
            return None;
        }
        let remembered = shard.get(key)?;
        let is_known = remembered.known_changes == current && remembered.until.is_none_or(|until| now < until);
        is_known.then(|| remembered.stored.clone())
    }

    /// The text of a revision that was read or written here, known or not: what a swap compares.
    pub fn text(&self, key: &str, revision: Revision) -> Option<Text> {
        let (mut shard, _) = self.shard(key);
        let text = shard.get(key)?.stored.clone()?;
        (text.revision() == revision).then_some(text)
    }

    /// Taken before a read is sent.
    pub fn known_changes(&self, key: &str) -> KnownChanges {
        let (mut shard, hash) = self.shard(key);
        KnownChanges { epoch: self.epoch(), changes: shard.counter(hash).changes }
    }

    /// Remembers what was read. It is known while they are current.
    pub fn remember(&self, key: &str, stored: Stored, known_changes: KnownChanges, until: Option<Instant>) {
        let (mut shard, _) = self.shard(key);
        shard.insert(key, Remembered { stored, known_changes, until });
    }

    /// Remembers a text only so that a swap can compare it. A known record stays.
    pub fn keep_text(&self, key: &str, stored: Stored) {
        if self.known(key, Instant::now()).is_none() {
            self.remember(key, stored, KnownChanges::EXPIRED, None);
        }
    }

    /// Until it is dropped or ended, the key is not known and nothing that is read becomes known.
    pub fn begin_write<'a>(&'a self, key: &'a str) -> OwnWrite<'a> {
        let (mut shard, hash) = self.shard(key);
        let counter = shard.counter(hash);
        counter.changes = counter.changes.wrapping_add(1);
        counter.own_writes = counter.own_writes.saturating_add(1);
        let known_changes = KnownChanges { epoch: self.epoch(), changes: counter.changes };
        OwnWrite { cache: self, key, known_changes }
    }

    /// The server reported a change of the key.
    pub fn invalidate(&self, key: &str) {
        let (mut shard, hash) = self.shard(key);
        let counter = shard.counter(hash);
        counter.changes = counter.changes.wrapping_add(1);
    }

    /// Nothing is known any more: the server was flushed, or the connection lost.
    pub fn invalidate_all(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    fn shard(&self, key: &str) -> (MutexGuard<'_, Shard>, u64) {
        let hash = self.hasher.hash_one(key);
        let [first, ..] = &self.shards;
        let index = usize::try_from(hash >> 32).unwrap_or(0) % SHARDS;
        let shard = self.shards.get(index).unwrap_or(first);
        (shard.lock().unwrap_or_else(PoisonError::into_inner), hash)
    }
}

/// A write of our own whose answer is awaited. Dropped without an answer, it leaves the key unknown.
pub struct OwnWrite<'a> {
    cache: &'a ValueCache,
    key: &'a str,
    known_changes: KnownChanges,
}

impl OwnWrite<'_> {
    /// Remembers what the server holds now. It is known only if the server tracks the key, and nothing else changed it meanwhile.
    pub fn end(self, stored: Stored, tracked: Tracked, until: Option<Instant>) {
        let (mut shard, hash) = self.cache.shard(self.key);
        let counter = shard.counter(hash);
        let was_alone =
            counter.own_writes == 1 && counter.changes == self.known_changes.changes && self.cache.epoch() == self.known_changes.epoch;
        // Dropping `self` raises the counter once more, so that reads sent meanwhile stay unknown.
        let known_changes = if tracked == Tracked::Yes && was_alone {
            KnownChanges { changes: self.known_changes.changes.wrapping_add(1), ..self.known_changes }
        } else {
            KnownChanges::EXPIRED
        };
        shard.insert(self.key, Remembered { stored, known_changes, until });
    }
}

impl Drop for OwnWrite<'_> {
    fn drop(&mut self) {
        let (mut shard, hash) = self.cache.shard(self.key);
        let counter = shard.counter(hash);
        counter.changes = counter.changes.wrapping_add(1);
        counter.own_writes = counter.own_writes.saturating_sub(1);
    }
}

/// Whether the server sends an invalidation at the key's next change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracked {
    No,
    Yes,
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
