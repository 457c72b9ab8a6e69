//! The store of a board.

use super::engine_kind::SharedStore;
use fuseboard::{Operation, Reply};
use fuseboard_stores::StoreGuard;

/// Whether a store answers at once, or may block its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreKind {
    Immediate,
    Blocking,
}

/// The store that a board's requests use.
#[derive(Clone)]
pub(super) struct RequestStore {
    store: StoreGuard<SharedStore>,
}

impl RequestStore {
    pub(super) fn new(store: SharedStore) -> RequestStore {
        RequestStore { store: StoreGuard::new(store) }
    }

    /// Carries out an operation.
    pub(super) fn run(&self, operation: &Operation) -> Reply {
        operation.run(&self.store)
    }
}
