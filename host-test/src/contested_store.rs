//! A store that another board (the rival) changes during the requests of the engine under test.

use fuseboard::time::Millis;
use fuseboard::{Lookup, Page, Revision, Store, StoreError, Swap};
use fuseboard_stores::{ManualClock, MemoryStore};
use std::sync::{Arc, Mutex};

/// What the rival does. It receives the key of the swap.
type Rival = Box<dyn FnMut(&str) + Send>;

/// A store on which a rival acts before or after each swap.
#[derive(Clone)]
pub struct ContestedStore {
    pub store: MemoryStore,
    rival: Arc<Mutex<Option<(Moment, Rival)>>>,
}

/// When the rival acts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    BeforeTheSwap,
    /// The swap's answer is lost too.
    AfterTheSwap,
}

impl ContestedStore {
    #[must_use]
    pub fn new(clock: ManualClock) -> ContestedStore {
        ContestedStore { store: MemoryStore::with_clock(clock), rival: Arc::default() }
    }

    fn set_rival(&self, rival: Option<(Moment, Rival)>) {
        *self.rival.lock().expect("no rival panics") = rival;
    }

    pub fn before_each_swap(&self, rival: impl FnMut(&str) + Send + 'static) {
        self.set_rival(Some((Moment::BeforeTheSwap, Box::new(rival))));
    }

    pub fn after_each_swap_whose_answer_is_lost(&self, rival: impl FnMut(&str) + Send + 'static) {
        self.set_rival(Some((Moment::AfterTheSwap, Box::new(rival))));
    }

    /// # Panics
    /// If the rival panicked.
    pub fn remove_rival(&self) {
        self.set_rival(None);
    }
}

impl Store for ContestedStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.store.load(key, known, within)
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        let mut rival = self.rival.lock().expect("no rival panics");
        if let Some((Moment::BeforeTheSwap, rival)) = &mut *rival {
            rival(key);
        }
        let swap = self.store.compare_and_swap(key, expected, value, ttl, within)?;
        if let (Swap::Stored(_), Some((Moment::AfterTheSwap, rival))) = (&swap, &mut *rival) {
            rival(key);
            return Err(StoreError::Unknown("the connection broke".into()));
        }
        Ok(swap)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.store.list_keys(prefix, cursor, limit, within)
    }
}
