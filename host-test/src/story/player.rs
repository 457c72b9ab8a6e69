//! Who plays a board: any policy engine.

use fuseboard::advisor::{Metrics, Suggestion};
use fuseboard::{
    AboutReport, Command, Commanded, Decision, Diagnostic, Engine, EngineError, Explanation, Filter, Flushed, HealthReport, Identity,
    Lease, Listing, Outcome, Permit, PolicyEngine, Problem, Report, Scope, Sources, StatusReport, Tally, Target, Verdict,
};
use fuseboard_stores::{FaultyStore, ManualClock, MemoryStore};

/// The clock of one board and its connection to the store.
#[derive(Clone)]
pub struct Dependencies<S = FaultyStore<MemoryStore>> {
    pub clock: ManualClock,
    pub store: S,
}

/// An engine that stories and tests can start.
pub trait Start: PolicyEngine {
    fn start(dependencies: Dependencies) -> Self;
}

/// An engine that plays stories. Its answers are those of [`PolicyEngine`], except that being stopped is a failure of the test.
pub struct Player<E>(E);

/// The engine compiled into the program.
pub type NativeEngine = Engine<ManualClock, FaultyStore<MemoryStore>>;
/// The native engine as a player.
pub type Native = Player<NativeEngine>;

impl Start for NativeEngine {
    fn start(dependencies: Dependencies) -> Self {
        Engine::new(dependencies.clock, dependencies.store)
    }
}

fn answer<T>(answer: Result<T, EngineError>) -> Result<T, Problem> {
    match answer {
        Ok(answer) => Ok(answer),
        Err(EngineError::Problem(problem)) => Err(problem),
        Err(error) => panic!("an engine answers or rejects every request of a story: {error}"),
    }
}

macro_rules! requests {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(pub fn $name(&mut self, $($arg: $type),*) -> Result<$answer, Problem> {
            answer(self.0.$name($($arg),*))
        })*
    };
}

/// What each does is defined by [`PolicyEngine`].
#[allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "they return the engine's problem, or fail the test")]
impl<E: Start> Player<E> {
    #[must_use]
    pub fn start(dependencies: Dependencies) -> Player<E> {
        Player(E::start(dependencies))
    }

    pub fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        match self.0.configure(sources, identity) {
            Ok(warnings) => Ok(warnings),
            Err(EngineError::Configuration(faults)) => Err(faults),
            Err(error) => panic!("an engine accepts or rejects every configuration: {error}"),
        }
    }

    pub fn about(&mut self) -> AboutReport {
        self.0.about().expect("an engine always returns its versions")
    }

    requests! {
        allow(target: &Target) -> Decision;
        settle(target: &Target, permit: Option<&Permit>, report: &Report) -> Verdict;
        settle_leased(lease: &Lease, tally: Tally) -> Verdict;
        status(target: &Target) -> StatusReport;
        list(filter: &Filter, cursor: Option<&str>, limit: u32) -> Listing;
        command(scope: &Scope, command: &Command) -> Commanded;
        update_policy(scope: &Scope, patch: Option<&str>) -> Commanded;
        define(scope: &Scope, settings: &str) -> ();
        forget(scope: &Scope) -> ();
        explain(target: &Target) -> Explanation;
        health() -> HealthReport;
        flush() -> Flushed;
        parse_retry_after(value: &str) -> u64;
        classify(target: &Target, report: &Report) -> Outcome;
        normalize_host(host: &str) -> String;
        advise(target: &Target, metrics: &Metrics) -> Vec<Suggestion>;
    }
}
