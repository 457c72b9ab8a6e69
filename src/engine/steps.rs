//! The engine in steps: each request says what it needs, and the engine is free while the request waits.

use super::configured::Configured;
use super::lease;
use super::lifecycle::Lifecycle;
use super::operation::Reply;
use super::request_step::{RequestStep, Seen, StepAnswer, Token};
use super::store::Revision;
use crate::sources::{Diagnostic, Identity, Sources};
use crate::status::{Command, Filter, HealthReport};
use crate::time::Now;
use crate::{Lease, Permit, Problem, Report, Scope, Tally, Target, key};
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
    pub fn allow(&mut self, now: Now, target: &Target, seen: Seen, resolver_seen: Seen) -> Result<RequestStep, Problem> {
        let configured = self.configured()?;
        let route = Arc::clone(configured.routes.route(target)?);
        let mut request = configured.begin(now)?;
        let mut seen = [seen, resolver_seen].into_iter();
        let decided = request.allow_from_cache(&route, |_, known| is_known(seen.next().unwrap_or(Seen::Nothing), known));
        if let Some(decision) = decided {
            return Ok(configured.end(request, StepAnswer::Decided(decision)));
        }
        Ok(configured.start(request, |mut request| async move {
            let decision = request.allow(&route).await;
            (request.finish(), StepAnswer::Decided(decision))
        }))
    }

    /// As [`Engine::settle`](super::Engine::settle).
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn settle(&mut self, now: Now, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<RequestStep, Problem> {
        let configured = self.configured()?;
        let route = Arc::clone(configured.routes.route(target)?);
        let mut request = configured.begin(now)?;
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
    pub fn settle_leased(&mut self, now: Now, lease: &Lease, tally: Tally) -> Result<RequestStep, Problem> {
        let configured = self.configured()?;
        let route = Arc::clone(configured.routes.route(&lease::target_of(lease)?)?);
        let (request, lease) = (configured.begin(now)?, lease.clone());
        Ok(configured.start(request, |mut request| async move {
            let settled = request.settle_leased(&route, &lease, tally).await;
            (request.finish(), StepAnswer::Settled(settled))
        }))
    }

    /// As [`Engine::status`](super::Engine::status).
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn status(&mut self, now: Now, target: &Target) -> Result<RequestStep, Problem> {
        let configured = self.configured()?;
        let route = Arc::clone(configured.routes.route(target)?);
        let request = configured.begin(now)?;
        Ok(configured.start(request, |mut request| async move {
            let status = request.status(&route).await;
            (request.finish(), StepAnswer::Status(Box::new(status)))
        }))
    }

    /// As [`Engine::list`](super::Engine::list).
    ///
    /// # Errors
    /// `not-configured`.
    pub fn list(&mut self, now: Now, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<RequestStep, Problem> {
        let configured = self.configured()?;
        let hasher = configured.routes.hasher();
        let (request, filter, cursor) = (configured.begin(now)?, *filter, cursor.map(str::to_owned));
        Ok(configured.start(request, move |mut request| async move {
            let listed = request.list(&hasher, filter, cursor.as_deref(), limit).await;
            (request.finish(), listed.map_or_else(StepAnswer::Failed, StepAnswer::Listed))
        }))
    }

    /// As [`Engine::command`](super::Engine::command).
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn command(&mut self, now: Now, scope: &Scope, command: &Command) -> Result<RequestStep, Problem> {
        let configured = self.configured()?;
        let circuit = configured.routes.hasher().circuit_ref(key::canonical(scope)?);
        let (request, command) = (configured.begin(now)?, command.clone());
        Ok(configured.start(request, |mut request| async move {
            let commanded = request.command(&circuit, &command).await;
            (request.finish(), commanded.map_or_else(StepAnswer::Failed, StepAnswer::Commanded))
        }))
    }

    /// As [`Engine::update_policy`](super::Engine::update_policy).
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn update_policy(&mut self, now: Now, scope: &Scope, patch: Option<&str>) -> Result<RequestStep, Problem> {
        let configured = self.configured()?;
        let circuit = configured.routes.hasher().circuit_ref(key::canonical(scope)?);
        let (request, patch) = (configured.begin(now)?, patch.map(str::to_owned));
        Ok(configured.start(request, |mut request| async move {
            let commanded = request.update_policy(&circuit, patch.as_deref()).await;
            (request.finish(), commanded.map_or_else(StepAnswer::Failed, StepAnswer::Commanded))
        }))
    }

    /// As [`Engine::explain`](super::Engine::explain).
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn explain(&mut self, now: Now, target: &Target) -> Result<RequestStep, Problem> {
        let configured = self.configured()?;
        let route = Arc::clone(configured.routes.route(target)?);
        let request = configured.begin(now)?;
        Ok(configured.start(request, |mut request| async move {
            let explained = request.explain(&route).await;
            (request.finish(), StepAnswer::Explained(explained))
        }))
    }

    /// As [`Engine::flush`](super::Engine::flush).
    ///
    /// # Errors
    /// `not-configured`.
    pub fn flush(&mut self, now: Now) -> Result<RequestStep, Problem> {
        let configured = self.configured()?;
        let request = configured.begin(now)?;
        Ok(configured.start(request, |mut request| async move {
            let flushed = request.flush().await;
            (request.finish(), StepAnswer::Flushed(flushed))
        }))
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
    /// was being written is never written again. Returns the requests that waited for this one.
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
