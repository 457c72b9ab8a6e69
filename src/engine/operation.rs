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
    /// [`Store::load_many`].
    LoadMany { keys: Vec<String>, within: Millis },
    /// [`Store::compare_and_swap`].
    Swap { key: Arc<str>, expected: Option<Revision>, value: String, ttl: Option<Millis>, within: Millis },
    /// [`Store::list_keys`].
    Keys { prefix: Cow<'static, str>, cursor: Option<String>, limit: u32, within: Millis },
}

/// What a waiting request receives: the result of its store operation, in most cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Loaded(Lookup),
    /// The results of the first keys, in their order: at least one.
    LoadedMany(Vec<Lookup>),
    Swapped(Swap),
    Listed(Page),
    /// The operation failed.
    Failed(StoreError),
    /// To a request that waits for others: it may go on.
    GoOn,
}

impl Operation {
    /// The same operation, which may take no longer than this.
    #[must_use]
    pub fn limited_to(mut self, most: Millis) -> Operation {
        let (Operation::Load { within, .. }
        | Operation::LoadMany { within, .. }
        | Operation::Swap { within, .. }
        | Operation::Keys { within, .. }) = &mut self;
        *within = (*within).min(most);
        self
    }

    /// Carries out this operation.
    pub fn run(&self, store: &(impl Store + ?Sized)) -> Reply {
        match self {
            Operation::Load { key, known, within } => Reply::of(store.load(key, *known, *within), Reply::Loaded),
            Operation::LoadMany { keys, within } => Reply::of(store.load_many(keys, *within), Reply::LoadedMany),
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

    /// Why an operation failed. A reply that does not fit it is handled as a lost answer.
    pub(super) fn failure(self) -> StoreError {
        match self {
            Reply::Failed(error) => error,
            _ => StoreError::Unknown("the reply does not fit its operation".to_owned()),
        }
    }
}
