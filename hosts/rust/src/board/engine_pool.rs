//! The engines of a board, each behind its lock, and how a stopped one is restarted.

use super::crossing_gate::CrossingGate;
use super::engine_kind::AnyEngine;
use super::identity_source::IdentitySource;
use super::own_requests::OwnRequest;
use super::pool_reports::PoolReports;
use super::pooled_engine::{Configuration, OnAnswer, OpenStep, PooledEngine, StartEngine, message};
use crate::error::Error;
use fuseboard::time::Now;
use fuseboard::{CallerTime, Diagnostic, EngineError, Reply, Scope, Sources, StepRequest, Stopped, Token};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The engines by their slots: 0, 1 and so on. There is at least one.
pub(super) struct EnginePool {
    first: Mutex<PooledEngine>,
    others: Vec<Mutex<PooledEngine>>,
    pub(super) start: StartEngine,
    identities: IdentitySource,
    reports: PoolReports,
    /// The configuration that each engine receives before its next request, unless it has it already.
    configuration: Mutex<Configuration>,
    /// The number of that configuration.
    number: AtomicU64,
    /// Held while one configuration is given to all engines, so that all end up with the same one.
    configuring: Mutex<()>,
    pub(super) gate: CrossingGate,
    /// Threads that use the store now.
    pub(super) in_store: AtomicUsize,
}

impl EnginePool {
    /// Starts and configures the engines, and returns the warnings of the first one: all read the same configuration.
    pub(super) fn new(
        instances: usize,
        start: StartEngine,
        identities: IdentitySource,
        reports: PoolReports,
        sources: Sources,
    ) -> Result<(EnginePool, Vec<Diagnostic>), Error> {
        let pool = EnginePool::unstarted(instances, start, identities, reports, Configuration::default());
        for slot in 0..pool.len() {
            pool.lock(slot).start(&pool.start)?;
        }
        let warnings = pool.configure(sources)?;
        Ok((pool, warnings))
    }

    /// A pool whose engines are started at their first request.
    pub(super) fn unstarted(
        instances: usize,
        start: StartEngine,
        identities: IdentitySource,
        reports: PoolReports,
        configuration: Configuration,
    ) -> EnginePool {
        let pooled = || Mutex::new(PooledEngine::unstarted(identities.next()));
        let (first, others) = (pooled(), (1..instances).map(|_| pooled()).collect());
        let number = AtomicU64::new(configuration.number);
        let configuration = Mutex::new(configuration);
        EnginePool {
            first,
            others,
            start,
            identities,
            reports,
            configuration,
            number,
            configuring: Mutex::default(),
            gate: CrossingGate::default(),
            in_store: AtomicUsize::new(0),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.others.len() + 1
    }

    /// Sends a request to the engine in a slot. An engine that is not running, or has an old configuration, is started and configured
    /// first; after a stop under a new writer.
    pub(super) fn with_engine<T>(&self, slot: usize, request: impl FnOnce(&mut AnyEngine) -> Result<T, EngineError>) -> Result<T, Error> {
        self.with_pooled(slot, |_, engine| request(engine))
    }

    /// Begins a request, as [`EnginePool::with_engine`].
    pub(super) fn begin(&self, slot: usize, time: CallerTime, request: &StepRequest<'_>, ended: OnAnswer<'_>) -> Result<OpenStep, Error> {
        self.with_pooled(slot, |pooled, engine| {
            let step = engine.begin(time, request)?;
            Ok(pooled.opened(step, ended))
        })
    }

    /// Goes on with a request that began in this run of the engine.
    pub(super) fn go_on(
        &self,
        slot: usize,
        run: u64,
        now: Now,
        token: Token,
        reply: Reply,
        ended: OnAnswer<'_>,
    ) -> Result<OpenStep, Error> {
        let mut pooled = self.lock(slot);
        pooled.parked.end(token);
        if pooled.run != run {
            return Err(EngineError::Stopped(Stopped::Trap("it was restarted while this request waited".to_owned())).into());
        }
        let opened = pooled.run(|pooled, engine| {
            let step = engine.resume(now, token, reply)?;
            Ok(pooled.opened(step, ended))
        });
        self.unlock(pooled);
        opened
    }

    /// Ends a request that waits in this run of the engine, because its caller does not wait for it any longer.
    pub(super) fn abandon(&self, slot: usize, run: u64, now: Now, token: Token) -> Result<(), Error> {
        let mut pooled = self.lock(slot);
        pooled.parked.end(token);
        let mut abandoned = Ok(());
        if pooled.run == run {
            abandoned = pooled.run(|pooled, engine| {
                engine.abandon(now, token)?.into_iter().for_each(|woken| pooled.parked.end(woken));
                Ok(())
            });
        }
        self.unlock(pooled);
        abandoned
    }

    /// Uses the store. A fork waits until no thread does, because a lock of the store would stay locked in the child.
    #[inline]
    pub(super) fn in_store<T>(&self, work: impl FnOnce() -> T) -> Result<T, Error> {
        let _request = OwnRequest::begin(self).ok_or_else(Error::called_itself)?;
        loop {
            self.in_store.fetch_add(1, Ordering::SeqCst);
            if self.gate.is_open() {
                break;
            }
            self.in_store.fetch_sub(1, Ordering::SeqCst);
            self.gate.wait_until_open();
        }
        let answer = catch_unwind(AssertUnwindSafe(work));
        self.in_store.fetch_sub(1, Ordering::SeqCst);
        answer.map_err(|panic| EngineError::Stopped(Stopped::Trap(format!("its store panicked: {}", message(&*panic)))).into())
    }

    /// Stops the engine in a slot, so that it is restarted before its next request.
    pub(super) fn stop(&self, slot: usize) {
        if let Some(engine) = &mut self.lock(slot).engine {
            engine.stop();
        }
    }

    #[inline]
    fn with_pooled<T>(
        &self,
        slot: usize,
        request: impl FnOnce(&mut PooledEngine, &mut AnyEngine) -> Result<T, EngineError>,
    ) -> Result<T, Error> {
        let _request = OwnRequest::begin(self).ok_or_else(Error::called_itself)?;
        let mut pooled = self.lock(slot);
        pooled.start(&self.start).map_err(|error| EngineError::Stopped(Stopped::Trap(error.to_string())))?;
        let answer = pooled.run(|pooled, engine| {
            self.give_current(slot, pooled, engine)?;
            request(pooled, engine)
        });
        self.unlock(pooled);
        answer
    }

    /// Reconfigures every engine, or none if the configuration is bad.
    pub(super) fn configure(&self, sources: Sources) -> Result<Vec<Diagnostic>, Error> {
        let request = OwnRequest::begin(self).ok_or_else(Error::called_itself)?;
        let _configuring = self.configuring.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.number.load(Ordering::Acquire).saturating_add(1);
        let configuration = Configuration { number, sources: Arc::new(sources) };
        let mut first = self.lock(0);
        let warnings = match self.configure_first(&mut first, &configuration) {
            // A fault of the engine must not lose the configuration.
            Err(error) if error.is_engine_stopped() => self.configure_first(&mut first, &configuration)?,
            configured => configured?,
        };
        // Set while the first engine is locked: it must not be restarted with the old configuration.
        *self.configuration.lock().unwrap_or_else(PoisonError::into_inner) = configuration.clone();
        self.number.store(number, Ordering::Release);
        self.unlock(first);
        drop(request);
        for slot in 1..self.len() {
            // An engine that fails here is configured again before its next request, which then returns the error if there is one.
            drop(self.with_engine(slot, |_| Ok(())));
        }
        Ok(warnings)
    }

    /// An engine refuses some changes of the configuration that it has, so the first one must have it.
    fn configure_first(&self, pooled: &mut PooledEngine, configuration: &Configuration) -> Result<Vec<Diagnostic>, Error> {
        pooled.start(&self.start)?;
        pooled.run(|pooled, engine| {
            self.give_current(0, pooled, engine)?;
            self.configure_one(0, pooled, engine, configuration)
        })
    }

    /// Restarts a stopped engine, and gives it the current configuration unless it has it. Before the first one there is none to give.
    fn give_current(&self, slot: usize, pooled: &mut PooledEngine, engine: &mut AnyEngine) -> Result<(), EngineError> {
        let current = self.number.load(Ordering::Acquire);
        if current > 0 && (engine.is_stopped() || pooled.configured != current) {
            self.configure_one(slot, pooled, engine, &self.configuration())?;
        }
        Ok(())
    }

    fn configure_one(
        &self,
        slot: usize,
        pooled: &mut PooledEngine,
        engine: &mut AnyEngine,
        configuration: &Configuration,
    ) -> Result<Vec<Diagnostic>, EngineError> {
        let run = pooled.run;
        let configured = pooled.configure(engine, configuration, &self.identities);
        if pooled.run != run {
            self.reports.restarted(slot);
        }
        configured
    }

    /// Defines the settings of a circuit, given in its canonical spelling, in the engine of a slot. `None` removes them.
    pub(super) fn define(&self, slot: usize, scope: &Scope, settings: Option<&str>) -> Result<(), Error> {
        // The engine is locked until the pool has the definition too, so no restart loses it.
        self.with_pooled(slot, |pooled, engine| {
            if let Some(settings) = settings {
                engine.define(scope, settings)?;
                pooled.definitions.insert(scope.clone(), settings.to_owned());
            } else {
                engine.forget(scope)?;
                pooled.definitions.remove(scope);
            }
            Ok(())
        })
    }

    /// Stops every engine, so that each is restarted under a new writer before its next request.
    pub(super) fn stop_all(&self) {
        (0..self.len()).for_each(|slot| self.stop(slot));
    }

    pub(super) fn pooled(&self, slot: usize) -> &Mutex<PooledEngine> {
        slot.checked_sub(1).and_then(|other| self.others.get(other)).unwrap_or(&self.first)
    }

    pub(super) fn lock(&self, slot: usize) -> MutexGuard<'_, PooledEngine> {
        let engine = self.pooled(slot);
        loop {
            // No request poisons the lock: `PooledEngine::run` catches its panic.
            let pooled = engine.lock().unwrap_or_else(PoisonError::into_inner);
            if self.gate.is_open() {
                return pooled;
            }
            drop(pooled);
            self.gate.wait_until_open();
        }
    }

    /// Unlocks an engine, and then wakes the tasks whose waits have ended. A waker that panics affects neither the others nor the request.
    #[inline]
    fn unlock(&self, mut pooled: MutexGuard<'_, PooledEngine>) {
        let wakers = pooled.parked.take_wakers();
        drop(pooled);
        for waker in wakers {
            if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
                self.reports.waker_panicked();
            }
        }
    }

    pub(super) fn configuration(&self) -> Configuration {
        self.configuration.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
#[path = "engine_pool_tests.rs"]
mod tests;
