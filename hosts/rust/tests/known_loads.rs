//! How many loads an `allow` costs that the engine decides.
#![cfg(feature = "native")]

use fuseboard_host::time::Millis;
use fuseboard_host::{
    Board, End, EngineKind, Lookup, MemoryStore, Outcome, Page, Permit, Report, Revision, Store, StoreError, Swap, Target,
};
use std::sync::{Arc, Mutex};

/// A store that notes the key of each load. Copies are the same store.
#[derive(Clone)]
struct NotingStore {
    store: Arc<MemoryStore>,
    loaded: Arc<Mutex<Vec<String>>>,
}

impl Store for NotingStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.loaded.lock().unwrap().push(key.to_owned());
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
        self.store.compare_and_swap(key, expected, value, ttl, within)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.store.list_keys(prefix, cursor, limit, within)
    }
}

impl NotingStore {
    fn new() -> NotingStore {
        NotingStore { store: Arc::new(MemoryStore::new()), loaded: Arc::default() }
    }

    fn board(&self) -> Board {
        let document = r#"{"defaults": {"fail_max": null, "sharing": {"lease_ms": 0}}}"#;
        Board::builder().engine(EngineKind::Native).document("test.json", document).store(self.clone()).build().unwrap()
    }

    /// The keys that an `allow` of the target loads.
    fn loaded_by(&self, board: &Board, target: &Target) -> Vec<String> {
        self.loaded.lock().unwrap().clear();
        allow(board, target);
        std::mem::take(&mut *self.loaded.lock().unwrap())
    }
}

fn allow(board: &Board, target: &Target) -> Permit {
    board.allow(target).unwrap().into_result().unwrap()
}

fn fail(board: &Board, target: &Target) {
    let permit = allow(board, target);
    board.settle(target, Some(&permit), &Report::new(End::counted(Outcome::Failure))).unwrap();
}

fn db() -> Target {
    Target::name("db").resolver("r")
}

#[test]
fn a_healthy_call_costs_one_load_for_each_circuit() {
    let store = NotingStore::new();
    let board = store.board();
    for (target, keys) in [(Target::name("alone"), vec!["n:alone"]), (db(), vec!["n:db", "r:r"])] {
        for call in 0..4 {
            assert_eq!(store.loaded_by(&board, &target), keys, "call {call}");
        }
    }
}

#[test]
fn what_one_target_learnt_of_a_resolver_serves_the_others() {
    let store = NotingStore::new();
    let board = store.board();
    fail(&board, &Target::name("other").resolver("r"));
    for call in 0..4 {
        assert_eq!(store.loaded_by(&board, &db()), ["n:db", "r:r"], "call {call}");
        fail(&board, &Target::name("other").resolver("r"));
    }
}

#[test]
fn a_resolver_that_another_process_writes_costs_no_more_loads_than_without_a_check() {
    let store = NotingStore::new();
    let [board, other] = [store.board(), store.board()];
    (0..4).for_each(|_| drop(store.loaded_by(&board, &db())));
    let loads = [(); 8].map(|()| {
        fail(&other, &Target::name("other").resolver("r"));
        store.loaded_by(&board, &db()).len()
    });
    // A check that fails costs two loads more than the engine's own two. After it the engine has to confirm the record first.
    assert_eq!(loads, [4, 2, 2, 2, 2, 2, 2, 2]);
}
