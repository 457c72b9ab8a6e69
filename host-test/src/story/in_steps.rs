//! The native engine plays a board in steps.

use super::player::{Dependencies, NativeEngine, Start};
use fuseboard::advisor::{Metrics, Suggestion};
use fuseboard::time::Now;
use fuseboard::{
    AboutReport, Clock, Command, Commanded, Decision, Diagnostic, EngineError, Explanation, Filter, Flushed, HealthReport, Identity, Lease,
    Listing, Need, Outcome, Permit, PolicyEngine, Problem, Report, RequestStep, Scope, Seen, Sources, StatusReport, StepAnswer, Steps,
    Tally, Target, Verdict,
};

/// The native engine, whose store operations are carried out outside it.
pub struct InSteps {
    engine: NativeEngine,
    dependencies: Dependencies,
}

impl Start for InSteps {
    fn start(dependencies: Dependencies) -> Self {
        InSteps { engine: NativeEngine::start(dependencies.clone()), dependencies }
    }
}

impl InSteps {
    /// Runs one request, and carries out each operation that it needs.
    fn run(&mut self, begin: impl FnOnce(&mut Steps, Now) -> Result<RequestStep, Problem>) -> Result<StepAnswer, Problem> {
        let now = |clock: &dyn Clock| Now { wall: clock.wall(), mono: clock.mono() };
        let mut step = begin(self.engine.steps(), now(&self.dependencies.clock))?;
        loop {
            match step.need {
                Need::Nothing(StepAnswer::Failed(problem)) => return Err(problem),
                Need::Nothing(answer) => return Ok(answer),
                Need::Store(token, operation) => {
                    let reply = operation.run(&self.dependencies.store);
                    step = self.engine.steps().resume(now(&self.dependencies.clock), token, reply)?;
                }
                Need::Wait(token) => panic!("{token:?} waits, but no other request runs"),
            }
        }
    }
}

/// The answer of one kind.
macro_rules! answer {
    ($kind:ident, $answer:expr) => {
        match $answer? {
            StepAnswer::$kind(answer) => Ok(answer),
            other => panic!("another answer: {other:?}"),
        }
    };
}

impl PolicyEngine for InSteps {
    fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, EngineError> {
        self.engine.steps().configure(sources, identity).map_err(EngineError::Configuration)
    }

    fn allow(&mut self, target: &Target) -> Result<Decision, EngineError> {
        answer!(Decided, self.run(|steps, now| steps.allow(now, target, Seen::Nothing, Seen::Nothing)))
    }

    fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, EngineError> {
        answer!(Settled, self.run(|steps, now| steps.settle(now, target, permit, report)))
    }

    fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Result<Verdict, EngineError> {
        answer!(Settled, self.run(|steps, now| steps.settle_leased(now, lease, tally)))
    }

    fn status(&mut self, target: &Target) -> Result<StatusReport, EngineError> {
        answer!(Status, self.run(|steps, now| steps.status(now, target))).map(|status| *status)
    }

    fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, EngineError> {
        answer!(Listed, self.run(|steps, now| steps.list(now, filter, cursor, limit)))
    }

    fn command(&mut self, scope: &Scope, command: &Command) -> Result<Commanded, EngineError> {
        answer!(Commanded, self.run(|steps, now| steps.command(now, scope, command)))
    }

    fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, EngineError> {
        answer!(Commanded, self.run(|steps, now| steps.update_policy(now, scope, patch)))
    }

    fn define(&mut self, scope: &Scope, settings: &str) -> Result<(), EngineError> {
        PolicyEngine::define(&mut self.engine, scope, settings)
    }

    fn forget(&mut self, scope: &Scope) -> Result<(), EngineError> {
        PolicyEngine::forget(&mut self.engine, scope)
    }

    fn explain(&mut self, target: &Target) -> Result<Explanation, EngineError> {
        answer!(Explained, self.run(|steps, now| steps.explain(now, target)))
    }

    fn flush(&mut self) -> Result<Flushed, EngineError> {
        answer!(Flushed, self.run(|steps, now| steps.flush(now)))
    }

    fn health(&mut self) -> Result<HealthReport, EngineError> {
        Ok(self.engine.steps().health()?)
    }

    fn about(&mut self) -> Result<AboutReport, EngineError> {
        PolicyEngine::about(&mut self.engine)
    }

    fn parse_retry_after(&mut self, value: &str) -> Result<u64, EngineError> {
        PolicyEngine::parse_retry_after(&mut self.engine, value)
    }

    fn classify(&mut self, target: &Target, report: &Report) -> Result<Outcome, EngineError> {
        PolicyEngine::classify(&mut self.engine, target, report)
    }

    fn normalize_host(&mut self, host: &str) -> Result<String, EngineError> {
        PolicyEngine::normalize_host(&mut self.engine, host)
    }

    fn advise(&mut self, target: &Target, metrics: &Metrics) -> Result<Vec<Suggestion>, EngineError> {
        PolicyEngine::advise(&mut self.engine, target, metrics)
    }

    fn is_stopped(&self) -> bool {
        self.engine.is_stopped()
    }

    fn stop(&mut self) {
        self.engine.stop();
    }

    fn restart(&mut self) -> Result<(), EngineError> {
        self.engine.restart()
    }
}
