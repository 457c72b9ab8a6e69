use super::bindings::Breaker;
use super::compiled::Compiled;
use super::lent::{Budget, Exceeded, Lent, Ports};
use super::{answer, lengths, look, question};
use crate::error::{Error, Stopped};
use crate::limits::Limits;
use fuseboard::advisor::{Metrics, Suggestion};
use fuseboard::{
    AboutReport, Clock, Command, Commanded, Decision, Diagnostic, Explanation, Filter, Flushed, HealthReport, Identity, Lease, Listing,
    Outcome, Permit, Problem, Report, Scope, Sources, StatusReport, Store, Tally, Target, Verdict,
};
use std::borrow::Cow;
use std::sync::Arc;
use wasmtime::Trap;

/// What an export answers; the outer error says that the guest was stopped before it could.
pub type Asked<T> = Result<Result<T, Problem>, Error>;

/// One instance of the component: its exports one to one, with the same names and types as [`fuseboard::Engine`]. No leases, no
/// repeated refusals, no listeners: for these take a [`Board`](crate::Board).
///
/// An instance that was stopped (a trap, too much time, memory, stack or questions) answers nothing more until
/// [`restart`](Instance::restart); it must then be configured again.
///
/// ```
/// use fuseboard_host::{Instance, Limits, ManualClock, MemoryStore};
/// let instance = Instance::new(ManualClock::default(), MemoryStore::new(), Limits::default())?;
/// assert!(!instance.is_stopped());
/// # Ok::<(), fuseboard_host::Error>(())
/// ```
pub struct Instance {
    compiled: Arc<Compiled>,
    ports: Ports,
    limits: Limits,
    running: Option<Running>,
}

struct Running {
    store: wasmtime::Store<Lent>,
    world: Breaker,
}

impl Instance {
    /// Starts the component that this library carries.
    ///
    /// # Errors
    /// When the component cannot be compiled or started on this machine.
    pub fn new(
        clock: impl Clock + Send + Sync + 'static,
        store: impl Store + Send + Sync + 'static,
        limits: Limits,
    ) -> Result<Instance, Error> {
        let limits = limits.clamped();
        Instance::start(Compiled::embedded(limits, None)?, Ports { clock: Arc::new(clock), store: Arc::new(store) }, limits)
    }

    /// Starts a component from its bytes.
    ///
    /// # Errors
    /// When they are no component, or one that wants other imports or has other exports than the contract's.
    pub fn from_bytes(
        component: Vec<u8>,
        clock: impl Clock + Send + Sync + 'static,
        store: impl Store + Send + Sync + 'static,
        limits: Limits,
    ) -> Result<Instance, Error> {
        let limits = limits.clamped();
        let compiled = Compiled::once(Cow::Owned(component), limits, None)?;
        Instance::start(compiled, Ports { clock: Arc::new(clock), store: Arc::new(store) }, limits)
    }

    pub(crate) fn start(compiled: Arc<Compiled>, ports: Ports, limits: Limits) -> Result<Instance, Error> {
        let mut instance = Instance { compiled, ports, limits, running: None };
        instance.restart()?;
        Ok(instance)
    }

    /// Throws the present state away and starts anew, not configured yet. What is stored stays.
    ///
    /// # Errors
    /// When no new instance can be made, for lack of memory say; trying again later may help.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.running = None;
        let mut lent = Lent::new(self.ports.clone(), self.limits, self.compiled.ticker()?);
        let ticks = lent.begin(Budget::Call);
        let mut store = wasmtime::Store::new(&self.compiled.engine, lent);
        store.limiter(|lent| &mut lent.memory);
        store.set_hostcall_fuel(self.limits.answer_bytes);
        store.set_epoch_deadline(ticks);
        let world = self.compiled.pre.instantiate(&mut store).map_err(|error| Error::component(format!("{error:#}")))?;
        self.running = Some(Running { store, world });
        Ok(())
    }

    /// Whether it was stopped and answers nothing more.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.running.is_none()
    }

    pub(crate) fn stop(&mut self) {
        self.running = None;
    }

    /// Runs an export within the limits. Whatever stops the guest ends this instance: its memory may be in any state.
    fn run<T>(
        &mut self,
        export: &'static str,
        budget: Budget,
        call: impl FnOnce(&Breaker, &mut wasmtime::Store<Lent>) -> wasmtime::Result<T>,
    ) -> Result<T, Error> {
        let Some(Running { store, world }) = &mut self.running else {
            return Err(Error::stopped(export, Stopped::Trap("it had been stopped before and was not started again".to_owned())));
        };
        let ticks = store.data_mut().begin(budget);
        store.set_epoch_deadline(ticks);
        call(world, store).map_err(|error| {
            self.running = None;
            Error::stopped(export, stopped(&error))
        })
    }

    fn ask<T, A>(
        &mut self,
        export: &'static str,
        call: impl FnOnce(&Breaker, &mut wasmtime::Store<Lent>) -> wasmtime::Result<Result<A, super::bindings::Problem>>,
        ours: impl FnOnce(A) -> T,
    ) -> Asked<T> {
        // Made ours at once: the contract's answers are large, and each step that they are handed on by copies them.
        self.run(export, Budget::Call, |world, store| Ok(call(world, store)?.map(ours).map_err(answer::problem)))
    }
}

/// What ended a call, for people: wasmtime's own text names the guest's functions too.
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

/// An argument too long to cross is a problem like any other.
macro_rules! fits {
    ($($check:expr),+) => {
        $(if let Err(problem) = $check { return Ok(Err(problem)); })+
    };
}

/// The exports. What they do, and when they answer a [`Problem`], stands in `wit/board.wit`; each fails where the guest was stopped.
#[allow(clippy::missing_errors_doc)]
impl Instance {
    /// Reads a configuration: its warnings, or all its faults.
    pub fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Result<Vec<Diagnostic>, Vec<Diagnostic>>, Error> {
        if let Err(faults) = lengths::sources(sources) {
            return Ok(Err(faults));
        }
        let lists = question::SourceLists::of(sources);
        let told = self.run("configure", Budget::Configuration, |world, store| {
            world.fuseboard_breaker_board().call_configure(store, lists.lend(), question::identity(identity))
        })?;
        Ok(told.map(|configured| answer::diagnostics(configured.warnings)).map_err(answer::diagnostics))
    }

    pub fn allow(&mut self, target: &Target) -> Asked<Decision> {
        fits!(lengths::target(target));
        self.ask("allow", |world, store| world.fuseboard_breaker_board().call_allow(store, question::target(target)), answer::decision)
    }

    pub fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Asked<Verdict> {
        fits!(lengths::target(target), lengths::report(report));
        let raised = question::raised(report);
        let (permit, report) = (permit.map(question::permit), question::report(report, &raised));
        let target = question::target(target);
        self.ask("settle", |world, store| world.fuseboard_breaker_board().call_settle(store, target, permit, report), answer::verdict)
    }

    pub fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Asked<Verdict> {
        fits!(lengths::lease(lease));
        let (lists, tally) = (question::LeaseLists::of(lease), question::tally(tally));
        let call = |world: &Breaker, store: &mut _| world.fuseboard_breaker_board().call_settle_leased(store, lists.lend(), tally);
        self.ask("settle-leased", call, answer::verdict)
    }

    pub fn status(&mut self, target: &Target) -> Asked<StatusReport> {
        fits!(lengths::target(target));
        self.ask("status", |world, store| world.fuseboard_breaker_board().call_status(store, question::target(target)), look::status)
    }

    pub fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Asked<Listing> {
        fits!(cursor.map_or(Ok(()), |cursor| lengths::text("the cursor", cursor)));
        let filter = question::filter(*filter);
        self.ask("list", |world, store| world.fuseboard_breaker_board().call_list(store, filter, cursor, limit), look::listing)
    }

    pub fn command(&mut self, scope: &Scope, command: &Command) -> Asked<Commanded> {
        fits!(lengths::scope(scope), lengths::command(command));
        let (scope, command) = (question::scope(scope), question::command(command));
        self.ask("command", |world, store| world.fuseboard_breaker_board().call_command(store, scope, command), look::commanded)
    }

    pub fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> Asked<Commanded> {
        fits!(lengths::scope(scope), patch.map_or(Ok(()), |patch| lengths::text("the patch", patch)));
        let scope = question::scope(scope);
        self.ask("update-policy", |world, store| world.fuseboard_breaker_board().call_update_policy(store, scope, patch), look::commanded)
    }

    pub fn explain(&mut self, target: &Target) -> Asked<Explanation> {
        fits!(lengths::target(target));
        self.ask("explain", |world, store| world.fuseboard_breaker_board().call_explain(store, question::target(target)), look::explanation)
    }

    pub fn health(&mut self) -> Asked<HealthReport> {
        self.ask("health", |world, store| world.fuseboard_breaker_board().call_health(store), |health| look::health(&health))
    }

    pub fn about(&mut self) -> Result<AboutReport, Error> {
        self.run("about", Budget::Call, |world, store| world.fuseboard_breaker_board().call_about(store)).map(look::about)
    }

    pub fn flush(&mut self) -> Asked<Flushed> {
        self.ask("flush", |world, store| world.fuseboard_breaker_board().call_flush(store), look::flushed)
    }

    pub fn parse_retry_after(&mut self, value: &str) -> Asked<u64> {
        fits!(lengths::text("the Retry-After header", value));
        self.ask("parse-retry-after", |world, store| world.fuseboard_breaker_board().call_parse_retry_after(store, value), |ms| ms)
    }

    pub fn classify(&mut self, target: &Target, report: &Report) -> Asked<Outcome> {
        fits!(lengths::target(target), lengths::report(report));
        let raised = question::raised(report);
        let (target, report) = (question::target(target), question::report(report, &raised));
        self.ask("classify", |world, store| world.fuseboard_breaker_board().call_classify(store, target, report), answer::outcome)
    }

    pub fn normalize_host(&mut self, host: &str) -> Asked<String> {
        fits!(lengths::text("the host", host));
        self.ask("normalize-host", |world, store| world.fuseboard_breaker_board().call_normalize_host(store, host), super::clamp::text)
    }

    pub fn advise(&mut self, target: &Target, seen: &Metrics) -> Asked<Vec<Suggestion>> {
        fits!(lengths::target(target));
        let metrics = question::metrics(target, seen);
        self.ask("advise", |world, store| world.fuseboard_breaker_advisor().call_advise(store, metrics), look::suggestions)
    }
}
