//! One configured engine's state.

use super::cells::Cells;
use super::kept::Kept;
use super::outage::Outage;
use super::policies::Policies;
use super::ways::Ways;
use crate::answer::Event;
use crate::config::Config;
use crate::machine::policy::Sharing;
use crate::names::Scope;
use crate::sources::Identity;
use std::rc::Rc;

/// One configured engine's state: all of it may be lost at any moment, but what is kept.
pub(super) struct Board {
    pub config: Rc<Config>,
    pub sharing: Sharing,
    pub identity: Identity,
    pub sequence: u64,
    pub ways: Ways,
    pub cells: Cells,
    pub policies: Policies,
    pub outage: Outage,
    pub kept: Kept,
    pub untold: Untold,
}

/// What calls found out and no answer has told yet: where one had no room for it, the next tells it.
#[derive(Default)]
pub(super) struct Untold {
    pub events: Vec<Event>,
    pub changed: Vec<Scope>,
}

impl Board {
    /// A new configuration keeps the state of circuits. A writer's sequence never begins again.
    pub fn reconfigure(&mut self, config: Config, identity: Identity) {
        self.sharing = config.sharing();
        self.config = Rc::new(config);
        self.cells.forget_policies();
        self.policies = Policies::default();
        self.identity = identity;
    }

    pub fn new(config: Config, identity: Identity) -> Board {
        let sharing = config.sharing();
        Board {
            config: Rc::new(config),
            sharing,
            identity,
            sequence: 0,
            // Each instance's own, and no stranger knows it.
            ways: Ways::new(identity.writer),
            cells: Cells::default(),
            policies: Policies::default(),
            outage: Outage::default(),
            kept: Kept::default(),
            untold: Untold::default(),
        }
    }
}
