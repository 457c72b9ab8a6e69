//! One part of a store in memory: its keys, and the bytes that they take.

use fuseboard::time::Mono;
use fuseboard::{Clock, Entry};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Least writes between two removals of expired keys. A shard with more keys waits for as many writes as it has keys, so a write has a
/// constant cost.
const SWEEP_WRITES_MIN: usize = 64;

/// Most keys, and most bytes of keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MemoryBounds {
    pub(super) keys: usize,
    pub(super) bytes: usize,
}

#[derive(Default)]
pub(super) struct MemoryShard {
    entries: BTreeMap<String, MemoryEntry>,
    bytes: usize,
    writes: usize,
}

pub(super) struct MemoryEntry {
    pub(super) entry: Entry,
    pub(super) until: Option<Mono>,
}

impl MemoryBounds {
    pub(super) fn divided_by(self, shards: usize) -> MemoryBounds {
        MemoryBounds { keys: self.keys / shards, bytes: self.bytes / shards }
    }
}

impl MemoryShard {
    pub(super) fn get(&self, key: &str) -> Option<&MemoryEntry> {
        self.entries.get(key)
    }

    /// Keys from here on, sorted.
    pub(super) fn range(&self, from: Bound<&str>) -> impl Iterator<Item = (&String, &MemoryEntry)> {
        self.entries.range::<str, _>((from, Bound::Unbounded))
    }

    /// Whether a key may get this value: a new one, or a longer one.
    pub(super) fn has_room_for(&self, key: &str, value: &str, bounds: MemoryBounds) -> bool {
        let replaced = self.entries.get(key).map(|stored| size(key, &stored.entry.value));
        let keys = self.entries.len() + usize::from(replaced.is_none());
        let bytes = self.bytes - replaced.unwrap_or(0) + size(key, value);
        keys <= bounds.keys && bytes <= bounds.bytes
    }

    pub(super) fn insert(&mut self, key: &str, stored: MemoryEntry) {
        self.bytes += size(key, &stored.entry.value);
        let replaced = match self.entries.get_mut(key) {
            Some(place) => Some(std::mem::replace(place, stored)),
            None => self.entries.insert(key.to_owned(), stored),
        };
        self.bytes -= replaced.map_or(0, |replaced| size(key, &replaced.entry.value));
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    /// Counts a write, and removes expired keys now and then.
    pub(super) fn sweep(&mut self, now: Mono) {
        self.writes = self.writes.saturating_add(1);
        if self.writes < self.entries.len().max(SWEEP_WRITES_MIN) {
            return;
        }
        self.writes = 0;
        let bytes = &mut self.bytes;
        self.entries.retain(|key, stored| {
            let is_live = stored.is_live(now);
            if !is_live {
                *bytes -= size(key, &stored.entry.value);
            }
            is_live
        });
    }
}

impl MemoryEntry {
    /// A key is absent at the very end of its time to live.
    pub(super) fn is_live(&self, now: Mono) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// As [`MemoryEntry::is_live`], but reads the clock only if the key can expire.
    pub(super) fn is_live_by(&self, clock: &dyn Clock) -> bool {
        self.until.is_none_or(|until| clock.mono() < until)
    }
}

fn size(key: &str, value: &str) -> usize {
    key.len() + value.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::Revision;

    fn stored(value: &str, until: Option<Mono>) -> MemoryEntry {
        MemoryEntry { entry: Entry { revision: Revision(1), value: value.to_owned() }, until }
    }

    #[test]
    fn the_bytes_are_those_of_the_keys_and_values_that_are_there() {
        let mut shard = MemoryShard::default();
        shard.insert("k:1", stored("12345", None));
        shard.insert("k:2", stored("1", Some(Mono(10))));
        assert_eq!(shard.bytes, 3 + 5 + 3 + 1);
        shard.insert("k:1", stored("12", None));
        assert_eq!(shard.bytes, 3 + 2 + 3 + 1);
        (0..SWEEP_WRITES_MIN).for_each(|_| shard.sweep(Mono(10)));
        assert_eq!((shard.bytes, shard.entries.len()), (3 + 2, 1));
        shard.clear();
        assert_eq!(shard.bytes, 0);
    }
}
