//! A record as one request loaded it, if another request changed the cached record meanwhile.

use super::record_cache::LastSeen;
use super::store::Revision;
use crate::machine::record::Record;
use std::sync::Arc;

/// The record by which one request decides instead of the cached one: its reply came late, so it must not replace what is cached.
pub(super) struct Snapshot {
    pub key: Arc<str>,
    pub revision: Option<Revision>,
    pub record: Arc<Record>,
}

impl Snapshot {
    pub fn new(key: &Arc<str>, seen: LastSeen) -> Snapshot {
        let (revision, record) = match seen {
            LastSeen::Stored(revision, record) => (Some(revision), record),
            LastSeen::Never | LastSeen::Missing => (None, Arc::default()),
        };
        Snapshot { key: Arc::clone(key), revision, record }
    }
}
