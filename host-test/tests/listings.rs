//! A board lists its circuits by few loads of many records, on either engine and with either kind of store.

use fuseboard_host::time::Millis;
use fuseboard_host::{AsyncStore, Board, BoxFuture, Filter, Lookup, MemoryStore, Outcome, Page, Revision, Store, StoreError, Swap, Target};
use host_test::deadline_run::ENGINES;
use host_test::many_threads::counted;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

const NAMES: usize = 100;

/// A store in memory that notes how many keys each load of many has.
#[derive(Clone, Default)]
struct NotingStore {
    store: MemoryStore,
    loads: Arc<Mutex<Vec<usize>>>,
}

impl Store for NotingStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.store.load(key, known, within)
    }

    fn load_many(&self, keys: &[String], within: Millis) -> Result<Vec<Lookup>, StoreError> {
        self.loads.lock().expect("no panic").push(keys.len());
        self.store.load_many(keys, within)
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        self.store.compare_and_swap(key, expected, value, ttl, within)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.store.list_keys(prefix, cursor, limit, within)
    }
}

/// As a store whose futures end at once.
impl AsyncStore for NotingStore {
    fn load<'a>(&'a self, key: &'a str, known: Option<Revision>, within: Millis) -> BoxFuture<'a, Result<Lookup, StoreError>> {
        Box::pin(async move { Store::load(self, key, known, within) })
    }

    fn load_many<'a>(&'a self, keys: &'a [String], within: Millis) -> BoxFuture<'a, Result<Vec<Lookup>, StoreError>> {
        Box::pin(async move { Store::load_many(self, keys, within) })
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: Option<Revision>,
        value: &'a str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> BoxFuture<'a, Result<Swap, StoreError>> {
        Box::pin(async move { Store::compare_and_swap(self, key, expected, value, ttl, within) })
    }

    fn list_keys<'a>(
        &'a self,
        prefix: &'a str,
        cursor: Option<&'a str>,
        limit: u32,
        within: Millis,
    ) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move { Store::list_keys(self, prefix, cursor, limit, within) })
    }

    fn sleep(&self, _: Millis) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// Lists the names of all pages.
fn names(board: &Board) -> BTreeSet<String> {
    let (mut names, mut cursor) = (BTreeSet::new(), None::<String>);
    loop {
        let listing = board.list(&Filter::default(), cursor.as_deref(), 1_000).expect("a page");
        names.extend(listing.circuits.into_iter().map(|status| status.circuit.name));
        cursor = listing.next;
        if cursor.is_none() {
            return names;
        }
    }
}

#[test]
fn a_board_lists_its_circuits_by_few_loads_of_many_records() {
    for &engine in ENGINES {
        let store = NotingStore::default();
        let boards = [Board::builder().store(store.clone()), Board::builder().async_store(store.clone())];
        for (n, builder) in boards.into_iter().enumerate() {
            let board = builder.engine(engine).build().expect("a board");
            for name in 0..NAMES {
                board.settle(&Target::name(format!("db-{name}")), None, &counted(Outcome::Failure)).expect("a verdict");
            }
            assert_eq!(names(&board), (0..NAMES).map(|name| format!("db-{name}")).collect(), "{engine:?}, store {n}");
            assert_eq!(std::mem::take(&mut *store.loads.lock().expect("no panic")), [10, 10, 20, 40, 20], "{engine:?}, store {n}");
        }
    }
}
