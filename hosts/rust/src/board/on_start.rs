//! What a board does if its store cannot be read when the board is built.

use super::engine_kind::SharedStore;
use crate::error::Error;
use fuseboard::time::Millis;
use fuseboard_stores::StoreGuard;

/// Longest time that [`OnStart::Fail`] waits for the store. It is longer than the budget of a call, because a connection is opened.
const START_WAIT: Millis = Millis(5_000);
/// No record has this key, because the key of a record begins with a letter and a colon.
const KEY: &str = "start";

/// What a board does if its store cannot be read when the board is built.
///
/// ```
/// use fuseboard_host::{Board, Fault, FaultyStore, MemoryStore, OnStart, Operation};
///
/// let store = FaultyStore::new(MemoryStore::new());
/// store.fail(Operation::Load, Fault::Unavailable, 1);
/// let error = Board::builder().store(store).on_start(OnStart::Fail).build().map(drop).unwrap_err();
/// assert!(error.is_store_unreachable());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnStart {
    /// The board is built without a use of the store. The first call finds out, and `sharing.on_storage_error` applies.
    #[default]
    Local,
    /// The board reads one key, for at most 5 s. It is not built if that fails.
    ///
    /// The read opens a connection or a file. A server that forks after it has built its board needs the hooks of its store and
    /// [`Board::before_fork`](crate::Board::before_fork).
    Fail,
}

impl OnStart {
    pub(super) fn check(self, store: &SharedStore) -> Result<(), Error> {
        match self {
            OnStart::Local => Ok(()),
            OnStart::Fail => {
                let read = fuseboard::Store::load(&StoreGuard::new(store.clone()), KEY, None, START_WAIT);
                read.map(drop).map_err(|error| Error::store_unreachable(&error))
            }
        }
    }
}
