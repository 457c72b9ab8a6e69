//! What a host may request of an engine, whichever way the engine runs.

use crate::advisor::{Metrics, Suggestion};
use crate::answer::{Decision, Verdict};
use crate::names::{Scope, Target};
use crate::permit::{Lease, Outcome, Permit, Report, Tally};
use crate::problem::Problem;
use crate::sources::{Diagnostic, Identity, Sources};
use crate::status::{AboutReport, Command, Commanded, Explanation, Filter, Flushed, HealthReport, Listing, StatusReport};
use std::fmt;

/// One policy engine, as its host uses it: every export of `wit/board.wit` and `wit/advisor.wit`, and how to replace a stopped
/// engine.
///
/// [`Engine`](crate::Engine) implements it natively; a host library implements it for an instance of the component. Both return
/// the same answers and store the same records.
///
/// A stopped engine returns [`EngineError::Stopped`] from every method until [`restart`](PolicyEngine::restart). It must then be
/// configured again, with a new writer in its [`Identity`]. Records in the store stay; what the engine held in memory is lost.
///
/// ```
/// use fuseboard::{EngineError, PolicyEngine, ProblemCode, Target};
/// use fuseboard_stores::{ManualClock, MemoryStore};
///
/// let mut engine: Box<dyn PolicyEngine> = Box::new(fuseboard::Engine::new(ManualClock::default(), MemoryStore::new()));
/// let error = engine.allow(&Target::name("orders-db")).unwrap_err();
/// assert!(matches!(error, EngineError::Problem(problem) if problem.code == ProblemCode::NotConfigured));
///
/// engine.stop();
/// assert!(matches!(engine.health(), Err(EngineError::Stopped(_))));
/// engine.restart()?;
/// assert!(!engine.is_stopped());
/// # Ok::<(), EngineError>(())
/// ```
#[allow(clippy::missing_errors_doc)] // The errors are the same everywhere: see `EngineError`, and `Engine` for the problem codes.
pub trait PolicyEngine {
    /// Reads a configuration and returns its warnings. A bad configuration changes nothing and returns all its faults as
    /// [`EngineError::Configuration`]. Circuits keep their state.
    fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, EngineError>;

    /// Requests a permit for one call.
    fn allow(&mut self, target: &Target) -> Result<Decision, EngineError>;

    /// Reports how a permitted call ended. Report each call once and never repeat a report.
    fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, EngineError>;

    /// Reports the calls that were admitted under a lease. Never repeat a report.
    fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Result<Verdict, EngineError>;

    /// Returns the current status of a target's circuits.
    fn status(&mut self, target: &Target) -> Result<StatusReport, EngineError>;

    /// Lists circuits that have a stored record, one page at a time.
    fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, EngineError>;

    /// Carries out an operator's command.
    fn command(&mut self, scope: &Scope, command: &Command) -> Result<Commanded, EngineError>;

    /// Changes a live policy for every process. `None` removes the patch.
    fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, EngineError>;

    /// Defines the settings of a circuit or a whole host in this engine: a JSON object of settings. They take precedence over every
    /// source, and patches take precedence over them. Nothing is stored. It applies until [`forget`](PolicyEngine::forget), also after a new configuration.
    fn define(&mut self, scope: &Scope, settings: &str) -> Result<(), EngineError>;

    /// Removes what [`define`](PolicyEngine::define) set.
    fn forget(&mut self, scope: &Scope) -> Result<(), EngineError>;

    /// Returns each effective value and where it comes from.
    fn explain(&mut self, target: &Target) -> Result<Explanation, EngineError>;

    /// Returns whether the store can be reached, and how many outcomes wait for it.
    fn health(&mut self) -> Result<HealthReport, EngineError>;

    /// Returns versions and limits. Needs no configuration.
    fn about(&mut self) -> Result<AboutReport, EngineError>;

    /// Writes the outcomes that wait for the store.
    fn flush(&mut self) -> Result<Flushed, EngineError>;

    /// Returns the wait that a `Retry-After` value asks for now, in milliseconds and uncapped.
    fn parse_retry_after(&mut self, value: &str) -> Result<u64, EngineError>;

    /// Returns what a report would count as, for the target's circuit. It uses the patches that this engine read last.
    fn classify(&mut self, target: &Target, report: &Report) -> Result<Outcome, EngineError>;

    /// Returns the canonical spelling of a host.
    fn normalize_host(&mut self, host: &str) -> Result<String, EngineError>;

    /// Returns bounded tuning advice for the target's circuit. It reads no store, and so ignores patches.
    fn advise(&mut self, target: &Target, metrics: &Metrics) -> Result<Vec<Suggestion>, EngineError>;

    /// Whether this engine was stopped. See [`PolicyEngine::stop`].
    fn is_stopped(&self) -> bool;

    /// Stops this engine and drops its state. A host stops an engine whose state it no longer trusts: after a panic that it
    /// caught, or in the child process after a fork.
    fn stop(&mut self);

    /// Replaces this engine, stopped or not, with a new one that is not configured yet, over the same clock and store.
    fn restart(&mut self) -> Result<(), EngineError>;
}

/// Why an engine returned no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// The engine rejected the request.
    Problem(Problem),
    /// The configuration is bad; every fault in it. Nothing was changed.
    Configuration(Vec<Diagnostic>),
    /// The engine was stopped, during this request or before it.
    Stopped(Stopped),
}

impl From<Problem> for EngineError {
    fn from(problem: Problem) -> EngineError {
        EngineError::Problem(problem)
    }
}

impl From<Stopped> for EngineError {
    fn from(stopped: Stopped) -> EngineError {
        EngineError::Stopped(stopped)
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EngineError::Problem(problem) => problem.fmt(f),
            EngineError::Configuration(diagnostics) => {
                let (faults, them) = if diagnostics.len() == 1 { ("fault", "it") } else { ("faults", "them") };
                write!(f, "the configuration has {} {faults}; correct {them} and try again:", diagnostics.len())?;
                diagnostics.iter().try_for_each(|diagnostic| write!(f, "\n{diagnostic}"))
            }
            EngineError::Stopped(stopped) => write!(f, "the engine was stopped: {stopped}; restart and configure it"),
        }
    }
}

impl std::error::Error for EngineError {}

/// What stopped an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It ran longer than its limit.
    OutOfTime,
    /// It used more stack than its limit.
    OutOfStack,
    /// It called its host more often during one request than this limit.
    HostCalls(u32),
    /// Anything else, in words: a trap of the component, or a stop by the host.
    Trap(String),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::OutOfTime => f.write_str("it used more time than its limit"),
            Stopped::OutOfStack => f.write_str("it used more stack than its limit"),
            Stopped::HostCalls(limit) => write!(f, "it called its host more than {limit} times during one request"),
            Stopped::Trap(why) => f.write_str(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ProblemCode, Severity};

    #[test]
    fn a_problem_is_shown_as_its_detail() {
        let error = EngineError::from(Problem::new(ProblemCode::BadTarget, "an empty host"));
        assert_eq!(error.to_string(), "an empty host");
    }

    #[test]
    fn a_bad_configuration_is_shown_with_every_fault() {
        let fault = |path: &str| Diagnostic {
            severity: Severity::Error,
            source: "breakers.yaml".to_owned(),
            line: Some(3),
            path: path.to_owned(),
            message: "must be at least 1, is 0".to_owned(),
        };
        let error = EngineError::Configuration(vec![fault("defaults.fail_max"), fault("defaults.success_threshold")]);
        assert_eq!(
            error.to_string(),
            "the configuration has 2 faults; correct them and try again:\n\
             breakers.yaml:3: defaults.fail_max: must be at least 1, is 0\n\
             breakers.yaml:3: defaults.success_threshold: must be at least 1, is 0"
        );
    }

    #[test]
    fn a_stopped_engine_is_shown_with_the_reason_and_the_remedy() {
        let text = |stopped| EngineError::Stopped(stopped).to_string();
        assert_eq!(text(Stopped::OutOfTime), "the engine was stopped: it used more time than its limit; restart and configure it");
        assert!(text(Stopped::HostCalls(9)).contains("more than 9 times"));
    }
}
