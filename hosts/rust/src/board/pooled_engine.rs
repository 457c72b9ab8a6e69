//! An engine of a pool: how it is started, restarted and configured, and how requests run in it.

use super::engine_kind::{AnyEngine, BoxedEngine};
use super::identity_source::IdentitySource;
use super::parked_requests::{ParkedRequest, ParkedRequests};
use crate::error::Error;
use fuseboard::{Diagnostic, EngineError, Identity, Need, RequestStep, Scope, Sources, StepAnswer, Stopped};
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Starts one engine, not configured yet.
pub(super) type StartEngine = Arc<dyn Fn() -> Result<BoxedEngine, Error> + Send + Sync>;

/// Receives the answer of a request while its engine is still locked.
pub(super) type OnAnswer<'a> = &'a dyn Fn(&mut StepAnswer);

/// A request after one of its steps.
pub(super) struct OpenStep {
    pub(super) step: RequestStep,
    /// The run of the engine in which the request began.
    pub(super) run: u64,
    /// Where the request waits, if it has to wait for others.
    pub(super) parked: Option<Arc<ParkedRequest>>,
}

/// A configuration, and its number.
#[derive(Clone, Default)]
pub(super) struct Configuration {
    pub(super) number: u64,
    pub(super) sources: Arc<Sources>,
}

/// An engine, and what its pool knows about it.
pub(super) struct PooledEngine {
    /// `None`: not started yet.
    pub(super) engine: Option<BoxedEngine>,
    pub(super) identity: Identity,
    /// The number of the configuration that it has; 0: none.
    pub(super) configured: u64,
    /// How often it was started. A request can go on only in the run in which it began.
    pub(super) run: u64,
    pub(super) parked: ParkedRequests,
    /// What the program defined for the circuits that this engine serves, by canonical scope. A restarted engine receives it again.
    pub(super) definitions: BTreeMap<Scope, String>,
}

impl PooledEngine {
    pub(super) fn unstarted(identity: Identity) -> PooledEngine {
        PooledEngine { engine: None, identity, configured: 0, run: 0, parked: ParkedRequests::default(), definitions: BTreeMap::new() }
    }

    /// Wakes the requests that may go on because of a step. `ended` receives the answer of a request that ended with it.
    pub(super) fn opened(&mut self, mut step: RequestStep, ended: OnAnswer<'_>) -> OpenStep {
        if let Need::Nothing(answer) = &mut step.need {
            ended(answer);
        }
        let parked = self.parked.take(&step);
        OpenStep { step, run: self.run, parked }
    }

    /// Starts the engine if that has not succeeded yet.
    pub(super) fn start(&mut self, start: &StartEngine) -> Result<(), Error> {
        if self.engine.is_none() {
            self.engine = Some(start()?);
            self.configured = 0;
        }
        Ok(())
    }

    /// Runs a request. A panic may leave the engine in any state, so it stops the engine, as a trap stops a component.
    pub(super) fn run<T>(&mut self, request: impl FnOnce(&mut PooledEngine, &mut AnyEngine) -> Result<T, EngineError>) -> Result<T, Error> {
        let Some(mut engine) = self.engine.take() else {
            return Err(EngineError::Stopped(Stopped::Trap("it has not been started".to_owned())).into());
        };
        let answer = match catch_unwind(AssertUnwindSafe(|| request(self, &mut *engine))) {
            Ok(answer) => answer.map_err(Error::from),
            Err(panic) => {
                engine.stop();
                Err(EngineError::Stopped(Stopped::Trap(format!("it panicked: {}", message(&*panic)))).into())
            }
        };
        self.engine = Some(engine);
        answer
    }

    pub(super) fn configure(
        &mut self,
        engine: &mut AnyEngine,
        configuration: &Configuration,
        identities: &IdentitySource,
    ) -> Result<Vec<Diagnostic>, EngineError> {
        if engine.is_stopped() {
            engine.restart()?;
            self.run += 1;
            self.parked.end_all();
            self.identity = identities.next();
            self.configured = 0;
        }
        let warnings = engine.configure(&configuration.sources, self.identity)?;
        if self.configured == 0 {
            self.define_again(engine)?;
        }
        self.configured = configuration.number;
        Ok(warnings)
    }

    /// Gives a new engine its definitions. One that does not fit the configuration any more is skipped, as the engine skips it too.
    fn define_again(&self, engine: &mut AnyEngine) -> Result<(), EngineError> {
        for (scope, settings) in &self.definitions {
            if let Err(stopped @ EngineError::Stopped(_)) = engine.define(scope, settings) {
                return Err(stopped);
            }
        }
        Ok(())
    }
}

pub(super) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
