//! The requests that a host sends to an engine in steps, native or in a component.

use super::operation::Reply;
use super::request_step::{CallerTime, RequestStep, Seen, Token};
use crate::permit::{Lease, Permit, Report, Tally};
use crate::policy_engine::{EngineError, PolicyEngine};
use crate::status::{Command, Filter};
use crate::time::Now;
use crate::{Scope, Target};

/// A policy engine in steps, as its host uses it: every export of `wit/steps.wit`. A request never waits in the engine: each step
/// returns the answer, or what the request needs.
///
/// [`Engine`](crate::Engine) implements it natively; a host library implements it for an instance of the component.
///
/// ```
/// use fuseboard::time::{Mono, Now, Wall};
/// use fuseboard::{CallerTime, EngineError, Identity, Need, PolicyEngine, Sources, StepAnswer, StepEngine, StepRequest, Target};
/// use fuseboard_stores::{ManualClock, MemoryStore};
///
/// let store = MemoryStore::new();
/// let mut engine = fuseboard::Engine::new(ManualClock::default(), store.clone());
/// PolicyEngine::configure(&mut engine, &Sources::default(), Identity { writer: 1, seed: 1 })?;
///
/// let now = Now { wall: Wall(1_800_000_000_000), mono: Mono(0) };
/// let mut step = engine.begin(CallerTime::from(now), &StepRequest::Status { target: &Target::name("orders-db") })?;
/// while let Need::Store(token, operation) = step.need {
///     step = engine.resume(now, token, operation.run(&store))?;
/// }
/// assert!(matches!(step.need, Need::Nothing(StepAnswer::Status(_))));
/// # Ok::<(), EngineError>(())
/// ```
#[allow(clippy::missing_errors_doc)] // The errors are the same everywhere: see `EngineError`, and `Steps` for the problem codes.
pub trait StepEngine: PolicyEngine {
    /// Begins a request.
    fn begin(&mut self, time: CallerTime, request: &StepRequest<'_>) -> Result<RequestStep, EngineError>;

    /// Resumes a waiting request.
    fn resume(&mut self, now: Now, token: Token, reply: Reply) -> Result<RequestStep, EngineError>;

    /// Ends a waiting request whose caller does not wait any longer. Returns the requests that can continue then.
    fn abandon(&mut self, now: Now, token: Token) -> Result<Vec<Token>, EngineError>;
}

/// A request that uses the store. Each is a method of [`PolicyEngine`].
#[derive(Clone, Copy, Debug)]
pub enum StepRequest<'a> {
    Allow { target: &'a Target, seen: Seen, resolver_seen: Seen },
    Settle { target: &'a Target, permit: Option<&'a Permit>, report: &'a Report },
    SettleLeased { lease: &'a Lease, tally: Tally },
    Status { target: &'a Target },
    List { filter: Filter, cursor: Option<&'a str>, limit: u32 },
    Command { scope: &'a Scope, command: &'a Command },
    UpdatePolicy { scope: &'a Scope, patch: Option<&'a str> },
    Explain { target: &'a Target },
    Flush,
}
