use crate::config_sources::ConfigSources;
use crate::watch::Watch;
use fuseboard::{Diagnostic, Sources};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

pub(super) type ReloadListener = Box<dyn Fn(&[Diagnostic]) + Send + Sync>;
/// The sources as they were read, or every fault that prevented it.
pub(super) type ReadSources = Result<Sources, Vec<Diagnostic>>;

/// Where a board's configuration comes from, and what was read there last.
#[derive(Default)]
pub(super) struct ReloadState {
    pub(super) config: ConfigSources,
    listeners: Vec<ReloadListener>,
    last: Mutex<Option<ReadSources>>,
    /// Kept for its drop, which ends the watching.
    watch: OnceLock<Watch>,
}

impl ReloadState {
    pub(super) fn new(config: ConfigSources, listeners: Vec<ReloadListener>, sources: Sources) -> ReloadState {
        ReloadState { config, listeners, last: Mutex::new(Some(Ok(sources))), watch: OnceLock::new() }
    }

    /// What was read last. Keep it locked while reading and applying the sources, so that older ones never replace newer ones.
    pub(super) fn last(&self) -> MutexGuard<'_, Option<ReadSources>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keep_watching(&self, watch: Watch) {
        drop(self.watch.set(watch));
    }

    pub(super) fn dispatch(&self, warnings: &[Diagnostic]) {
        for listener in &self.listeners {
            drop(catch_unwind(AssertUnwindSafe(|| listener(warnings))));
        }
    }
}
