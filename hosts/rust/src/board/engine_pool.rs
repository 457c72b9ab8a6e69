//! The engines of a board, each behind its lock, and how a stopped one is restarted.

use super::engine_kind::{AnyEngine, BoxedEngine};
use super::identity_source::IdentitySource;
use crate::error::Error;
use fuseboard::{Diagnostic, EngineError, Identity, Sources, Stopped};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The engines by their slots: 0, 1 and so on. There is at least one.
pub(super) struct EnginePool {
    first: Mutex<PooledEngine>,
    others: Vec<Mutex<PooledEngine>>,
    identities: IdentitySource,
    /// The configuration that a restarted engine receives before its next request.
    sources: Mutex<Arc<Sources>>,
}

struct PooledEngine {
    engine: BoxedEngine,
    identity: Identity,
}

impl EnginePool {
    /// Configures the engines, and returns the warnings of the first one: all read the same configuration.
    pub(super) fn new(
        first: BoxedEngine,
        others: Vec<BoxedEngine>,
        identities: IdentitySource,
        sources: Sources,
    ) -> Result<(EnginePool, Vec<Diagnostic>), Error> {
        let pooled = |engine| Mutex::new(PooledEngine { engine, identity: identities.next() });
        let (first, others) = (pooled(first), others.into_iter().map(pooled).collect());
        let pool = EnginePool { first, others, identities, sources: Mutex::default() };
        let warnings = pool.configure(sources)?;
        Ok((pool, warnings))
    }

    pub(super) fn len(&self) -> usize {
        self.others.len() + 1
    }

    /// Sends a request to the engine in a slot. A stopped engine is restarted first, under a new writer.
    pub(super) fn with_engine<T>(&self, slot: usize, request: impl FnOnce(&mut AnyEngine) -> Result<T, EngineError>) -> Result<T, Error> {
        self.lock(slot).run(|pooled| {
            self.restart_if_stopped(pooled)?;
            request(&mut *pooled.engine)
        })
    }

    /// Reconfigures every engine, or none if the configuration is bad.
    pub(super) fn configure(&self, sources: Sources) -> Result<Vec<Diagnostic>, Error> {
        let sources = Arc::new(sources);
        let mut first = self.lock(0);
        let warnings = first.run(|pooled| {
            // An engine refuses some changes of the configuration that it has, so it must have it.
            self.restart_if_stopped(pooled)?;
            pooled.configure(&sources, &self.identities)
        })?;
        // Set while the first engine is locked: it must not be restarted with the old configuration.
        *self.sources.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&sources);
        drop(first);
        for slot in 1..self.len() {
            self.lock(slot).run(|pooled| pooled.configure(&sources, &self.identities))?;
        }
        Ok(warnings)
    }

    /// Stops every engine, so that each is restarted under a new writer before its next request.
    pub(super) fn stop_all(&self) {
        (0..self.len()).for_each(|slot| self.lock(slot).engine.stop());
    }

    fn lock(&self, slot: usize) -> MutexGuard<'_, PooledEngine> {
        let engine = slot.checked_sub(1).and_then(|other| self.others.get(other)).unwrap_or(&self.first);
        // No request poisons the lock: `PooledEngine::run` catches its panic.
        engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn restart_if_stopped(&self, pooled: &mut PooledEngine) -> Result<(), EngineError> {
        if pooled.engine.is_stopped() {
            pooled.configure(&self.sources(), &self.identities)?;
        }
        Ok(())
    }

    fn sources(&self) -> Arc<Sources> {
        Arc::clone(&self.sources.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl PooledEngine {
    /// Runs a request. A panic may leave the engine in any state, so it stops the engine, as a trap stops a component.
    fn run<T>(&mut self, request: impl FnOnce(&mut PooledEngine) -> Result<T, EngineError>) -> Result<T, Error> {
        match catch_unwind(AssertUnwindSafe(|| request(self))) {
            Ok(answer) => answer.map_err(Error::from),
            Err(panic) => {
                self.engine.stop();
                Err(EngineError::Stopped(Stopped::Trap(format!("it panicked: {}", message(&*panic)))).into())
            }
        }
    }

    fn configure(&mut self, sources: &Sources, identities: &IdentitySource) -> Result<Vec<Diagnostic>, EngineError> {
        if self.engine.is_stopped() {
            self.engine.restart()?;
            self.identity = identities.next();
        }
        self.engine.configure(sources, self.identity)
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
