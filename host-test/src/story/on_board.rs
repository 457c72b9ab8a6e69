//! A board of the Rust host library plays a board of a story, with its leases and repeated refusals.

use super::player::{Dependencies, Start};
use fuseboard::advisor::{Metrics, Suggestion};
use fuseboard::{
    AboutReport, Admitted, Answer, Command, Commanded, Decision, Diagnostic, EngineError, Event, Explanation, Filter, Flushed,
    HealthReport, Identity, Lease, Listing, Outcome, Permit, Phase, PolicyEngine, Problem, ProblemCode, Refused, Report, Scope, Settled,
    Sources, StatusReport, Stopped, Tally, Target, Verdict, Written,
};
use fuseboard_host::{Admission, Board, EngineKind, Error, Settlement};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A board over the native engine.
pub type NativeBoard = OnBoard<NativeKind>;
/// A board over the component.
#[cfg(feature = "component")]
pub type ComponentBoard = OnBoard<ComponentKind>;

/// The kind of a board's engine, as a type.
pub trait Kind {
    const KIND: EngineKind;
}

pub struct NativeKind;

impl Kind for NativeKind {
    const KIND: EngineKind = EngineKind::Native;
}

#[cfg(feature = "component")]
pub struct ComponentKind;

#[cfg(feature = "component")]
impl Kind for ComponentKind {
    const KIND: EngineKind = EngineKind::Component;
}

/// A board as a [`PolicyEngine`]: what a board keeps to itself (leases, changes) is left out, and what listeners receive is put into
/// the answer.
pub struct OnBoard<K> {
    dependencies: Dependencies,
    board: Option<Board>,
    events: Arc<Mutex<Vec<Event>>>,
    kind: PhantomData<K>,
}

impl<K: Kind> Start for OnBoard<K> {
    fn start(dependencies: Dependencies) -> OnBoard<K> {
        OnBoard { dependencies, board: None, events: Arc::default(), kind: PhantomData }
    }
}

impl<K: Kind> OnBoard<K> {
    fn build(&self, identity: Identity) -> Result<Board, Error> {
        let events = Arc::clone(&self.events);
        let listener = move |event: &Event| events.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        let Dependencies { clock, store } = self.dependencies.clone();
        Board::builder().engine(K::KIND).clock(clock).store(store).identity(identity).listener(listener).build()
    }

    /// Sends a request to the board. Returns the answer and the events that listeners received.
    fn request<T>(&self, request: impl FnOnce(&Board) -> Result<T, Error>) -> Result<(T, Vec<Event>), EngineError> {
        let board = self.board.as_ref().ok_or_else(|| Problem::new(ProblemCode::NotConfigured, "configure the board first"))?;
        let answer = request(board).map_err(engine_error)?;
        let events = std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner));
        Ok((answer, events))
    }

    fn answer<T>(&self, request: impl FnOnce(&Board) -> Result<T, Error>) -> Result<T, EngineError> {
        self.request(request).map(|(answer, _)| answer)
    }
}

fn engine_error(error: Error) -> EngineError {
    match error.problem() {
        Some(problem) => EngineError::Problem(problem.clone()),
        None if error.diagnostics().is_empty() => EngineError::Stopped(Stopped::Trap(error.to_string())),
        None => EngineError::Configuration(error.diagnostics().to_vec()),
    }
}

/// The verdict of a success that the board has not reported yet.
fn leased(outcome: Outcome) -> Verdict {
    let circuit = Settled { outcome, written: Written::Unchanged, phase: Phase::Closed };
    Verdict { circuit, resolver: None, events: Vec::new(), changed: Vec::new() }
}

/// Events come back with the call that caused them, and the listeners receive the same ones.
fn same_events(returned: &[Event], received: &[Event]) -> Result<(), EngineError> {
    if returned == received {
        return Ok(());
    }
    Err(Stopped::Trap(format!("the caller was given {returned:?}, the listeners {received:?}")).into())
}

fn decided(admission: Admission) -> Answer {
    match admission {
        Admission::Admitted { permit, would_refuse, .. } => {
            let would_refuse = would_refuse.map(|refused| Box::new(Refused::clone(&refused)));
            Answer::Admitted(Admitted { permit, lease: None, would_refuse })
        }
        Admission::Refused(refused) => Answer::Refused(Refused::clone(&refused)),
    }
}

impl<K: Kind> PolicyEngine for OnBoard<K> {
    fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, EngineError> {
        if self.board.is_none() {
            self.board = Some(self.build(identity).map_err(engine_error)?);
        }
        self.answer(|board| board.reconfigure(sources.clone()))
    }

    fn allow(&mut self, target: &Target) -> Result<Decision, EngineError> {
        let ((admission, events), received) = self.request(|board| board.target(target)?.allow_with_events())?;
        same_events(&events, &received)?;
        Ok(Decision { answer: decided(admission), events, changed: Vec::new() })
    }

    fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, EngineError> {
        let (settlement, received) = self.request(|board| board.settle(target, permit, report))?;
        same_events(settlement.events(), &received)?;
        Ok(match settlement {
            Settlement::Leased(outcome) => leased(outcome),
            Settlement::Verdict(verdict) => *verdict,
        })
    }

    fn settle_leased(&mut self, _: &Lease, _: Tally) -> Result<Verdict, EngineError> {
        Err(Problem::new(ProblemCode::BadPermit, "a board reports leased calls itself").into())
    }

    fn status(&mut self, target: &Target) -> Result<StatusReport, EngineError> {
        let status = self.answer(|board| board.status(target))?;
        Ok(StatusReport { circuit: status.circuit, resolver: status.resolver })
    }

    fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, EngineError> {
        self.answer(|board| board.list(filter, cursor, limit))
    }

    fn command(&mut self, scope: &Scope, command: &Command) -> Result<Commanded, EngineError> {
        self.answer(|board| board.command(scope, command))
    }

    fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, EngineError> {
        self.answer(|board| board.update_policy(scope, patch))
    }

    fn define(&mut self, scope: &Scope, settings: &str) -> Result<(), EngineError> {
        self.answer(|board| board.define(scope, settings))
    }

    fn forget(&mut self, scope: &Scope) -> Result<(), EngineError> {
        self.answer(|board| board.forget(scope))
    }

    fn explain(&mut self, target: &Target) -> Result<Explanation, EngineError> {
        self.answer(|board| board.explain(target))
    }

    fn health(&mut self) -> Result<HealthReport, EngineError> {
        self.answer(Board::health)
    }

    fn about(&mut self) -> Result<AboutReport, EngineError> {
        self.answer(Board::about)
    }

    fn flush(&mut self) -> Result<Flushed, EngineError> {
        self.answer(|board| board.flush(Duration::from_secs(20)))
    }

    fn parse_retry_after(&mut self, value: &str) -> Result<u64, EngineError> {
        self.answer(|board| board.parse_retry_after(value)).map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
    }

    fn classify(&mut self, target: &Target, report: &Report) -> Result<Outcome, EngineError> {
        self.answer(|board| board.classify(target, report))
    }

    fn normalize_host(&mut self, host: &str) -> Result<String, EngineError> {
        self.answer(|board| board.normalize_host(host))
    }

    fn advise(&mut self, target: &Target, metrics: &Metrics) -> Result<Vec<Suggestion>, EngineError> {
        self.answer(|board| board.advise(target, metrics))
    }

    fn is_stopped(&self) -> bool {
        false
    }

    fn stop(&mut self) {
        if let Some(board) = &self.board {
            board.renew();
        }
    }

    fn restart(&mut self) -> Result<(), EngineError> {
        self.board = None;
        Ok(())
    }
}
