//! A bounded cache of records. The store is always the source of truth.

use super::circuit_ref::CircuitRef;
use super::policy_cache::PolicyCache;
use super::store::Revision;
use super::two_generation_cache::TwoGenerationCache;
use super::unwritten::Unwritten;
use crate::config::Config;
use crate::machine::record::Record;
use crate::policy::{Policy, ROLES_MAX};
use crate::time::Mono;
use crate::vec_map::VecMap;
use std::borrow::Cow;
use std::sync::Arc;

/// Capacity of each of the cache's two generations.
pub(super) const RECORDS_MAX: usize = 5_000;

/// What was last seen under a key.
#[derive(Clone, Debug)]
pub(super) enum LastSeen {
    Never,
    Missing,
    Stored(Revision, Arc<Record>),
}

impl LastSeen {
    /// Whether both are the same version. No revision is used for two versions.
    pub fn is_same_version(&self, other: &LastSeen) -> bool {
        match (self, other) {
            (LastSeen::Stored(one, _), LastSeen::Stored(two, _)) => one == two,
            (LastSeen::Never, LastSeen::Never) | (LastSeen::Missing, LastSeen::Missing) => true,
            _ => false,
        }
    }

    pub fn revision(&self) -> Option<Revision> {
        match self {
            LastSeen::Stored(revision, _) => Some(*revision),
            LastSeen::Never | LastSeen::Missing => None,
        }
    }
}

/// What the cache held of a record when a store operation began.
pub(super) struct KnownRecord {
    pub last_seen: LastSeen,
    local: Option<Arc<Record>>,
}

/// Whether this engine can read the stored record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    Supported,
    Newer,
}

/// Everything known about one record.
#[derive(Debug)]
pub(super) struct CachedRecord {
    pub last_seen: LastSeen,
    /// This process's local copy, while the store cannot be reached.
    pub local: Option<Arc<Record>>,
    /// What the local copy counted and the store does not have, if anything.
    pub unwritten: Option<Box<Unwritten>>,
    pub format: Format,
    /// When an `uncounted` event was last reported.
    pub uncounted_reported: Option<Mono>,
    /// Calls refused, by role.
    refused: VecMap<String, u64>,
    /// The policies of this record's circuits, by role. At most [`ROLES_MAX`].
    policies: Vec<(String, Arc<Policy>)>,
    /// Stands for a record that is not stored. Shared by the whole cache.
    empty: Arc<Record>,
}

impl CachedRecord {
    fn new(empty: &Arc<Record>) -> CachedRecord {
        CachedRecord {
            last_seen: LastSeen::Never,
            local: None,
            unwritten: None,
            format: Format::Supported,
            uncounted_reported: None,
            refused: VecMap::default(),
            policies: Vec::new(),
            empty: Arc::clone(empty),
        }
    }

    /// What is known now. [`CachedRecord::is_unchanged_since`] compares with it later.
    pub fn known(&self) -> KnownRecord {
        KnownRecord { last_seen: self.last_seen.clone(), local: self.local.clone() }
    }

    /// Whether this is still the record that was `known`.
    pub fn is_unchanged_since(&self, known: &KnownRecord) -> bool {
        let same_local = match (&self.local, &known.local) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            (one, two) => one.is_none() && two.is_none(),
        };
        same_local && self.last_seen.is_same_version(&known.last_seen)
    }

    /// Whether the store last had no record, and there is no local copy.
    pub fn is_missing(&self) -> bool {
        matches!(self.last_seen, LastSeen::Missing) && self.local.is_none() && self.format == Format::Supported
    }

    pub fn revision(&self) -> Option<Revision> {
        self.last_seen.revision()
    }

    /// The record to decide by: the local copy, else the record last seen, else an empty one.
    pub fn effective(&self) -> &Arc<Record> {
        match (&self.local, &self.last_seen) {
            (Some(local), _) => local,
            (None, LastSeen::Stored(_, record)) => record,
            (None, LastSeen::Never | LastSeen::Missing) => &self.empty,
        }
    }

    /// The stored record that was last seen.
    pub fn stored(&self) -> Option<&Record> {
        match &self.last_seen {
            LastSeen::Stored(_, record) => Some(record),
            LastSeen::Never | LastSeen::Missing => None,
        }
    }

    /// Whether the effective record is what the store was last seen to hold.
    pub fn is_from_store(&self) -> bool {
        self.local.is_none() && !matches!(self.last_seen, LastSeen::Never) && self.format == Format::Supported
    }

    /// Replaces what was last seen and drops the local copy. Returns the effective record before and after.
    pub fn update(&mut self, last_seen: LastSeen) -> (Arc<Record>, Arc<Record>) {
        let before = Arc::clone(self.effective());
        self.local = None;
        self.unwritten = None;
        self.last_seen = last_seen;
        (before, Arc::clone(self.effective()))
    }

    pub fn forget_policies(&mut self) {
        self.policies = Vec::new();
    }

    pub fn count_refusal(&mut self, role: &str) {
        if let Some(count) = self.refused.get_mut(role) {
            *count = count.saturating_add(1);
        } else if self.refused.len() < ROLES_MAX {
            self.refused.insert(role.to_owned(), 1);
        }
    }

    /// The policy of one of this record's circuits, patches included, and the record itself.
    ///
    /// Borrows the cached policy. Cloning its `Arc` would cost an atomic operation for each request.
    pub fn with_policy(&mut self, config: &Config, policies: &mut PolicyCache, circuit: &CircuitRef) -> (Cow<'_, Policy>, &Record) {
        let role = circuit.role();
        let found = self.policies.iter().position(|(known, _)| known == role);
        let place = found.unwrap_or(self.policies.len());
        if found.is_none() && self.policies.len() < ROLES_MAX {
            let policy = policies.policy(config, &circuit.scope, self.effective());
            self.policies.push((role.to_owned(), policy));
        }
        let policy = match self.policies.get(place) {
            Some((_, policy)) => Cow::Borrowed(policy.as_ref()),
            None => Cow::Owned(Policy::clone(&policies.policy(config, &circuit.scope, self.effective()))),
        };
        (policy, self.effective())
    }
}

/// The records in use recently.
pub(super) struct RecordCache {
    cache: TwoGenerationCache<KeyedRecord>,
    empty: Arc<Record>,
}

struct KeyedRecord {
    key: Arc<str>,
    record: Box<CachedRecord>,
}

impl KeyedRecord {
    fn is_of(&self, circuit: &CircuitRef) -> bool {
        Arc::ptr_eq(&self.key, &circuit.key) || self.key == circuit.key
    }
}

impl Default for RecordCache {
    fn default() -> Self {
        RecordCache { cache: TwoGenerationCache::new(RECORDS_MAX), empty: Arc::new(Record::default()) }
    }
}

impl RecordCache {
    pub fn get(&mut self, circuit: &CircuitRef) -> &mut CachedRecord {
        let RecordCache { cache, empty } = self;
        let new = || KeyedRecord { key: Arc::clone(&circuit.key), record: Box::new(CachedRecord::new(empty)) };
        &mut cache.get_or_insert_with(circuit.hash, |keyed| keyed.is_of(circuit), new).record
    }

    /// The number of refused calls, or 0 if the record is not cached. It does not make the record young, so that a listing does not
    /// evict records that calls use.
    pub fn refused(&self, circuit: &CircuitRef) -> u64 {
        let keyed = self.cache.peek(circuit.hash, |keyed| keyed.is_of(circuit));
        keyed.and_then(|keyed| keyed.record.refused.get(circuit.role())).copied().unwrap_or(0)
    }

    /// Forgets the policies of one record.
    pub fn forget_policies_of(&mut self, circuit: &CircuitRef) {
        self.get(circuit).forget_policies();
    }

    pub fn forget_policies(&mut self) {
        self.cache.iter_mut().for_each(|keyed| keyed.record.forget_policies());
    }
}
