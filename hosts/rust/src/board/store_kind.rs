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
pub(super) struct BoardStore {
    store: StoreGuard<SharedStore>,
}

impl BoardStore {
    pub(super) fn new(store: SharedStore) -> BoardStore {
        BoardStore { store: StoreGuard::new(store) }
    }

    /// Carries out an operation.
    pub(super) fn run(&self, operation: &Operation) -> Reply {
        operation.run(&self.store)
    }
}
