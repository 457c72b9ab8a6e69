//! What a request needs of the store, and the reply, as values.

use super::store::{Lookup, Page, Revision, Store, StoreError, Swap};
use crate::time::Millis;
use std::borrow::Cow;
use std::sync::Arc;

/// One store operation. `within` is the longest time that it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// [`Store::load`].
    Load { key: Arc<str>, known: Option<Revision>, within: Millis },
    /// [`Store::compare_and_swap`].
    Swap { key: Arc<str>, expected: Option<Revision>, value: String, ttl: Option<Millis>, within: Millis },
    /// [`Store::list_keys`].
    Keys { prefix: Cow<'static, str>, cursor: Option<String>, limit: u32, within: Millis },
}

/// What a waiting request receives: the result of its store operation, in most cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Loaded(Lookup),
    Swapped(Swap),
    Listed(Page),
    /// The operation failed.
    Failed(StoreError),
    /// To a request that waits for others: it may go on.
    GoOn,
}

impl Operation {
    /// Carries out this operation.
    pub fn run(&self, store: &(impl Store + ?Sized)) -> Reply {
        match self {
            Operation::Load { key, known, within } => Reply::of(store.load(key, *known, *within), Reply::Loaded),
            Operation::Swap { key, expected, value, ttl, within } => {
                Reply::of(store.compare_and_swap(key, *expected, value, *ttl, *within), Reply::Swapped)
            }
            Operation::Keys { prefix, cursor, limit, within } => {
                Reply::of(store.list_keys(prefix, cursor.as_deref(), *limit, *within), Reply::Listed)
            }
        }
    }
}

impl Reply {
    /// The result of an operation, of the kind that the operation has.
    #[must_use]
    pub fn of<T>(result: Result<T, StoreError>, kind: fn(T) -> Reply) -> Reply {
        result.map_or_else(Reply::Failed, kind)
    }

    pub(super) fn loaded(self) -> Result<Lookup, StoreError> {
        if let Reply::Loaded(lookup) = self { Ok(lookup) } else { Err(self.failure()) }
    }

    pub(super) fn swapped(self) -> Result<Swap, StoreError> {
        if let Reply::Swapped(swap) = self { Ok(swap) } else { Err(self.failure()) }
    }

    pub(super) fn listed(self) -> Result<Page, StoreError> {
        if let Reply::Listed(page) = self { Ok(page) } else { Err(self.failure()) }
    }

    /// A reply of another kind than the operation is handled as a lost answer.
    fn failure(self) -> StoreError {
        match self {
            Reply::Failed(error) => error,
            _ => StoreError::Unknown("the reply is to another kind of operation".to_owned()),
        }
    }
}
