//! What the engine knows of each record: a bounded cache. The store is always the truth.

use super::leg::Leg;
use super::ports::Revision;
use crate::config::{Config, Patches};
use crate::machine::policy::{Policy, ROLES_MAX};
use crate::machine::record::Record;
use crate::names::{CircuitKind, Scope};
use crate::sorted::Sorted;
use std::rc::Rc;

/// At most twice so many records are known at once.
pub(super) const CELLS_MAX: usize = 5_000;

/// What was last seen under a key.
#[derive(Debug, Default)]
pub(super) enum Known {
    #[default]
    Never,
    Missing,
    Stored(Revision, Rc<Record>),
}

/// Whether the record can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    Ours,
    Newer,
}

/// All that is known of one record.
#[derive(Debug, Default)]
pub(super) struct Cell {
    pub known: Known,
    /// This process's own copy, while the store cannot be asked.
    pub local: Option<Rc<Record>>,
    pub format: Format,
    /// Calls refused, by role.
    refused: Sorted<String, u64>,
    policies: Sorted<String, Rc<Policy>>,
    fresh: Rc<Record>,
}

impl Cell {
    pub fn revision(&self) -> Option<Revision> {
        match &self.known {
            Known::Stored(revision, _) => Some(*revision),
            Known::Never | Known::Missing => None,
        }
    }

    /// The record to decide by: the own copy, else the known one, else a fresh one.
    pub fn view(&self) -> &Rc<Record> {
        match (&self.local, &self.known) {
            (Some(local), _) => local,
            (None, Known::Stored(_, record)) => record,
            (None, Known::Never | Known::Missing) => &self.fresh,
        }
    }

    /// Whether the view is what the store was last seen to hold.
    pub fn is_sound(&self) -> bool {
        self.local.is_none() && !matches!(self.known, Known::Never) && self.format == Format::Ours
    }

    /// Takes in what the store holds now: the view before, and after. An own copy has had its time.
    pub fn learn(&mut self, known: Known) -> (Rc<Record>, Rc<Record>) {
        let before = Rc::clone(self.view());
        self.local = None;
        self.known = known;
        (before, Rc::clone(self.view()))
    }

    pub fn forget_policies(&mut self) {
        self.policies = Sorted::default();
    }

    /// The policy of a circuit of this record, patches included.
    pub fn policy(&mut self, config: &Config, leg: &Leg) -> Rc<Policy> {
        if let Some(policy) = self.policies.get(leg.role()) {
            return Rc::clone(policy);
        }
        let policy = Rc::new(policy_of(config, leg, self.view()));
        if self.policies.len() < ROLES_MAX {
            self.policies.insert(leg.role().to_owned(), Rc::clone(&policy));
        }
        policy
    }

    pub fn count_refusal(&mut self, role: &str) {
        if let Some(count) = self.refused.get_mut(role) {
            *count = count.saturating_add(1);
        } else if self.refused.len() < ROLES_MAX {
            self.refused.insert(role.to_owned(), 1);
        }
    }
}

/// The operators' patches that concern a circuit.
pub(super) fn patches<'a>(record: &'a Record, leg: &Leg) -> Patches<'a> {
    let role = leg.scope.role.as_deref().and_then(|role| record.circuit(role).patch.as_deref());
    Patches { whole: record.patch.as_deref(), role }
}

/// The policy of a circuit by a record's patches. Another role's patch may honour a longer `Retry-After`, and the cooldown is the
/// whole host's.
pub(super) fn policy_of(config: &Config, leg: &Leg, record: &Record) -> Policy {
    let mut policy = config.policy(&leg.scope, patches(record, leg));
    if leg.scope.kind == CircuitKind::Host {
        let patched = record.roles.iter().filter(|(role, circuit)| circuit.patch.is_some() && *role != leg.role());
        for (role, circuit) in patched {
            let other = Scope { role: Some(role.clone()), ..leg.scope.clone() };
            let both = Patches { whole: record.patch.as_deref(), role: circuit.patch.as_deref() };
            policy.retry_after_cap_max = policy.retry_after_cap_max.max(config.policy(&other, both).retry_after_cap);
        }
    }
    policy
}

/// The cells in use lately: when the young ones are [`CELLS_MAX`], the old ones go and the young grow old.
#[derive(Default)]
pub(super) struct Cells {
    young: Sorted<String, Box<Cell>>,
    old: Sorted<String, Box<Cell>>,
    spare: Cell,
}

impl Cells {
    pub fn get(&mut self, key: &str) -> &mut Cell {
        if !self.young.contains_key(key) {
            let cell = self.old.remove(key).unwrap_or_default();
            if self.young.len() >= CELLS_MAX {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(key.to_owned(), cell);
        }
        // Just put in where it was not there.
        self.young.get_mut(key).map_or(&mut self.spare, |cell| &mut **cell)
    }

    /// Calls refused, as far as it is remembered. Only looks: a listing is not to push out what calls need.
    pub fn refused(&self, leg: &Leg) -> u64 {
        let cell = self.young.get(&leg.key).or_else(|| self.old.get(&leg.key));
        cell.and_then(|cell| cell.refused.get(leg.role())).copied().unwrap_or(0)
    }

    pub fn forget_policies(&mut self) {
        self.young.values_mut().chain(self.old.values_mut()).for_each(|cell| cell.forget_policies());
    }
}
