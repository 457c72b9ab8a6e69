use fuseboard::time::Millis;
use fuseboard::{Lookup, Revision, Store, Swap};
use fuseboard_stores::SqliteStore;
use std::fs;
use std::path::{Path, PathBuf};

/// The budget of operations that must succeed, also on a busy machine.
pub const WITHIN: Millis = Millis(10_000);

/// A folder of one test, deleted with its contents when it is dropped.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("fuseboard-sqlite-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn file(&self) -> PathBuf {
        self.path.join("breakers.db")
    }

    /// Deletes the store's file, with its log.
    pub fn delete_file(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(self.path.join(format!("breakers.db{suffix}")));
        }
    }

    /// A connection past the store, as another program would have one.
    pub fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Creates a key that never expires.
pub fn create(store: &SqliteStore, key: &str, value: &str) -> Revision {
    match store.compare_and_swap(key, None, value, None, WITHIN) {
        Ok(Swap::Stored(revision)) => revision,
        other => panic!("{key} is created: {other:?}"),
    }
}

pub fn value(store: &SqliteStore, key: &str) -> Option<String> {
    match store.load(key, None, WITHIN) {
        Ok(Lookup::Found(entry)) => Some(entry.value),
        Ok(Lookup::Missing) => None,
        other => panic!("{key} is loaded: {other:?}"),
    }
}

/// Adds to a counter, one after the other.
pub fn count_up(store: &SqliteStore, key: &str, times: u64) {
    for _ in 0..times {
        increment(store, key);
    }
}

/// Adds one to a counter, by as many swaps as it takes.
pub fn increment(store: &SqliteStore, key: &str) -> u64 {
    loop {
        let (expected, count) = match store.load(key, None, WITHIN) {
            Ok(Lookup::Found(entry)) => (Some(entry.revision), entry.value.parse().unwrap()),
            Ok(Lookup::Missing) => (None, 0_u64),
            other => panic!("{key} is loaded: {other:?}"),
        };
        match store.compare_and_swap(key, expected, &(count + 1).to_string(), None, WITHIN) {
            Ok(Swap::Stored(_)) => return count + 1,
            Ok(Swap::Conflict(_)) => {}
            Err(error) => panic!("{key} is swapped: {error}"),
        }
    }
}
