//! What was in use lately, found by its hash: when the young ones are so many, the old ones go and the young grow old.

use hashbrown::HashTable;
use std::mem;

/// Each with its hash, which is not reckoned again when a table grows.
type Table<T> = HashTable<(u64, T)>;

pub(super) struct Recent<T> {
    young: Table<T>,
    old: Table<T>,
    /// Of each of the two.
    most: usize,
}

impl<T> Recent<T> {
    pub fn new(most: usize) -> Recent<T> {
        Recent { young: HashTable::new(), old: HashTable::new(), most }
    }

    /// What is looked for, young again.
    pub fn get(&mut self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<&mut T> {
        let Recent { young, old, most } = self;
        match young.find_entry(hash, |(_, value)| is_it(value)) {
            Ok(found) => Some(&mut found.into_mut().1),
            Err(absent) => {
                let ((_, value), _) = old.find_entry(hash, |(_, value)| is_it(value)).ok()?.remove();
                Some(put(absent.into_table(), old, *most, (hash, value)))
            }
        }
    }

    /// What is looked for, put in where it is not there.
    pub fn get_or_put(&mut self, hash: u64, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
        let Recent { young, old, most } = self;
        match young.find_entry(hash, |(_, value)| is_it(value)) {
            Ok(found) => &mut found.into_mut().1,
            Err(absent) => {
                let known = old.find_entry(hash, |(_, value)| is_it(value)).ok().map(|entry| entry.remove().0.1);
                put(absent.into_table(), old, *most, (hash, known.unwrap_or_else(new)))
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
        put(&mut self.young, &mut self.old, self.most, (hash, value))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.young.iter_mut().chain(&mut self.old).map(|(_, value)| value)
    }
}

fn put<'a, T>(young: &'a mut Table<T>, old: &mut Table<T>, most: usize, hashed: (u64, T)) -> &'a mut T {
    if young.len() >= most {
        *old = mem::take(young);
    }
    &mut young.insert_unique(hashed.0, hashed, |(hash, _)| *hash).into_mut().1
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
