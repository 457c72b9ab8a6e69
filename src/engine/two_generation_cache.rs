//! A bounded cache of recently used values, found by their hash.
//!
//! New values go into the young generation. When it is full, it replaces the old generation, whose values are dropped. A value that
//! is used moves back to the young generation.

use hashbrown::HashTable;
use std::convert::Infallible;
use std::mem;

/// Values with their hash, so that a growing table need not compute it again.
type Table<T> = HashTable<(u64, T)>;

pub(super) struct TwoGenerationCache<T> {
    young: Table<T>,
    old: Table<T>,
    /// The capacity of each generation.
    capacity: usize,
}

impl<T> TwoGenerationCache<T> {
    pub fn new(capacity: usize) -> TwoGenerationCache<T> {
        TwoGenerationCache { young: HashTable::new(), old: HashTable::new(), capacity }
    }

    /// Returns the matching value, and inserts it if it is missing. The value becomes young.
    pub fn get_or_insert_with(&mut self, hash: u64, matches: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
        match self.get_or_try_insert_with(hash, matches, || Ok::<T, Infallible>(new())) {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// Returns the matching value, and inserts it if it is missing and can be created. The value becomes young.
    pub fn get_or_try_insert_with<E>(
        &mut self,
        hash: u64,
        matches: impl Fn(&T) -> bool,
        new: impl FnOnce() -> Result<T, E>,
    ) -> Result<&mut T, E> {
        let TwoGenerationCache { young, old, capacity } = self;
        match young.find_entry(hash, |(_, value)| matches(value)) {
            Ok(found) => Ok(&mut found.into_mut().1),
            Err(absent) => {
                let known = old.find_entry(hash, |(_, value)| matches(value)).ok().map(|entry| entry.remove().0.1);
                let value = known.map_or_else(new, Ok)?;
                Ok(insert(absent.into_table(), old, *capacity, hash, value))
            }
        }
    }

    /// Returns the matching value, and leaves it in its generation.
    pub fn peek(&self, hash: u64, matches: impl Fn(&T) -> bool) -> Option<&T> {
        let young = self.young.find(hash, |(_, value)| matches(value));
        young.or_else(|| self.old.find(hash, |(_, value)| matches(value))).map(|(_, value)| value)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.young.iter_mut().chain(&mut self.old).map(|(_, value)| value)
    }
}

fn insert<'a, T>(young: &'a mut Table<T>, old: &mut Table<T>, capacity: usize, hash: u64, value: T) -> &'a mut T {
    if young.len() >= capacity {
        *old = mem::take(young);
    }
    &mut young.insert_unique(hash, (hash, value), |(hash, _)| *hash).into_mut().1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same hash for all values, as an attacker would choose names.
    const HASH: u64 = 7;

    fn insert<T: PartialEq + Copy>(cache: &mut TwoGenerationCache<T>, value: T) {
        cache.get_or_insert_with(HASH, |other| *other == value, || value);
    }

    #[test]
    fn used_values_stay_and_unused_values_are_dropped() {
        let mut cache = TwoGenerationCache::new(10);
        for n in 0..1_000 {
            insert(&mut cache, n);
            let used = cache.get_or_try_insert_with(HASH, |other| *other == 0, || Err("dropped"));
            assert_eq!(used, Ok(&mut 0), "used after each insertion: {n}");
            assert!(cache.iter_mut().count() <= 20);
        }
        assert_eq!(cache.peek(HASH, |other| *other == 1), None);
        assert_eq!(cache.peek(HASH, |other| *other == 999), Some(&999));
    }

    #[test]
    fn peek_leaves_a_value_in_the_old_generation() {
        let mut cache = TwoGenerationCache::new(1);
        insert(&mut cache, 'a');
        insert(&mut cache, 'b');
        assert_eq!(cache.peek(HASH, |other| *other == 'a'), Some(&'a'));
        insert(&mut cache, 'c');
        assert_eq!(cache.peek(HASH, |other| *other == 'a'), None);
    }
}
