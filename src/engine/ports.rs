//! What a host lends the engine: two clocks and a store. The duties of a store stand in `wit/storage.wit`.

use crate::time::{Millis, Mono, Wall};
use std::fmt;
use std::sync::Arc;

/// The two clocks.
pub trait Clock {
    /// The time of day. It may go back.
    fn wall(&self) -> Wall;
    /// Never goes back.
    fn mono(&self) -> Mono;
}

impl<T: Clock + ?Sized> Clock for &T {
    fn wall(&self) -> Wall {
        (**self).wall()
    }

    fn mono(&self) -> Mono {
        (**self).mono()
    }
}

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn wall(&self) -> Wall {
        (**self).wall()
    }

    fn mono(&self) -> Mono {
        (**self).mono()
    }
}

/// Names one version of a key's value; compared only for equality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Revision(pub u64);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub revision: Revision,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    Missing,
    /// The revision is the known one: the copy was spared.
    Unchanged,
    Found(Entry),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    Stored(Revision),
    /// Not made: this is what stands there instead.
    Conflict(Option<Entry>),
}

/// Some of the keys that begin with a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub keys: Vec<String>,
    pub next: Option<String>,
}

/// Why a store could not answer.
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

/// Keys with revisions. Every function answers within `within`, or with an error.
pub trait Store {
    /// Reads one key; where `known` is its revision, answers [`Lookup::Unchanged`].
    ///
    /// # Errors
    /// When the store cannot be read. Never for an absent key.
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError>;

    /// Writes only if the key's revision is still `expected` (`None`: only if absent), in one atomic step.
    ///
    /// # Errors
    /// When nothing was written for another reason than a conflict, or when that is not known.
    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError>;

    /// Lists keys in any order, at most `limit` at once.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError>;
}

impl<T: Store + ?Sized> Store for &T {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        (**self).load(key, known, within)
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

impl<T: Store + ?Sized> Store for Arc<T> {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        (**self).load(key, known, within)
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
