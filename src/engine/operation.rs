//! What a request needs of the store, and the reply, as values.

use super::store::{Lookup, Page, Revision, Store, StoreError, Swap};
use crate::time::Millis;
use std::sync::Arc;

/// One store operation. `within` is the longest time that it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// [`Store::load`].
    Load { key: Arc<str>, known: Option<Revision>, within: Millis },
    /// [`Store::compare_and_swap`].
    Swap { key: Arc<str>, expected: Option<Revision>, value: String, ttl: Option<Millis>, within: Millis },
    /// [`Store::list_keys`].
    Keys { prefix: &'static str, cursor: Option<String>, limit: u32, within: Millis },
}

/// What a waiting request receives: the result of its store operation, in most cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Loaded(Result<Lookup, StoreError>),
    Swapped(Result<Swap, StoreError>),
    Listed(Result<Page, StoreError>),
    /// To a request that waits for others: it may go on.
    GoOn,
}

impl Operation {
    /// Carries out this operation.
    pub fn run(&self, store: &(impl Store + ?Sized)) -> Reply {
        match self {
            Operation::Load { key, known, within } => Reply::Loaded(store.load(key, *known, *within)),
            Operation::Swap { key, expected, value, ttl, within } => {
                Reply::Swapped(store.compare_and_swap(key, *expected, value, *ttl, *within))
            }
            Operation::Keys { prefix, cursor, limit, within } => Reply::Listed(store.list_keys(prefix, cursor.as_deref(), *limit, *within)),
        }
    }
}
