//! The engine as a Rust type: one method per export of the component.

use super::clock::Clock;
use super::configured::Configured;
use super::host::Host;
use super::other_request::OtherRequest;
use super::request_step::StepAnswer;
use super::route_cache::RouteCache;
use super::steps::Steps;
use super::store::Store;
use super::{admin, backlog, list, record_cache, signed_write};
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
    pub(super) steps: Steps,
}

impl<C: Clock, S: Store> Engine<C, S> {
    /// Creates an engine without a configuration.
    pub fn new(clock: C, store: S) -> Self {
        Engine { clock, store, steps: Steps::default() }
    }

    /// Reads a configuration and returns its warnings. Circuits keep their state, and the new policies apply from now on.
    ///
    /// # Errors
    /// All faults of a bad configuration, and a writer of 0, which change nothing. A document without settings is a fault if the
    /// configuration in use has settings from it.
    pub fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        self.steps.configure(sources, identity)
    }

    /// The same engine in steps, for a host that carries out store operations later.
    pub fn steps(&mut self) -> &mut Steps {
        &mut self.steps
    }

    fn parts(&mut self) -> Result<(&mut Configured, Host<'_, C, S>), Problem> {
        let configured = self.steps.lifecycle.configured_mut()?;
        Ok((configured, Host { clock: &self.clock, store: &self.store }))
    }

    /// Carries out a request other than `allow` and `settle`.
    fn carry_out(&mut self, make: impl FnOnce(&mut RouteCache) -> Result<OtherRequest, Problem>) -> Result<StepAnswer, Problem> {
        let (configured, host) = self.parts()?;
        let other = make(&mut configured.routes)?;
        match configured.carry_out(host, &other)? {
            StepAnswer::Failed(problem) => Err(problem),
            answer => Ok(answer),
        }
    }

    fn config(&self) -> Result<&Config, Problem> {
        Ok(&self.steps.lifecycle.configured()?.state()?.config)
    }

    /// Requests a permit for one call.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`. A store failure is no error: the configuration says what to decide then. A limit is no error
    /// either: a call that cannot be counted is admitted without a claim.
    pub fn allow(&mut self, target: &Target) -> Result<Decision, Problem> {
        let (configured, host) = self.parts()?;
        configured.allow(host, target)
    }

    /// Reports how a permitted call ended. Report each call once and never repeat a report.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`. An outage is no error: the outcome is kept and written later. An outcome that cannot be counted
    /// is no error either.
    pub fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, Problem> {
        let (configured, host) = self.parts()?;
        configured.settle(host, target, permit, report)
    }

    /// Reports the calls that were admitted under a lease. Never repeat a report.
    ///
    /// # Errors
    /// The errors of [`Engine::settle`], and `bad-permit` for a lease that this engine cannot have given.
    pub fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Result<Verdict, Problem> {
        match self.carry_out(|routes| OtherRequest::settle_leased(routes, lease, tally))? {
            StepAnswer::Settled(verdict) => Ok(verdict),
            _ => Err(another_answer()),
        }
    }

    /// Returns the current status of a target's circuits, by the record last seen if the store cannot be reached.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn status(&mut self, target: &Target) -> Result<StatusReport, Problem> {
        match self.carry_out(|routes| OtherRequest::status(routes, target))? {
            StepAnswer::Status(status) => Ok(*status),
            _ => Err(another_answer()),
        }
    }

    /// Lists circuits that have a stored record, one page at a time.
    ///
    /// # Errors
    /// `not-configured`, `bad-target` for an invalid cursor, `storage`.
    pub fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Problem> {
        match self.carry_out(|routes| Ok(OtherRequest::list(routes, *filter, cursor, limit)))? {
            StepAnswer::Listed(listing) => Ok(listing),
            _ => Err(another_answer()),
        }
    }

    /// Carries out an operator's command.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`, `too-large`, `storage`.
    pub fn command(&mut self, scope: &Scope, command: &Command) -> Result<Commanded, Problem> {
        commanded(self.carry_out(|routes| OtherRequest::command(routes, scope, command))?)
    }

    /// Changes a live policy for every process. `None` removes the patch.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`, `bad-patch`, `too-large`, `storage`.
    pub fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, Problem> {
        commanded(self.carry_out(|routes| OtherRequest::update_policy(routes, scope, patch))?)
    }

    /// Defines the settings of a circuit or a whole host in this process: a JSON object of settings. They take precedence over every
    /// source, and patches take precedence over them. Nothing is stored. It applies until [`Engine::forget`], also after a new configuration.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`, `bad-patch` if the settings are not valid at the scope, `too-large`.
    pub fn define(&mut self, scope: &Scope, settings: &str) -> Result<(), Problem> {
        let (configured, _) = self.parts()?;
        let (routes, state) = configured.routes_and_state()?;
        state.define(&routes.hasher().circuit_ref(key::canonical(scope)?), settings)
    }

    /// Removes what [`Engine::define`] set.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn forget(&mut self, scope: &Scope) -> Result<(), Problem> {
        let (configured, _) = self.parts()?;
        let (routes, state) = configured.routes_and_state()?;
        state.forget(&routes.hasher().circuit_ref(key::canonical(scope)?));
        Ok(())
    }

    /// Returns each effective value and where it comes from.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn explain(&mut self, target: &Target) -> Result<Explanation, Problem> {
        match self.carry_out(|routes| OtherRequest::explain(routes, target))? {
            StepAnswer::Explained(explanation) => Ok(explanation),
            _ => Err(another_answer()),
        }
    }

    /// Returns whether the store can be reached, and how many outcomes wait for it.
    ///
    /// # Errors
    /// `not-configured`.
    pub fn health(&self) -> Result<HealthReport, Problem> {
        Ok(self.steps.lifecycle.configured()?.state()?.health())
    }

    /// Writes the outcomes that wait for the store.
    ///
    /// # Errors
    /// `not-configured`.
    pub fn flush(&mut self) -> Result<Flushed, Problem> {
        match self.carry_out(|_| Ok(OtherRequest::Flush))? {
            StepAnswer::Flushed(flushed) => Ok(flushed),
            _ => Err(another_answer()),
        }
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

    /// Returns what a report would count as, for the target's circuit. It uses the patches that this engine read last.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn classify(&mut self, target: &Target, report: &Report) -> Result<Outcome, Problem> {
        let (configured, _) = self.parts()?;
        let (routes, state) = configured.routes_and_state()?;
        let policy = state.policy_and_record(&routes.route(target)?.circuit).0;
        Ok(classify::classify(&policy.classify, report))
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
            limit("swaps", u64::from(signed_write::SWAPS_MAX)),
            limit("list-page", u64::from(list::LIST_MAX)),
        ];
        AboutReport { engine: env!("CARGO_PKG_VERSION").to_owned(), contract: CONTRACT.to_owned(), record_format: codec::FORMAT, limits }
    }
}

fn commanded(answer: StepAnswer) -> Result<Commanded, Problem> {
    match answer {
        StepAnswer::Commanded(commanded) => Ok(commanded),
        _ => Err(another_answer()),
    }
}

fn another_answer() -> Problem {
    Problem::new(ProblemCode::Storage, "the answer belongs to another request: this is a fault of the engine, report it")
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
