//! Builds a board from the settings of its builder.

use super::builder::{Builder, Watching};
use super::closing_time::ClosingTime;
use super::engine_kind::{EngineFactory, EngineKind, SharedStore};
use super::engine_pool::EnginePool;
use super::event_dispatcher::EventDispatcher;
use super::handle::Board;
use super::inner::{BoardInner, BoardParts};
use super::observers::Observers;
use super::pool_reports::PoolReports;
use super::reload_state::ReloadState;
use crate::error::Error;
use fuseboard::Diagnostic;
use fuseboard_stores::{MemoryStore, StoreGuard};
use std::sync::Arc;

impl Builder {
    /// Builds the board.
    ///
    /// # Errors
    /// Fails if the configuration is bad (with all its faults), if its files cannot be watched, or if the component cannot be used.
    /// With [`OnStart::Fail`](super::on_start::OnStart::Fail) it also fails if the store cannot be read.
    pub fn build(self) -> Result<Board, Error> {
        self.build_with_warnings().map(|(board, _)| board)
    }

    /// As [`Builder::build`], and returns the warnings of the configuration.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn build_with_warnings(self) -> Result<(Board, Vec<Diagnostic>), Error> {
        let sources = self.config.read(std::env::vars_os()).map_err(Error::configuration)?;
        let shared = self.shared_store();
        let factory = self.engine_factory(Arc::clone(&shared))?;
        let store = StoreGuard::new(Arc::clone(&shared));
        let events = Arc::new(EventDispatcher::new(self.listeners, self.error_listeners));
        if let Some(warning) = factory.start_warning() {
            events.dispatch_error(&warning);
        }
        let reports = PoolReports { dispatcher: Arc::clone(&events), clock: Arc::clone(&self.clock) };
        let start = Arc::new(move || factory.start());
        let (engines, warnings) = EnginePool::new(self.instances, start, self.identities, reports, sources.clone())?;
        let inner = Arc::new(BoardInner::new(BoardParts {
            engines,
            events,
            observers: Observers::new(self.observers),
            clock: self.clock,
            store,
            store_kind: self.store_kind,
            reloads: ReloadState::new(self.config, self.reload_listeners, sources),
            classifier: Arc::new(self.classifier),
            on_engine_error: self.on_engine_error,
            leases: self.leases,
            closing_time: ClosingTime::of_process(),
        }));
        self.on_start.check(&shared)?;
        if self.watching == Watching::On {
            inner.watch()?;
        }
        Ok((Board { inner }, warnings))
    }

    fn shared_store(&self) -> SharedStore {
        // The default store uses the board's clock, so that its times to live agree with the engine's deadlines.
        self.store.as_ref().map_or_else(|| Arc::new(MemoryStore::with_clock(Arc::clone(&self.clock))) as SharedStore, Arc::clone)
    }

    #[cfg_attr(not(feature = "component"), allow(clippy::unnecessary_wraps, reason = "reading a component can fail"))]
    fn engine_factory(&self, store: SharedStore) -> Result<EngineFactory, Error> {
        let clock = Arc::clone(&self.clock);
        match self.engine {
            #[cfg(feature = "component")]
            EngineKind::Component => EngineFactory::component(&self.component, clock, store),
            #[cfg(feature = "native")]
            EngineKind::Native => Ok(EngineFactory::native(clock, store)),
        }
    }
}
