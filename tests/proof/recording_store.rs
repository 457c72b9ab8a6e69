//! A store that records a board's operations.

use fuseboard::time::Millis;
use fuseboard::{Lookup, Page, Revision, Store, StoreError, Swap};
use fuseboard_stores::{FaultyStore, MemoryStore};
use std::cell::RefCell;
use std::rc::Rc;

/// One board's operations since the log was last taken.
#[derive(Default)]
pub struct Log {
    /// The keys of its operations, in order.
    pub keys: Vec<String>,
    pub loads: u64,
    pub swaps: u64,
    pub conflicts: u64,
    /// Operations that returned an error.
    pub failed: u64,
    /// The keys of its operations that the store refused, with the versions that the board had of them.
    pub refused: Vec<(String, Option<Revision>)>,
    /// The texts of its writes, with their times to live.
    pub written: Vec<(String, Option<Millis>)>,
}

#[derive(Clone)]
pub struct RecordingStore {
    pub inner: FaultyStore<MemoryStore>,
    pub log: Rc<RefCell<Log>>,
}

impl RecordingStore {
    pub fn new(inner: FaultyStore<MemoryStore>) -> RecordingStore {
        RecordingStore { inner, log: Rc::default() }
    }

    pub fn take(&self) -> Log {
        self.log.take()
    }

    fn note_refusal<T>(&self, key: &str, seen: Option<Revision>, answer: &Result<T, StoreError>) {
        if matches!(answer, Err(StoreError::Refused(_))) {
            self.log.borrow_mut().refused.push((key.to_owned(), seen));
        }
    }

    fn count_error<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        self.log.borrow_mut().failed += u64::from(answer.is_err());
        answer
    }
}

impl Store for RecordingStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.log.borrow_mut().loads += 1;
        self.log.borrow_mut().keys.push(key.to_owned());
        let loaded = self.inner.load(key, known, within);
        self.note_refusal(key, known, &loaded);
        self.count_error(loaded)
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        let swap = self.inner.compare_and_swap(key, expected, value, ttl, within);
        let mut log = self.log.borrow_mut();
        log.swaps += 1;
        log.keys.push(key.to_owned());
        log.written.push((value.to_owned(), ttl));
        log.conflicts += u64::from(matches!(swap, Ok(Swap::Conflict(_))));
        drop(log);
        self.note_refusal(key, expected, &swap);
        self.count_error(swap)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.count_error(self.inner.list_keys(prefix, cursor, limit, within))
    }
}
