use crate::config_sources::ConfigSources;
use crate::watch::Watch;
use fuseboard::{Diagnostic, Sources};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

pub(super) type ReloadListener = Box<dyn Fn(&[Diagnostic]) + Send + Sync>;
/// The sources as they were read, or every fault that prevented it.
pub(super) type ReadSources = Result<Sources, Vec<Diagnostic>>;

/// Where a board's configuration comes from, and what was read there last.
#[derive(Default)]
pub(super) struct ReloadState {
    pub(super) config: ConfigSources,
    listeners: Arc<[ReloadListener]>,
    last: Mutex<Option<ReadSources>>,
    /// Kept for its drop, which ends the watching.
    watch: OnceLock<Watch>,
}

impl ReloadState {
    pub(super) fn new(config: ConfigSources, listeners: Vec<ReloadListener>, sources: Sources) -> ReloadState {
        ReloadState { config, listeners: listeners.into(), last: Mutex::new(Some(Ok(sources))), watch: OnceLock::new() }
    }

    /// The state of a forked child, which watches no files yet. A reload may be under way in the parent: then the child does not know
    /// what was read last.
    pub(super) fn of_child(&self) -> ReloadState {
        let last = self.last.try_lock().ok().and_then(|last| last.clone());
        ReloadState { config: self.config.clone(), listeners: Arc::clone(&self.listeners), last: Mutex::new(last), watch: OnceLock::new() }
    }

    pub(super) fn is_watching(&self) -> bool {
        self.watch.get().is_some()
    }

    /// What was read last. Keep it locked while reading and applying the sources, so that older ones never replace newer ones.
    pub(super) fn last(&self) -> MutexGuard<'_, Option<ReadSources>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keep_watching(&self, watch: Watch) {
        drop(self.watch.set(watch));
    }

    pub(super) fn dispatch(&self, warnings: &[Diagnostic]) {
        for listener in &*self.listeners {
            drop(catch_unwind(AssertUnwindSafe(|| listener(warnings))));
        }
    }
}
