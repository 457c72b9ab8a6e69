//! What the engine knows of each record: a bounded cache. The store is always the truth.

use super::leg::Leg;
use super::policies::Policies;
use super::ports::Revision;
use super::recent::Recent;
use crate::config::Config;
use crate::machine::policy::{Policy, ROLES_MAX};
use crate::machine::record::Record;
use crate::vec_map::VecMap;
use std::rc::Rc;

/// At most twice so many records are known at once.
pub(super) const CELLS_MAX: usize = 5_000;

/// What was last seen under a key.
#[derive(Debug)]
pub(super) enum Known {
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
#[derive(Debug)]
pub(super) struct Cell {
    pub known: Known,
    /// This process's own copy, while the store cannot be asked.
    pub local: Option<Rc<Record>>,
    pub format: Format,
    /// Calls refused, by role.
    refused: VecMap<String, u64>,
    policies: VecMap<String, Rc<Policy>>,
    /// What stands for a record that is not there: one for all cells.
    fresh: Rc<Record>,
}

impl Cell {
    fn new(fresh: &Rc<Record>) -> Cell {
        let (refused, policies) = (VecMap::default(), VecMap::default());
        Cell { known: Known::Never, local: None, format: Format::Ours, refused, policies, fresh: Rc::clone(fresh) }
    }

    /// Whether the store was last seen to hold nothing, and this process has no copy of its own.
    pub fn is_missing(&self) -> bool {
        matches!(self.known, Known::Missing) && self.local.is_none() && self.format == Format::Ours
    }

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
        self.policies = VecMap::default();
    }

    /// The policy of a circuit of this record, patches included.
    pub fn policy(&mut self, config: &Config, policies: &mut Policies, leg: &Leg) -> Rc<Policy> {
        if let Some(policy) = self.policies.get(leg.role()) {
            return Rc::clone(policy);
        }
        let policy = policies.policy(config, &leg.scope, self.view());
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

/// The cells in use lately.
pub(super) struct Cells {
    recent: Recent<Named>,
    fresh: Rc<Record>,
}

struct Named {
    key: Rc<str>,
    cell: Box<Cell>,
}

impl Named {
    fn is_of(&self, leg: &Leg) -> bool {
        Rc::ptr_eq(&self.key, &leg.key) || self.key == leg.key
    }
}

impl Default for Cells {
    fn default() -> Self {
        Cells { recent: Recent::new(CELLS_MAX), fresh: Rc::new(Record::default()) }
    }
}

impl Cells {
    pub fn get(&mut self, leg: &Leg) -> &mut Cell {
        let Cells { recent, fresh, .. } = self;
        let named = || Named { key: Rc::clone(&leg.key), cell: Box::new(Cell::new(fresh)) };
        &mut recent.get_or_put(leg.hash, |named| named.is_of(leg), named).cell
    }

    /// Calls refused, as far as it is remembered. Only looks: a listing is not to push out what calls need.
    pub fn refused(&self, leg: &Leg) -> u64 {
        let named = self.recent.look(leg.hash, |named| named.is_of(leg));
        named.and_then(|named| named.cell.refused.get(leg.role())).copied().unwrap_or(0)
    }

    pub fn forget_policies(&mut self) {
        self.recent.iter_mut().for_each(|named| named.cell.forget_policies());
    }
}
