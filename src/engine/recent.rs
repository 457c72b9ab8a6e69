//! What was in use lately, found by its hash: when the young ones are so many, the old ones go and the young grow old.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::mem;

pub(super) struct Recent<T> {
    young: HashTable<(u64, T)>,
    old: HashTable<(u64, T)>,
    /// Of each of the two.
    most: usize,
}

impl<T> Recent<T> {
    pub fn new(most: usize) -> Recent<T> {
        Recent { young: HashTable::new(), old: HashTable::new(), most }
    }

    /// What is looked for, young again.
    pub fn get(&mut self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<&mut T> {
        if let Some(place) = self.young.find_bucket_index(hash, |(_, value)| is_it(value)) {
            return self.young.get_bucket_mut(place).map(|(_, value)| value);
        }
        let ((_, value), _) = self.old.find_entry(hash, |(_, value)| is_it(value)).ok()?.remove();
        Some(self.put(hash, value))
    }

    /// What is looked for, put in where it is not there.
    pub fn get_or_put(&mut self, hash: u64, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
        if self.young.len() >= self.most {
            // Young again before the old ones may go.
            self.get(hash, &is_it);
            if self.young.len() >= self.most && self.young.find(hash, |(_, value)| is_it(value)).is_none() {
                self.old = mem::take(&mut self.young);
            }
        }
        let Recent { young, old, .. } = self;
        match young.entry(hash, |(_, value)| is_it(value), |(hash, _)| *hash) {
            Entry::Occupied(found) => &mut found.into_mut().1,
            Entry::Vacant(place) => {
                let known = old.find_entry(hash, |(_, value)| is_it(value)).ok().map(|entry| entry.remove().0.1);
                &mut place.insert((hash, known.unwrap_or_else(new))).into_mut().1
            }
        }
    }

    /// The same as it is, however old.
    pub fn look(&self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<&T> {
        let found = self.young.find(hash, |(_, value)| is_it(value)).or_else(|| self.old.find(hash, |(_, value)| is_it(value)));
        found.map(|(_, value)| value)
    }

    /// Puts in what is not there yet.
    pub fn put(&mut self, hash: u64, value: T) -> &mut T {
        if self.young.len() >= self.most {
            self.old = mem::take(&mut self.young);
        }
        &mut self.young.insert_unique(hash, (hash, value), |(hash, _)| *hash).into_mut().1
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.young.iter_mut().chain(&mut self.old).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All in one place of the table, as names of an ill-wisher would be.
    const HASH: u64 = 7;

    #[test]
    fn what_is_used_stays_and_what_is_not_goes() {
        let mut recent = Recent::new(10);
        for n in 0..1_000 {
            recent.put(HASH, n);
            assert_eq!(recent.get(HASH, |other| *other == 0), Some(&mut 0), "used all the time: {n}");
            assert!(recent.iter_mut().count() <= 20);
        }
        assert_eq!(recent.look(HASH, |other| *other == 1), None);
        assert_eq!(recent.look(HASH, |other| *other == 999), Some(&999));
    }

    #[test]
    fn looking_keeps_nothing_young() {
        let mut recent = Recent::new(1);
        recent.put(HASH, 'a');
        recent.put(HASH, 'b');
        assert_eq!(recent.look(HASH, |other| *other == 'a'), Some(&'a'));
        recent.put(HASH, 'c');
        assert_eq!(recent.look(HASH, |other| *other == 'a'), None);
    }
}
