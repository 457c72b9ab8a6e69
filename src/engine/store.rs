//! The store that a host provides. `wit/storage.wit` documents what a store must guarantee.

use crate::time::Millis;
use std::fmt;
use std::sync::Arc;

/// Identifies one version of a key's value. Compare it only for equality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Revision(pub u64);

/// A stored value and its revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub revision: Revision,
    pub value: String,
}

/// The result of a load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Nothing is stored under the key.
    Missing,
    /// The key's revision is the known one, so no value is returned.
    Unchanged,
    Found(Entry),
}

/// The result of a compare-and-swap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// Written. This is the key's revision now.
    Stored(Revision),
    /// Not written. This is the key's current entry, if it has one.
    Conflict(Option<Entry>),
}

/// One page of the keys that begin with a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub keys: Vec<String>,
    /// The cursor of the next page. `None` on the last page.
    pub next: Option<String>,
}

/// Why a store operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Nothing was read or written; it may work later.
    Unavailable(String),
    /// The write may or may not have happened.
    Unknown(String),
    /// The store will not do this, now or later. Nothing was written.
    Refused(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Unavailable(why) => write!(f, "the store is not available: {why}"),
            StoreError::Unknown(why) => write!(f, "the store's answer was lost, the write may have happened: {why}"),
            StoreError::Refused(why) => write!(f, "the store refused: {why}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// A key-value store with revisions. Every operation returns within `within`, or fails.
pub trait Store {
    /// Reads one key. Returns [`Lookup::Unchanged`] if its revision is `known`.
    ///
    /// # Errors
    /// If the store cannot be read. An absent key is no error.
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError>;

    /// Reads several keys, of which no revision is known. Returns the results of the first keys, in their order, and at least one. A store
    /// that cannot read all of them in time ends early: the engine asks for the others again.
    ///
    /// The default reads the first key by [`Store::load`]. A loop over all of them could take `within` for each.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn load_many(&self, keys: &[String], within: Millis) -> Result<Vec<Lookup>, StoreError> {
        let Some(key) = keys.first() else { return Ok(Vec::new()) };
        Ok(vec![self.load(key, None, within)?])
    }

    /// Writes a value if the key's revision is still `expected` (`None`: if the key is absent), in one atomic step.
    ///
    /// # Errors
    /// If nothing was written for another reason than a conflict, or if it is not known whether the value was written.
    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError>;

    /// Lists keys in any order, at most `limit` per page.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError>;
}

impl<T: Store + ?Sized> Store for Arc<T> {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        (**self).load(key, known, within)
    }

    fn load_many(&self, keys: &[String], within: Millis) -> Result<Vec<Lookup>, StoreError> {
        (**self).load_many(keys, within)
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        (**self).compare_and_swap(key, expected, value, ttl, within)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        (**self).list_keys(prefix, cursor, limit, within)
    }
}
