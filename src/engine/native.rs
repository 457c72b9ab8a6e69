//! The engine as a Rust type: one method per export of the component.

use super::clock::Clock;
use super::request::Request;
use super::route_cache::RouteCache;
use super::state::EngineState;
use super::store::Store;
use super::{admin, backlog, lease, query, record_cache, record_io};
use crate::advisor::{Metrics, Suggestion, advise};
use crate::answer::{Decision, Verdict};
use crate::classify;
use crate::config::{Config, Patches};
use crate::policy;
use crate::sources::{Diagnostic, Identity, Sources};
use crate::status::{AboutReport, Command, Commanded, Explanation, Filter, Flushed, HealthReport, Limit, Listing, StatusReport};
use crate::{Lease, Outcome, Permit, Problem, ProblemCode, Report, Scope, Tally, Target, codec, hints, host, key, names};

/// The version of the contract in `wit/`.
const CONTRACT: &str = "fuseboard:breaker@0.1.0";

fn not_configured() -> Problem {
    Problem::new(ProblemCode::NotConfigured, "this board has no configuration: call `configure` first")
}

/// A policy engine: all circuits of one configuration, over a clock and a store.
///
/// It is `Send` if its clock and its store are.
///
/// ```
/// use fuseboard::{Answer, End, Engine, Identity, Report, Sources, Target};
/// use fuseboard_stores::{ManualClock, MemoryStore};
///
/// let mut engine = Engine::new(ManualClock::default(), MemoryStore::new());
/// engine.configure(&Sources::default(), Identity { writer: 1, seed: 1 }).expect("the defaults are valid");
///
/// let target = Target::name("orders-db");
/// let decision = engine.allow(&target)?;
/// let Answer::Admitted(admitted) = decision.answer else { panic!("a new circuit is closed") };
/// engine.settle(&target, Some(&admitted.permit), &Report::new(End::Returned))?;
/// # Ok::<(), fuseboard::Problem>(())
/// ```
pub struct Engine<C, S> {
    clock: C,
    store: S,
    pub(super) lifecycle: Lifecycle,
}

/// Whether an engine is configured or stopped.
pub(super) enum Lifecycle {
    Unconfigured,
    Configured(Box<Configured>),
    /// The host stopped it, and must restart it.
    Stopped,
}

pub(super) struct Configured {
    routes: RouteCache,
    state: EngineState,
}

impl Lifecycle {
    fn configured(&self) -> Result<&Configured, Problem> {
        match self {
            Lifecycle::Configured(configured) => Ok(configured),
            Lifecycle::Unconfigured | Lifecycle::Stopped => Err(not_configured()),
        }
    }
}

impl<C: Clock, S: Store> Engine<C, S> {
    /// Creates an engine without a configuration.
    pub fn new(clock: C, store: S) -> Self {
        Engine { clock, store, lifecycle: Lifecycle::Unconfigured }
    }

    /// Reads a configuration and returns its warnings. Circuits keep their state, and the new policies apply from now on.
    ///
    /// # Errors
    /// All faults of a bad configuration, and a writer of 0, which change nothing. A document without settings is a fault if the
    /// configuration in use has settings from it.
    pub fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let read = match &self.lifecycle {
            Lifecycle::Configured(configured) => configured.state.config.read_again(sources),
            Lifecycle::Unconfigured | Lifecycle::Stopped => Config::read(sources),
        };
        if let Err(fault) = identity.check() {
            return Err(read.err().into_iter().flatten().chain([fault]).collect());
        }
        let (config, warnings) = read?;
        match &mut self.lifecycle {
            Lifecycle::Configured(configured) => configured.state.reconfigure(config, identity),
            Lifecycle::Unconfigured | Lifecycle::Stopped => {
                // The writer is random and secret, so callers cannot choose names that collide in the cache.
                let routes = RouteCache::new(identity.writer);
                self.lifecycle = Lifecycle::Configured(Box::new(Configured { routes, state: EngineState::new(config, identity) }));
            }
        }
        Ok(warnings)
    }

    fn request(&mut self) -> Result<(&mut RouteCache, Request<'_, C, S>), Problem> {
        match &mut self.lifecycle {
            Lifecycle::Configured(configured) => {
                let Configured { routes, state } = &mut **configured;
                Ok((routes, Request::new(state, &self.clock, &self.store)))
            }
            Lifecycle::Unconfigured | Lifecycle::Stopped => Err(not_configured()),
        }
    }

    fn config(&self) -> Result<&Config, Problem> {
        Ok(&self.lifecycle.configured()?.state.config)
    }

    /// Requests a permit for one call.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`. A store failure is no error: the configuration says what to decide then. Nor is a limit: a call
    /// that cannot be counted is admitted without a claim.
    pub fn allow(&mut self, target: &Target) -> Result<Decision, Problem> {
        let (routes, request) = self.request()?;
        Ok(request.allow(routes.route(target)?))
    }

    /// Reports how a permitted call ended. Report each call once and never repeat a report.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`. An outage is no error: the outcome is kept and written later. An outcome that cannot be counted
    /// is no error either.
    pub fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, Problem> {
        let (routes, request) = self.request()?;
        Ok(request.settle(routes.route(target)?, permit, report))
    }

    /// Reports the calls that were admitted under a lease. Never repeat a report.
    ///
    /// # Errors
    /// The errors of [`Engine::settle`], and `bad-permit` for a lease that this engine cannot have given.
    pub fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Result<Verdict, Problem> {
        let (routes, request) = self.request()?;
        Ok(request.settle_leased(routes.route(&lease::target_of(lease)?)?, lease, tally))
    }

    /// Returns the current status of a target's circuits, by the record last seen if the store cannot be reached.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn status(&mut self, target: &Target) -> Result<StatusReport, Problem> {
        let (routes, request) = self.request()?;
        Ok(request.status(routes.route(target)?))
    }

    /// Lists circuits that have a stored record, one page at a time.
    ///
    /// # Errors
    /// `not-configured`, `bad-target` for an invalid cursor, `storage`.
    pub fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Problem> {
        let (routes, request) = self.request()?;
        request.list(routes, *filter, cursor, limit)
    }

    /// Carries out an operator's command.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`, `too-large`, `storage`.
    pub fn command(&mut self, scope: &Scope, command: &Command) -> Result<Commanded, Problem> {
        let (routes, request) = self.request()?;
        request.command(&routes.circuit_ref(key::canonical(scope)?), command)
    }

    /// Changes a live policy for every process. `None` removes the patch.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`, `bad-patch`, `too-large`, `storage`.
    pub fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, Problem> {
        let (routes, request) = self.request()?;
        request.update_policy(&routes.circuit_ref(key::canonical(scope)?), patch)
    }

    /// Defines the settings of a circuit or a whole host in this process, above every source and beneath patches: a JSON object of
    /// settings. Nothing is stored. It applies until [`Engine::forget`], also after a new configuration.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`, `bad-patch` if the settings are not valid at the scope, `too-large`.
    pub fn define(&mut self, scope: &Scope, settings: &str) -> Result<(), Problem> {
        let (routes, request) = self.request()?;
        request.define(&routes.circuit_ref(key::canonical(scope)?), settings)
    }

    /// Removes what [`Engine::define`] set.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn forget(&mut self, scope: &Scope) -> Result<(), Problem> {
        let (routes, request) = self.request()?;
        request.forget(&routes.circuit_ref(key::canonical(scope)?));
        Ok(())
    }

    /// Returns each effective value and where it comes from.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn explain(&mut self, target: &Target) -> Result<Explanation, Problem> {
        let (routes, request) = self.request()?;
        Ok(request.explain(routes.route(target)?))
    }

    /// Returns whether the store can be reached, and how many outcomes wait for it.
    ///
    /// # Errors
    /// `not-configured`.
    pub fn health(&mut self) -> Result<HealthReport, Problem> {
        let (_, request) = self.request()?;
        Ok(request.health())
    }

    /// Writes the outcomes that wait for the store.
    ///
    /// # Errors
    /// `not-configured`.
    pub fn flush(&mut self) -> Result<Flushed, Problem> {
        let (_, request) = self.request()?;
        Ok(request.flush())
    }

    /// Returns the wait that a `Retry-After` value asks for now, in milliseconds and uncapped.
    ///
    /// # Errors
    /// `not-configured`, and `bad-retry-after` with the reason why the value asks for no wait.
    pub fn parse_retry_after(&self, value: &str) -> Result<u64, Problem> {
        self.config()?;
        let wait = hints::parse_retry_after(value, self.clock.wall());
        wait.map(|wait| wait.0).map_err(|ignored| Problem::new(ProblemCode::BadRetryAfter, ignored.to_string()))
    }

    /// Returns what a report would count as, for the target's circuit, by the patches seen last.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn classify(&mut self, target: &Target, report: &Report) -> Result<Outcome, Problem> {
        let (routes, mut request) = self.request()?;
        let route = routes.route(target)?;
        Ok(classify::classify(&request.policy(&route.circuit).classify, report))
    }

    /// Returns bounded tuning advice for the target's circuit. It reads no store, and so ignores patches.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn advise(&self, target: &Target, metrics: &Metrics) -> Result<Vec<Suggestion>, Problem> {
        let circuit = key::route(target)?.circuit;
        Ok(advise(&self.config()?.policy(&circuit, Patches::default()), metrics))
    }

    /// Returns the canonical spelling of a host.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn normalize_host(&self, host: &str) -> Result<String, Problem> {
        self.config()?;
        host::normalize_host(host).map_err(|detail| Problem::new(ProblemCode::BadTarget, detail))
    }

    /// Returns versions and limits. Needs no configuration.
    #[must_use]
    pub fn about(&self) -> AboutReport {
        let limit = |name: &str, value: u64| Limit { name: name.to_owned(), value };
        let limits = vec![
            limit("host-bytes", names::HOST_BYTES_MAX as u64),
            limit("name-bytes", names::NAME_BYTES_MAX as u64),
            limit("roles", policy::ROLES_MAX as u64),
            limit("value-bytes", codec::VALUE_BYTES_MAX as u64),
            limit("patch-bytes", admin::PATCH_BYTES_MAX as u64),
            limit("hints", hints::HINTS_MAX as u64),
            limit("hint-name-bytes", hints::HINT_NAME_BYTES_MAX as u64),
            limit("hint-value-bytes", hints::HINT_VALUE_BYTES_MAX as u64),
            limit("kept-outcomes", backlog::BACKLOG_MAX as u64),
            limit("known-records", 2 * record_cache::RECORDS_MAX as u64),
            limit("swaps", u64::from(record_io::SWAPS_MAX)),
            limit("list-page", u64::from(query::LIST_MAX)),
        ];
        AboutReport { engine: env!("CARGO_PKG_VERSION").to_owned(), contract: CONTRACT.to_owned(), record_format: codec::FORMAT, limits }
    }
}

/// Compiles only if an engine can be moved to another thread.
#[cfg(test)]
mod tests {
    use super::*;

    fn assert_send<T: Send>() {}

    #[test]
    fn an_engine_is_send_if_its_clock_and_store_are() {
        fn of<C: Clock + Send, S: Store + Send>() {
            assert_send::<Engine<C, S>>();
        }
        let _ = of::<std::sync::Arc<dyn Clock + Send + Sync>, std::sync::Arc<dyn Store + Send + Sync>>;
    }
}
