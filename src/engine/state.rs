//! The state of a configured engine.

use super::backlog::Backlog;
use super::outage::Outage;
use super::policy_cache::PolicyCache;
use super::record_cache::RecordCache;
use crate::answer::Event;
use crate::config::Config;
use crate::names::Scope;
use crate::policy::Sharing;
use crate::sources::Identity;
use std::sync::Arc;

/// State of one configured engine. Everything except the backlog and the pending events is a cache and can be rebuilt from the store.
pub(super) struct EngineState {
    pub config: Arc<Config>,
    pub sharing: Sharing,
    pub identity: Identity,
    /// The number of this writer's last write.
    pub sequence: u64,
    /// The number of the last change of a local copy.
    pub local_sequence: u64,
    pub shared_writer: SharedWriter,
    pub records: RecordCache,
    pub policies: PolicyCache,
    pub outage: Outage,
    pub backlog: Backlog,
    pub pending: PendingEvents,
}

/// Whether another instance was seen to have the same writer. It is reported once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SharedWriter {
    #[default]
    Unseen,
    Reported,
}

/// Events and changed circuits that no answer has carried yet. The next answer that can carry them does.
#[derive(Default)]
pub(super) struct PendingEvents {
    pub events: Vec<Event>,
    pub changed: Vec<Scope>,
}

impl EngineState {
    pub fn new(config: Config, identity: Identity) -> EngineState {
        EngineState {
            sharing: config.sharing(),
            config: Arc::new(config),
            identity,
            sequence: 0,
            local_sequence: 0,
            shared_writer: SharedWriter::default(),
            records: RecordCache::default(),
            policies: PolicyCache::default(),
            outage: Outage::default(),
            backlog: Backlog::default(),
            pending: PendingEvents::default(),
        }
    }

    /// Replaces the configuration. Circuits keep their state and definitions, and the write sequence continues.
    pub fn reconfigure(&mut self, mut config: Config, identity: Identity) {
        config.keep_definitions(Arc::make_mut(&mut self.config));
        self.sharing = config.sharing();
        self.config = Arc::new(config);
        self.records.forget_policies();
        self.policies = PolicyCache::default();
        if self.identity.writer != identity.writer {
            self.shared_writer = SharedWriter::Unseen;
        }
        self.identity = identity;
    }
}
