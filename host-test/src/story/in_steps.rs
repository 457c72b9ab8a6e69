//! An engine plays a board in steps.

use super::player::{Dependencies, Start};
use fuseboard::advisor::{Metrics, Suggestion};
use fuseboard::time::Now;
use fuseboard::{
    AboutReport, CallerTime, Clock, Command, Commanded, Decision, Diagnostic, EngineError, Explanation, Filter, Flushed, HealthReport,
    Identity, Lease, Listing, Need, Outcome, Permit, PolicyEngine, Report, Scope, Seen, Sources, StatusReport, StepAnswer, StepEngine,
    StepRequest, Store, Tally, Target, Verdict,
};
use fuseboard_stores::{FaultyStore, MemoryStore};

/// An engine whose store operations are carried out outside it.
pub struct InSteps<E, S = FaultyStore<MemoryStore>> {
    engine: E,
    dependencies: Dependencies<S>,
}

impl<E: Start + StepEngine> Start for InSteps<E> {
    fn start(dependencies: Dependencies) -> Self {
        InSteps::new(E::start(dependencies.clone()), dependencies)
    }
}

impl<E: StepEngine, S: Store> InSteps<E, S> {
    pub fn new(engine: E, dependencies: Dependencies<S>) -> InSteps<E, S> {
        InSteps { engine, dependencies }
    }

    fn now(&self) -> Now {
        Now { wall: self.dependencies.clock.wall(), mono: self.dependencies.clock.mono() }
    }

    /// Runs one request, and carries out each operation that it needs.
    fn run(&mut self, request: &StepRequest<'_>) -> Result<StepAnswer, EngineError> {
        let mut step = self.engine.begin(CallerTime::from(self.now()), request)?;
        loop {
            match step.need {
                Need::Nothing(StepAnswer::Failed(problem)) => return Err(problem.into()),
                Need::Nothing(answer) => return Ok(answer),
                Need::Store(token, operation) => {
                    let reply = operation.run(&self.dependencies.store);
                    step = self.engine.resume(self.now(), token, reply)?;
                }
                Need::Wait(token, _) => panic!("{token:?} waits, but no other request runs"),
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

impl<E: StepEngine, S: Store> PolicyEngine for InSteps<E, S> {
    fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, EngineError> {
        self.engine.configure(sources, identity)
    }

    fn allow(&mut self, target: &Target) -> Result<Decision, EngineError> {
        let decided = self.run(&StepRequest::Allow { target, seen: Seen::Nothing, resolver_seen: Seen::Nothing });
        answer!(Decided, decided).map(|decision: Box<Decision>| *decision)
    }

    fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, EngineError> {
        answer!(Settled, self.run(&StepRequest::Settle { target, permit, report }))
    }

    fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Result<Verdict, EngineError> {
        answer!(Settled, self.run(&StepRequest::SettleLeased { lease, tally }))
    }

    fn status(&mut self, target: &Target) -> Result<StatusReport, EngineError> {
        answer!(Status, self.run(&StepRequest::Status { target })).map(|status| *status)
    }

    fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, EngineError> {
        answer!(Listed, self.run(&StepRequest::List { filter: *filter, cursor, limit }))
    }

    fn command(&mut self, scope: &Scope, command: &Command) -> Result<Commanded, EngineError> {
        answer!(Commanded, self.run(&StepRequest::Command { scope, command }))
    }

    fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, EngineError> {
        answer!(Commanded, self.run(&StepRequest::UpdatePolicy { scope, patch }))
    }

    fn define(&mut self, scope: &Scope, settings: &str) -> Result<(), EngineError> {
        self.engine.define(scope, settings)
    }

    fn forget(&mut self, scope: &Scope) -> Result<(), EngineError> {
        self.engine.forget(scope)
    }

    fn explain(&mut self, target: &Target) -> Result<Explanation, EngineError> {
        answer!(Explained, self.run(&StepRequest::Explain { target }))
    }

    fn flush(&mut self) -> Result<Flushed, EngineError> {
        answer!(Flushed, self.run(&StepRequest::Flush))
    }

    fn health(&mut self) -> Result<HealthReport, EngineError> {
        self.engine.health()
    }

    fn about(&mut self) -> Result<AboutReport, EngineError> {
        self.engine.about()
    }

    fn parse_retry_after(&mut self, value: &str) -> Result<u64, EngineError> {
        self.engine.parse_retry_after(value)
    }

    fn classify(&mut self, target: &Target, report: &Report) -> Result<Outcome, EngineError> {
        self.engine.classify(target, report)
    }

    fn normalize_host(&mut self, host: &str) -> Result<String, EngineError> {
        self.engine.normalize_host(host)
    }

    fn advise(&mut self, target: &Target, metrics: &Metrics) -> Result<Vec<Suggestion>, EngineError> {
        self.engine.advise(target, metrics)
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
