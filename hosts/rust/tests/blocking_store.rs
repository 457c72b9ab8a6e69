//! Requests of asynchronous callers to a board whose store may block its caller.
#![cfg(feature = "native")]

use fuseboard_host::time::Millis;
use fuseboard_host::{
    Board, Command, EngineKind, Filter, Lookup, MemoryStore, Page, Phase, Revision, Scope, Store, StoreError, Swap, Target,
};
use futures_lite::future::block_on;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

/// A store that notes the threads of its callers.
#[derive(Clone, Default)]
struct ThreadStore {
    store: MemoryStore,
    callers: Arc<Mutex<Vec<ThreadId>>>,
}

impl ThreadStore {
    fn note(&self) {
        self.callers.lock().unwrap().push(thread::current().id());
    }
}

impl Store for ThreadStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.note();
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
        self.note();
        self.store.compare_and_swap(key, expected, value, ttl, within)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.note();
        self.store.list_keys(prefix, cursor, limit, within)
    }
}

#[test]
fn no_request_blocks_the_thread_of_its_asynchronous_caller() {
    let store = ThreadStore::default();
    let board = Board::builder().engine(EngineKind::Native).blocking_store(store.clone()).build().unwrap();
    let (target, scope) = (Target::name("db"), Scope::name("db"));
    block_on(async {
        board.command_async(&scope, &Command::Trip).await.unwrap();
        board.update_policy_async(&scope, Some(r#"{"fail_max": 7}"#)).await.unwrap();
        assert_eq!(board.status_async(&target).await.unwrap().circuit.phase, Phase::Open);
        board.list_async(&Filter::default(), None, 10).await.unwrap();
        board.explain_async(&target).await.unwrap();
        board.flush_async(std::time::Duration::from_secs(20)).await.unwrap();
    });
    let callers = store.callers.lock().unwrap().clone();
    assert!(callers.len() >= 5 && !callers.contains(&thread::current().id()), "{callers:?}");
}
