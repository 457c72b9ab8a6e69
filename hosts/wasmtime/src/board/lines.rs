//! The lines of all targets, found by name: without a lock that all targets share, and no more of them than memory has room for.

use super::line::Line;
use super::places::Places;
use fuseboard::{Scope, Target};
use hashbrown::HashTable;
use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Targets that a board remembers at most, those with a live handle aside. A further one takes the place of one not in use. So many fit
/// into a processor's cache; of more, each is called so seldom that no lease would serve two calls.
pub(super) const LINES_MAX: usize = 1 << 14;

const SHARDS: usize = 64;
/// Lines that may be passed over in search of one to forget.
const PASSED_OVER_MAX: usize = 8;
/// In a shard's table and in its queue: nobody else holds the line.
const REFERENCES_AT_REST: usize = 2;

pub(super) struct Lines {
    hasher: foldhash::fast::RandomState,
    shards: [RwLock<Shard>; SHARDS],
    shard_lines_max: usize,
    places: Mutex<Places>,
}

#[derive(Default)]
struct Shard {
    table: HashTable<Arc<Line>>,
    queue: VecDeque<Arc<Line>>,
}

/// A line that was added, and the one that was forgotten for it: what that owes is still to be handed in.
pub(super) struct Added {
    pub(super) line: Arc<Line>,
    pub(super) forgotten: Option<Arc<Line>>,
}

impl Lines {
    pub(super) fn new(lines_max: usize) -> Lines {
        Lines {
            hasher: foldhash::fast::RandomState::default(),
            shards: std::array::from_fn(|_| RwLock::default()),
            shard_lines_max: lines_max.div_ceil(SHARDS),
            places: Mutex::default(),
        }
    }

    pub(super) fn hash(&self, target: &Target) -> u64 {
        self.hasher.hash_one(target)
    }

    pub(super) fn find(&self, target: &Target, hash: u64) -> Option<Arc<Line>> {
        let shard = self.shard(hash).read().unwrap_or_else(PoisonError::into_inner);
        shard.table.find(hash, |line| line.target == *target).cloned()
    }

    /// Adds a line, unless another thread has added one for its target meanwhile: then answers that.
    pub(super) fn add(&self, line: Line) -> Added {
        let mut shard = self.shard(line.hash).write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shard.table.find(line.hash, |known| known.target == line.target) {
            return Added { line: Arc::clone(known), forgotten: None };
        }
        let forgotten = if shard.queue.len() >= self.shard_lines_max { shard.forget_one() } else { None };
        let line = Arc::new(line);
        // In its places first: from then on no change can miss it.
        let mut places = self.places();
        places.enter(&line);
        if let Some(forgotten) = &forgotten {
            places.leave(forgotten);
        }
        drop(places);
        shard.table.insert_unique(line.hash, Arc::clone(&line), |line| line.hash);
        shard.queue.push_back(Arc::clone(&line));
        Added { line, forgotten }
    }

    /// Every line that a change of this circuit, or of this whole host, concerns.
    pub(super) fn covered_by(&self, changed: &Scope) -> Vec<Arc<Line>> {
        let mut lines = self.places().of(changed);
        lines.retain(|line| line.is_covered_by(changed));
        lines
    }

    pub(super) fn all(&self) -> Vec<Arc<Line>> {
        let tables = self.shards.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner));
        tables.flat_map(|shard| shard.queue.iter().cloned().collect::<Vec<_>>()).collect()
    }

    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        // The table goes by the lowest bits, and by the highest seven.
        let index = usize::try_from(hash >> 40).unwrap_or(0) % SHARDS;
        let [first, ..] = &self.shards;
        self.shards.get(index).unwrap_or(first)
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    /// Forgets the line that was added first, or again, longest ago and that nobody holds. Its lease goes with it.
    fn forget_one(&mut self) -> Option<Arc<Line>> {
        for _ in 0..PASSED_OVER_MAX {
            let line = self.queue.pop_front()?;
            // The shard is locked for writing, so nobody can take the line from the table meanwhile. The queue's is in our hand.
            if Arc::strong_count(&line) > REFERENCES_AT_REST {
                self.queue.push_back(line);
                continue;
            }
            if let Ok(entry) = self.table.find_entry(line.hash, |known| Arc::ptr_eq(known, &line)) {
                entry.remove();
            }
            return Some(line);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(lines: &Lines, target: &Target) -> Added {
        lines.add(Line::new(target, fuseboard::key::route(target).unwrap(), 0, lines.hash(target)))
    }

    #[test]
    fn a_target_has_one_line() {
        let lines = Lines::new(LINES_MAX);
        let target = Target::host("a").role("x");
        let first = add(&lines, &target).line;
        assert!(Arc::ptr_eq(&first, &add(&lines, &target).line));
        assert!(lines.find(&target, lines.hash(&target)).is_some_and(|found| Arc::ptr_eq(&found, &first)));
        for other in [Target::host("a"), Target::name("a"), Target::host("a").role("x").resolver("r")] {
            assert!(lines.find(&other, lines.hash(&other)).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_change_finds_every_line_that_it_covers() {
        let lines = Lines::new(LINES_MAX);
        for target in [Target::host("a"), Target::host("a").role("x").resolver("r"), Target::host("b").resolver("r"), Target::name("a")] {
            add(&lines, &target);
        }
        let count = |scope: Scope| lines.covered_by(&scope).len();
        assert_eq!((count(Scope::host("a")), count(Scope::host("a").role("x"))), (2, 1));
        assert_eq!((count(Scope::name("a")), count(Scope::resolver("r")), count(Scope::host("c"))), (1, 2, 0));
    }

    #[test]
    fn no_more_lines_are_remembered_than_there_is_room_for() {
        let lines = Lines::new(SHARDS);
        let held = add(&lines, &Target::name("held")).line;
        let forgotten = (0..500).filter(|n| add(&lines, &Target::name(format!("n{n}"))).forgotten.is_some()).count();
        assert!(lines.all().len() <= SHARDS + 1, "{}", lines.all().len());
        assert_eq!(lines.all().len() + forgotten, 501);
        assert!(lines.find(&held.target, held.hash).is_some(), "what somebody holds is not forgotten");
        assert_eq!((0..500).filter(|n| !lines.covered_by(&Scope::name(format!("n{n}"))).is_empty()).count() + 1, lines.all().len());
    }
}
