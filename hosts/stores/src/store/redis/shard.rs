//! One part of the cache: counters of changes, and the records remembered, bounded in number and bytes.

use super::known_changes::KnownChanges;
use super::text::Stored;
use std::collections::HashMap;
use std::time::Instant;

/// The number of counters that the keys share. With a shared counter, a key is invalidated too often, but never too rarely.
const COUNTERS: usize = 256;
/// Approximate size of an entry without its key and text.
const ENTRY_BYTES: usize = 128;

#[derive(Clone, Copy, Debug, Default)]
pub struct Counter {
    pub changes: u64,
    /// Writes of our own that are not answered yet.
    pub own_writes: u32,
}

/// What was read or written, when, and until when its time to live lasts at least.
pub struct Remembered {
    pub stored: Stored,
    pub known_changes: KnownChanges,
    pub until: Option<Instant>,
}

#[derive(Clone, Copy)]
pub struct Bounds {
    pub keys: usize,
    pub bytes: usize,
}

/// Two generations of records. When the younger one is half as large as allowed, it becomes the older one, and the older one goes.
pub struct Shard {
    counters: Box<[Counter; COUNTERS]>,
    younger: HashMap<Box<str>, Remembered>,
    older: HashMap<Box<str>, Remembered>,
    younger_bytes: usize,
    bounds: Bounds,
}

impl Shard {
    pub fn new(bounds: Bounds) -> Shard {
        Shard {
            counters: Box::new([Counter::default(); COUNTERS]),
            younger: HashMap::new(),
            older: HashMap::new(),
            younger_bytes: 0,
            bounds,
        }
    }

    pub fn counter(&mut self, hash: u64) -> &mut Counter {
        let index = usize::try_from(hash & 0xffff).unwrap_or(0) % COUNTERS;
        let [first, rest @ ..] = &mut *self.counters;
        match index.checked_sub(1) {
            Some(index) => rest.get_mut(index).unwrap_or(first),
            None => first,
        }
    }

    pub fn get(&mut self, key: &str) -> Option<&Remembered> {
        if !self.younger.contains_key(key) {
            let (key, remembered) = self.older.remove_entry(key)?;
            self.insert(&key, remembered);
        }
        self.younger.get(key)
    }

    pub fn insert(&mut self, key: &str, remembered: Remembered) {
        let bytes = size(key, &remembered);
        self.remove(key);
        let half = Bounds { keys: self.bounds.keys / 2, bytes: self.bounds.bytes / 2 };
        if self.younger.len() >= half.keys || self.younger_bytes.saturating_add(bytes) > half.bytes {
            self.older = std::mem::take(&mut self.younger);
            self.younger_bytes = 0;
        }
        if bytes <= half.bytes {
            self.younger_bytes += bytes;
            self.younger.insert(key.into(), remembered);
        }
    }

    fn remove(&mut self, key: &str) {
        self.older.remove(key);
        if let Some(remembered) = self.younger.remove(key) {
            self.younger_bytes -= size(key, &remembered);
        }
    }
}

fn size(key: &str, remembered: &Remembered) -> usize {
    ENTRY_BYTES + key.len() + remembered.stored.as_ref().map_or(0, |text| text.bytes().len())
}

#[cfg(test)]
mod tests {
    use super::super::text::Text;
    use super::*;

    fn record(len: usize) -> Remembered {
        Remembered { stored: Some(Text::new(&vec![b'x'; len])), known_changes: KnownChanges::EXPIRED, until: None }
    }

    fn held(shard: &Shard) -> (usize, usize) {
        let all = shard.younger.iter().chain(&shard.older);
        all.fold((0, 0), |(keys, bytes), (key, record)| (keys + 1, bytes + size(key, record)))
    }

    #[test]
    fn it_never_holds_more_keys_or_bytes_than_allowed() {
        let mut shard = Shard::new(Bounds { keys: 40, bytes: 10_000 });
        for n in 0..1_000_usize {
            shard.insert(&format!("key-{}", n % 300), record(n % 700));
            let (keys, bytes) = held(&shard);
            assert!(keys <= 40 && bytes <= 10_000, "{keys} keys, {bytes} bytes");
        }
    }

    #[test]
    fn a_record_larger_than_half_of_the_bytes_is_not_held() {
        let mut shard = Shard::new(Bounds { keys: 40, bytes: 10_000 });
        shard.insert("key", record(5_000));
        assert!(shard.get("key").is_none());
    }

    #[test]
    fn a_record_in_use_stays() {
        let mut shard = Shard::new(Bounds { keys: 40, bytes: 1_000_000 });
        shard.insert("used", record(1));
        for n in 0..1_000 {
            shard.insert(&format!("key-{n}"), record(1));
            assert!(shard.get("used").is_some());
        }
    }

    #[test]
    fn an_insertion_replaces_the_earlier_record() {
        let mut shard = Shard::new(Bounds { keys: 40, bytes: 10_000 });
        shard.insert("key", record(1));
        shard.insert("key", record(2));
        let len = shard.get("key").and_then(|record| record.stored.as_ref()).map(|text| text.bytes().len());
        assert_eq!((len, shard.younger_bytes), (Some(2), ENTRY_BYTES + 3 + 2));
    }
}
