//! The versions of each key that were seen, so that a test can undo writes.

use fuseboard::{Entry, Revision};
use std::collections::BTreeMap;

/// Versions of one key that are remembered at most.
const VERSIONS_KEPT: usize = 16;

/// Oldest first, by key.
#[derive(Default)]
pub(super) struct Versions {
    by_key: BTreeMap<String, Vec<Entry>>,
}

impl Versions {
    /// Remembers the current version of a key. If it was seen before, the versions after it were undone.
    pub(super) fn see(&mut self, key: &str, revision: Revision, value: &str) {
        let seen = self.by_key.entry(key.to_owned()).or_default();
        if let Some(place) = seen.iter().position(|version| version.revision == revision) {
            seen.truncate(place + 1);
            return;
        }
        if seen.len() == VERSIONS_KEPT {
            seen.remove(0);
        }
        seen.push(Entry { revision, value: value.to_owned() });
    }

    /// The version before the last `writes` ones.
    pub(super) fn before(&self, key: &str, writes: usize) -> Option<&Entry> {
        let seen = self.by_key.get(key)?;
        seen.iter().rev().nth(writes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(seen: &[u64]) -> Versions {
        let mut versions = Versions::default();
        for revision in seen {
            versions.see("n:a", Revision(*revision), &revision.to_string());
        }
        versions
    }

    fn before(versions: &Versions, writes: usize) -> Option<u64> {
        versions.before("n:a", writes).map(|version| version.revision.0)
    }

    #[test]
    fn each_version_is_remembered_once() {
        let seen = versions(&[1, 2, 2, 3]);
        assert_eq!([0, 1, 2, 3].map(|writes| before(&seen, writes)), [Some(3), Some(2), Some(1), None]);
        assert_eq!(seen.before("n:b", 0), None);
    }

    #[test]
    fn versions_after_one_that_came_back_were_undone() {
        let seen = versions(&[1, 2, 3, 1, 4]);
        assert_eq!([0, 1, 2].map(|writes| before(&seen, writes)), [Some(4), Some(1), None]);
    }

    #[test]
    fn the_oldest_versions_are_forgotten() {
        let seen = versions(&(1..=20).collect::<Vec<_>>());
        assert_eq!([15, 16].map(|writes| before(&seen, writes)), [Some(5), None]);
    }
}
