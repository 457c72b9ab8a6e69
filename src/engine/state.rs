//! The state of a configured engine.

use super::backlog::Backlog;
use super::circuit_ref::CircuitRef;
use super::gates::Gates;
use super::outage::Outage;
use super::policy_cache::PolicyCache;
use super::record_cache::RecordCache;
use crate::answer::Event;
use crate::config::Config;
use crate::machine::record::Record;
use crate::names::Scope;
use crate::policy::{Policy, Sharing};
use crate::sources::Identity;
use crate::status::HealthReport;
use crate::time::Now;
use std::borrow::Cow;
use std::sync::Arc;

/// State of one configured engine. Everything except the backlog and the pending events is a cache and can be rebuilt from the store.
pub(super) struct EngineState {
    pub config: Arc<Config>,
    pub sharing: Sharing,
    pub identity: Identity,
    /// The time of the request that runs: read when it began, and again after each of its store operations.
    pub now: Now,
    /// The number of this writer's last write.
    pub sequence: u64,
    /// The number of the last change of a local copy.
    pub local_sequence: u64,
    pub shared_writer: SharedWriter,
    pub records: RecordCache,
    pub policies: PolicyCache,
    pub outage: Outage,
    pub backlog: Backlog,
    pub gates: Gates,
    pub pending: PendingEvents,
    /// Placeholders for the state of requests that wait. They are reused.
    #[expect(clippy::vec_box, reason = "a placeholder is swapped with the boxed state of a request")]
    pub spares: Vec<Box<EngineState>>,
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

impl PendingEvents {
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.changed.is_empty()
    }

    /// Adds later events and changed circuits behind these.
    pub fn append(&mut self, mut later: PendingEvents) {
        self.events.append(&mut later.events);
        self.changed.append(&mut later.changed);
    }
}

impl EngineState {
    pub fn new(config: Config, identity: Identity) -> EngineState {
        EngineState {
            sharing: config.sharing(),
            config: Arc::new(config),
            identity,
            now: Now::default(),
            sequence: 0,
            local_sequence: 0,
            shared_writer: SharedWriter::default(),
            records: RecordCache::default(),
            policies: PolicyCache::default(),
            outage: Outage::default(),
            backlog: Backlog::default(),
            gates: Gates::default(),
            pending: PendingEvents::default(),
            spares: Vec::new(),
        }
    }

    /// A circuit's policy and its effective record.
    pub fn policy_and_record(&mut self, circuit: &CircuitRef) -> (Cow<'_, Policy>, &Record) {
        self.records.get(circuit).with_policy(&self.config, &mut self.policies, circuit)
    }

    pub fn health(&self) -> HealthReport {
        let storage_lost_since_ms = self.outage.since().map(|since| since.0);
        HealthReport { storage_lost_since_ms, kept: self.kept(), dropped: self.backlog.dropped() }
    }

    /// Outcomes in the backlog.
    pub fn kept(&self) -> u32 {
        u32::try_from(self.backlog.kept()).unwrap_or(u32::MAX)
    }

    /// A placeholder for this state while it is handed over. It is never used.
    pub fn spare(&self) -> EngineState {
        EngineState { now: self.now, ..EngineState::new(Config::empty(), self.identity) }
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
