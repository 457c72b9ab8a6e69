use super::bindings::Breaker;
use super::bindings::Problem as WitProblem;
use super::compiled::Compiled;
use super::engine::POOL_INSTANCES;
use super::host_state::{Budget, Exceeded, HostImports, HostState};
use super::{clamp, lengths, to_wit};
use crate::error::Error;
use crate::fork;
use crate::limits::Limits;
use fuseboard::advisor::{Metrics, Suggestion};
use fuseboard::{
    AboutReport, Clock, Command, Commanded, Decision, Diagnostic, EngineError, Explanation, Filter, Flushed, HealthReport, Identity, Lease,
    Listing, Outcome, Permit, PolicyEngine, Report, Scope, Sources, StatusReport, Stopped, Store, Tally, Target, Verdict,
};
use std::borrow::Cow;
use std::sync::Arc;
use wasmtime::{PoolConcurrencyLimitError, Trap};

pub(super) type EngineResult<T> = Result<T, EngineError>;
type WasmStore = wasmtime::Store<HostState>;

/// One instance of the component, in its sandbox. What it does is defined by [`PolicyEngine`].
///
/// It is stopped by a trap, or by exceeding a limit.
///
/// ```
/// use fuseboard::PolicyEngine;
/// use fuseboard_stores::{ManualClock, MemoryStore};
/// use fuseboard_wasmtime::{Instance, Limits};
///
/// let instance = Instance::new(ManualClock::default(), MemoryStore::new(), Limits::default())?;
/// assert!(!instance.is_stopped());
/// # Ok::<(), fuseboard_wasmtime::Error>(())
/// ```
pub struct Instance {
    compiled: Arc<Compiled>,
    imports: HostImports,
    limits: Limits,
    /// `None`: stopped.
    running: Option<Running>,
}

struct Running {
    store: WasmStore,
    world: Breaker,
}

impl Instance {
    /// Starts the component that this crate embeds, not configured yet.
    ///
    /// # Errors
    /// Fails if the component cannot be compiled or started on this machine.
    pub fn new(
        clock: impl Clock + Send + Sync + 'static,
        store: impl Store + Send + Sync + 'static,
        limits: Limits,
    ) -> Result<Instance, Error> {
        let limits = limits.clamped();
        Instance::start(Compiled::embedded(limits, None)?, HostImports { clock: Arc::new(clock), store: Arc::new(store) }, limits)
    }

    /// Starts a component from its bytes, not configured yet.
    ///
    /// # Errors
    /// Fails if they are no component, or if its imports or exports are not the contract's.
    pub fn from_bytes(
        component: Vec<u8>,
        clock: impl Clock + Send + Sync + 'static,
        store: impl Store + Send + Sync + 'static,
        limits: Limits,
    ) -> Result<Instance, Error> {
        let limits = limits.clamped();
        let compiled = Compiled::given(Cow::Owned(component), limits, None)?;
        Instance::start(compiled, HostImports { clock: Arc::new(clock), store: Arc::new(store) }, limits)
    }

    pub(crate) fn start(compiled: Arc<Compiled>, imports: HostImports, limits: Limits) -> Result<Instance, Error> {
        let running = Some(Running::start(&compiled, &imports, limits)?);
        Ok(Instance { compiled, imports, limits, running })
    }

    /// Runs an export within the limits. Whatever stops the guest stops this instance, because its memory may be in any state.
    pub(super) fn run<T>(
        &mut self,
        budget: Budget,
        export: impl FnOnce(&Breaker, &mut WasmStore) -> wasmtime::Result<T>,
    ) -> EngineResult<T> {
        let Some(Running { store, world }) = &mut self.running else {
            return Err(Stopped::Trap("it was stopped by an earlier request and has not been restarted".to_owned()).into());
        };
        let ticks = store.data_mut().begin(budget);
        store.set_epoch_deadline(ticks);
        export(world, store).map_err(|error| {
            self.running = None;
            stopped(&error).into()
        })
    }

    /// As `run`, for an export that may return a problem. It converts the answer at once: each move of an answer copies a large value.
    pub(super) fn request<T, A: Into<T>>(
        &mut self,
        export: impl FnOnce(&Breaker, &mut WasmStore) -> wasmtime::Result<Result<A, WitProblem>>,
    ) -> EngineResult<T> {
        let answer = self.run(Budget::Call, |world, store| Ok(export(world, store)?.map(Into::into)))?;
        answer.map_err(|problem| EngineError::Problem(problem.into()))
    }
}

impl Running {
    fn start(compiled: &Compiled, imports: &HostImports, limits: Limits) -> Result<Running, Error> {
        let _starting = fork::begin_start();
        let mut state = HostState::new(imports.clone(), limits, compiled.ticker()?);
        // On a loaded machine, starting takes longer than a request.
        let ticks = state.begin(Budget::Configuration);
        let mut store = wasmtime::Store::new(&compiled.engine, state);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(limits.answer_bytes);
        store.set_epoch_deadline(ticks);
        let world = compiled.pre.instantiate(&mut store).map_err(|error| not_started(&error))?;
        Ok(Running { store, world })
    }
}

fn not_started(error: &wasmtime::Error) -> Error {
    if error.is::<PoolConcurrencyLimitError>() {
        return Error::out_of_instances(POOL_INSTANCES);
    }
    Error::component(format!("{error:#}"))
}

/// What stopped a request, for people: wasmtime's own text also lists the guest's functions.
pub(super) fn stopped(error: &wasmtime::Error) -> Stopped {
    if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
        return exceeded.into();
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => Stopped::OutOfTime,
        Some(Trap::StackOverflow) => Stopped::OutOfStack,
        Some(trap) => Stopped::Trap(trap.to_string()),
        None => Stopped::Trap(format!("{error:#}")),
    }
}

impl PolicyEngine for Instance {
    fn configure(&mut self, sources: &Sources, identity: Identity) -> EngineResult<Vec<Diagnostic>> {
        lengths::sources(sources).map_err(EngineError::Configuration)?;
        let lists = to_wit::SourceLists::of(sources);
        let configured = self.run(Budget::Configuration, |world, store| {
            world.fuseboard_breaker_board().call_configure(store, lists.borrow(), identity.into())
        })?;
        let warnings = configured.map(|configured| clamp::list(configured.warnings));
        warnings.map_err(|faults| EngineError::Configuration(clamp::list(faults)))
    }

    fn allow(&mut self, target: &Target) -> EngineResult<Decision> {
        lengths::target(target)?;
        self.request(|world, store| world.fuseboard_breaker_board().call_allow(store, to_wit::target(target)))
    }

    fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> EngineResult<Verdict> {
        lengths::target(target)?;
        let report = lengths::cut(report);
        let lists = to_wit::ReportLists::of(&report);
        let (target, report) = (to_wit::target(target), lists.borrow());
        let permit = permit.copied().map(Into::into);
        self.request(|world, store| world.fuseboard_breaker_board().call_settle(store, target, permit, report))
    }

    fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> EngineResult<Verdict> {
        lengths::lease(lease)?;
        let lists = to_wit::LeaseLists::of(lease);
        self.request(|world, store| world.fuseboard_breaker_board().call_settle_leased(store, lists.borrow(), tally.into()))
    }

    fn status(&mut self, target: &Target) -> EngineResult<StatusReport> {
        lengths::target(target)?;
        self.request(|world, store| world.fuseboard_breaker_board().call_status(store, to_wit::target(target)))
    }

    fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> EngineResult<Listing> {
        cursor.map_or(Ok(()), |cursor| lengths::text("the cursor", cursor))?;
        self.request(|world, store| world.fuseboard_breaker_board().call_list(store, (*filter).into(), cursor, limit))
    }

    fn command(&mut self, scope: &Scope, command: &Command) -> EngineResult<Commanded> {
        lengths::scope(scope)?;
        lengths::command(command)?;
        let (scope, command) = (to_wit::scope(scope), to_wit::command(command));
        self.request(|world, store| world.fuseboard_breaker_board().call_command(store, scope, command))
    }

    fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> EngineResult<Commanded> {
        lengths::scope(scope)?;
        patch.map_or(Ok(()), |patch| lengths::text("the patch", patch))?;
        self.request(|world, store| world.fuseboard_breaker_board().call_update_policy(store, to_wit::scope(scope), patch))
    }

    fn define(&mut self, scope: &Scope, settings: &str) -> EngineResult<()> {
        lengths::scope(scope)?;
        lengths::text("the definition", settings)?;
        self.request(|world, store| world.fuseboard_breaker_board().call_define(store, to_wit::scope(scope), settings))
    }

    fn forget(&mut self, scope: &Scope) -> EngineResult<()> {
        lengths::scope(scope)?;
        self.request(|world, store| world.fuseboard_breaker_board().call_forget(store, to_wit::scope(scope)))
    }

    fn explain(&mut self, target: &Target) -> EngineResult<Explanation> {
        lengths::target(target)?;
        self.request(|world, store| world.fuseboard_breaker_board().call_explain(store, to_wit::target(target)))
    }

    fn health(&mut self) -> EngineResult<HealthReport> {
        self.request(|world, store| world.fuseboard_breaker_board().call_health(store))
    }

    fn about(&mut self) -> EngineResult<AboutReport> {
        self.run(Budget::Call, |world, store| world.fuseboard_breaker_board().call_about(store)).map(Into::into)
    }

    fn flush(&mut self) -> EngineResult<Flushed> {
        self.request(|world, store| world.fuseboard_breaker_board().call_flush(store))
    }

    fn parse_retry_after(&mut self, value: &str) -> EngineResult<u64> {
        lengths::text("the Retry-After header", value)?;
        self.request(|world, store| world.fuseboard_breaker_board().call_parse_retry_after(store, value))
    }

    fn classify(&mut self, target: &Target, report: &Report) -> EngineResult<Outcome> {
        lengths::target(target)?;
        let report = lengths::cut(report);
        let lists = to_wit::ReportLists::of(&report);
        let (target, report) = (to_wit::target(target), lists.borrow());
        self.request(|world, store| world.fuseboard_breaker_board().call_classify(store, target, report))
    }

    fn normalize_host(&mut self, host: &str) -> EngineResult<String> {
        lengths::text("the host", host)?;
        self.request(|world, store| world.fuseboard_breaker_board().call_normalize_host(store, host)).map(clamp::text)
    }

    fn advise(&mut self, target: &Target, metrics: &Metrics) -> EngineResult<Vec<Suggestion>> {
        lengths::target(target)?;
        let metrics = to_wit::metrics(target, metrics);
        let suggestions: EngineResult<Vec<_>> = self.request(|world, store| world.fuseboard_breaker_advisor().call_advise(store, metrics));
        suggestions.map(clamp::list)
    }

    fn is_stopped(&self) -> bool {
        self.running.is_none()
    }

    fn stop(&mut self) {
        self.running = None;
    }

    fn restart(&mut self) -> Result<(), EngineError> {
        self.running = None;
        let running = Running::start(&self.compiled, &self.imports, self.limits);
        self.running = Some(running.map_err(|error| Stopped::Trap(error.to_string()))?);
        Ok(())
    }
}
