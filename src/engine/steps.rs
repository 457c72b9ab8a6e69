//! The engine in steps: each request says what it needs, and the engine is free while the request waits.

use super::configured::Configured;
use super::lifecycle::Lifecycle;
use super::operation::Reply;
use super::other_request::OtherRequest;
use super::request_step::{CallerTime, RequestStep, Seen, StepAnswer, Token};
use super::route_cache::RouteCache;
use super::store::Revision;
use crate::sources::{Diagnostic, Identity, Sources};
use crate::status::{Command, Filter, HealthReport};
use crate::time::Now;
use crate::{Lease, Permit, Problem, Report, Scope, Tally, Target};
use std::sync::Arc;

/// A policy engine without a clock and a store of its own. The host gives the time with each request, carries out the store operations
/// that requests need, and resumes them with the replies, in any order.
///
/// ```
/// use fuseboard::time::{Mono, Now, Wall};
/// use fuseboard::{Answer, Identity, Need, Seen, Sources, StepAnswer, Steps, Target};
/// use fuseboard_stores::MemoryStore;
///
/// let (mut steps, store) = (Steps::default(), MemoryStore::new());
/// steps.configure(&Sources::default(), Identity { writer: 1, seed: 1 }).expect("the defaults are valid");
///
/// let now = Now { wall: Wall(1_800_000_000_000), mono: Mono(0) };
/// let mut step = steps.allow(now, &Target::name("orders-db"), Seen::Nothing, Seen::Nothing)?;
/// while let Need::Store(token, operation) = step.need {
///     step = steps.resume(now, token, operation.run(&store))?;
/// }
/// let Need::Nothing(StepAnswer::Decided(decision)) = step.need else { panic!("nobody else writes") };
/// assert!(matches!(decision.answer, Answer::Admitted(_)));
/// # Ok::<(), fuseboard::Problem>(())
/// ```
#[derive(Default)]
pub struct Steps {
    pub(super) lifecycle: Lifecycle,
}

impl Steps {
    /// As [`Engine::configure`](super::Engine::configure). Waiting requests go on under the new configuration.
    ///
    /// # Errors
    /// All faults of a bad configuration. It changes nothing.
    pub fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        self.lifecycle.configure(sources, identity)
    }

    fn configured(&mut self) -> Result<&mut Configured, Problem> {
        self.lifecycle.configured_mut()
    }

    /// As [`Engine::allow`](super::Engine::allow). The engine does not load a key if the host has `seen` the version that the engine
    /// knows.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn allow(&mut self, time: impl Into<CallerTime>, target: &Target, seen: Seen, resolver_seen: Seen) -> Result<RequestStep, Problem> {
        let configured = self.configured()?;
        let route = Arc::clone(configured.routes.route(target)?);
        let mut request = configured.begin(time.into())?;
        let mut seen = [seen, resolver_seen].into_iter();
        let decided = request.allow_from_cache(&route, |_, known| is_known(seen.next().unwrap_or(Seen::Nothing), known));
        if let Some(decision) = decided {
            return Ok(configured.end(request, StepAnswer::Decided(Box::new(decision))));
        }
        Ok(configured.start(request, |mut request| async move {
            let decision = request.allow(&route).await;
            (request.finish(), StepAnswer::Decided(Box::new(decision)))
        }))
    }

    /// As [`Engine::settle`](super::Engine::settle).
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn settle(
        &mut self,
        time: impl Into<CallerTime>,
        target: &Target,
        permit: Option<&Permit>,
        report: &Report,
    ) -> Result<RequestStep, Problem> {
        let configured = self.configured()?;
        let route = Arc::clone(configured.routes.route(target)?);
        let mut request = configured.begin(time.into())?;
        let attempt = match request.settle_from_cache(&route, permit, report) {
            Ok(verdict) => return Ok(configured.end(request, StepAnswer::Settled(verdict))),
            Err(attempt) => attempt,
        };
        let (permit, report) = (permit.copied(), report.clone());
        Ok(configured.start(request, |mut request| async move {
            let settled = request.settle(&route, permit.as_ref(), &report, attempt).await;
            (request.finish(), StepAnswer::Settled(settled))
        }))
    }

    /// As [`Engine::settle_leased`](super::Engine::settle_leased).
    ///
    /// # Errors
    /// `not-configured`, `bad-target`, `bad-permit`.
    pub fn settle_leased(&mut self, time: impl Into<CallerTime>, lease: &Lease, tally: Tally) -> Result<RequestStep, Problem> {
        self.begin(time.into(), |routes| OtherRequest::settle_leased(routes, lease, tally))
    }

    /// As [`Engine::status`](super::Engine::status).
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn status(&mut self, time: impl Into<CallerTime>, target: &Target) -> Result<RequestStep, Problem> {
        self.begin(time.into(), |routes| OtherRequest::status(routes, target))
    }

    /// As [`Engine::list`](super::Engine::list).
    ///
    /// # Errors
    /// `not-configured`.
    pub fn list(&mut self, time: impl Into<CallerTime>, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<RequestStep, Problem> {
        self.begin(time.into(), |routes| Ok(OtherRequest::list(routes, *filter, cursor, limit)))
    }

    /// As [`Engine::command`](super::Engine::command).
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn command(&mut self, time: impl Into<CallerTime>, scope: &Scope, command: &Command) -> Result<RequestStep, Problem> {
        self.begin(time.into(), |routes| OtherRequest::command(routes, scope, command))
    }

    /// As [`Engine::update_policy`](super::Engine::update_policy).
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn update_policy(&mut self, time: impl Into<CallerTime>, scope: &Scope, patch: Option<&str>) -> Result<RequestStep, Problem> {
        self.begin(time.into(), |routes| OtherRequest::update_policy(routes, scope, patch))
    }

    /// As [`Engine::explain`](super::Engine::explain).
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn explain(&mut self, time: impl Into<CallerTime>, target: &Target) -> Result<RequestStep, Problem> {
        self.begin(time.into(), |routes| OtherRequest::explain(routes, target))
    }

    /// As [`Engine::flush`](super::Engine::flush).
    ///
    /// # Errors
    /// `not-configured`.
    pub fn flush(&mut self, time: impl Into<CallerTime>) -> Result<RequestStep, Problem> {
        self.begin(time.into(), |_| Ok(OtherRequest::Flush))
    }

    /// Begins a request other than `allow` and `settle`.
    fn begin(
        &mut self,
        time: CallerTime,
        make: impl FnOnce(&mut RouteCache) -> Result<OtherRequest, Problem>,
    ) -> Result<RequestStep, Problem> {
        let token = self.prepare(time, make)?;
        self.resume(time.now, token, Reply::GoOn)
    }

    /// Adds a request other than `allow` and `settle`, which runs when it is first resumed.
    pub(crate) fn prepare(
        &mut self,
        time: CallerTime,
        make: impl FnOnce(&mut RouteCache) -> Result<OtherRequest, Problem>,
    ) -> Result<Token, Problem> {
        let configured = self.configured()?;
        let other = make(&mut configured.routes)?;
        configured.prepare(time, other)
    }

    /// As [`Engine::health`](super::Engine::health).
    ///
    /// # Errors
    /// `not-configured`.
    pub fn health(&mut self) -> Result<HealthReport, Problem> {
        Ok(self.configured()?.state()?.health())
    }

    /// Resumes a waiting request.
    ///
    /// # Errors
    /// `not-configured`, and `bad-target` if no request with this token waits.
    pub fn resume(&mut self, now: Now, token: Token, reply: Reply) -> Result<RequestStep, Problem> {
        self.configured()?.resume(now, token, reply)
    }

    /// Ends a waiting request whose caller does not wait any longer. An outcome that was not being written goes to the backlog; one that
    /// was being written is never written again. The release of a slot that an `allow` took goes to the backlog too. Returns the requests
    /// that waited for this one.
    ///
    /// # Errors
    /// `not-configured`.
    pub fn abandon(&mut self, now: Now, token: Token) -> Result<Vec<Token>, Problem> {
        self.configured()?.abandon(now, token)
    }
}

/// Whether the host has seen the version that the engine knows.
fn is_known(seen: Seen, known: Option<Revision>) -> bool {
    match seen {
        Seen::Nothing => false,
        Seen::Missing => known.is_none(),
        Seen::At(revision) => known == Some(revision),
    }
}
