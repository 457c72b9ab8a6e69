//! An engine that answers as a test scripts it, and a board over such engines.

use super::admission::{Admission, Leases, Settlement};
use super::call_error::CallError;
use super::engine_kind::BoxedEngine;
use super::engine_pool::EnginePool;
use super::event_dispatcher::{ErrorListener, EventDispatcher};
use super::fake_answers::{admitted, db, lease, permit, status, verdict};
use super::fake_script::{Script, Scripted};
use super::identity_source::IdentitySource;
use super::inner::{BoardInner, BoardParts};
use super::observers::{Observe, Observers};
use super::on_engine_error::OnEngineError;
use super::pool_reports::PoolReports;
use super::reload_state::ReloadState;
use super::store_kind::StoreKind;
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::advisor::{Metrics, Suggestion};
use fuseboard::{
    AboutReport, Command, Commanded, Decision, Diagnostic, End, EngineError, Explanation, Filter, Flushed, HealthReport, Identity, Lease,
    Listing, Outcome, Permit, PolicyEngine, Problem, ProblemCode, Report, Scope, Sources, StatusReport, Stopped, Tally, Target, Verdict,
};
use fuseboard_stores::{ManualClock, MemoryStore, StoreGuard};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) struct FakeEngine {
    script: Arc<Script>,
    slot: usize,
    stopped: bool,
}

impl FakeEngine {
    fn log(&self, line: String) {
        self.script.log.lock().unwrap().push(line);
    }

    fn next(&self) -> Option<Scripted> {
        self.script.answers.lock().unwrap().pop_front()
    }

    /// Stops if that is the next answer.
    fn stop_if_scripted(&mut self) -> Result<(), EngineError> {
        if self.script.answers.lock().unwrap().pop_front_if(|next| matches!(next, Scripted::Stop)).is_none() {
            return Ok(());
        }
        self.stopped = true;
        Err(Stopped::Trap("as scripted".to_owned()).into())
    }
}

impl PolicyEngine for FakeEngine {
    fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, EngineError> {
        self.log(format!("configure {} {} writer {}", self.slot, sources.prefix, identity.writer));
        let mut stops = self.script.stops.lock().unwrap();
        let Some(place) = stops.iter().position(|slot| *slot == self.slot) else { return Ok(Vec::new()) };
        stops.remove(place);
        self.stopped = true;
        Err(Stopped::Trap("as scripted".to_owned()).into())
    }

    fn allow(&mut self, target: &Target) -> Result<Decision, EngineError> {
        self.log(format!("allow {}", target.name));
        match self.next() {
            Some(Scripted::Decide(decision)) => Ok(*decision),
            Some(Scripted::Stop) => {
                self.stopped = true;
                Err(Stopped::Trap("as scripted".to_owned()).into())
            }
            Some(Scripted::Panic) => panic!("as scripted"),
            Some(Scripted::Problem) => Err(Problem::new(ProblemCode::BadTarget, "as scripted").into()),
            Some(Scripted::DecideAfterChange(scope, decision)) => {
                self.script.board.lock().unwrap().upgrade().unwrap().drop_grants(&[scope]);
                Ok(*decision)
            }
            Some(Scripted::Change(_)) | None => Ok(admitted(None)),
        }
    }

    fn settle(&mut self, target: &Target, _: Option<&Permit>, report: &Report) -> Result<Verdict, EngineError> {
        self.log(format!("settle {} {:?} {:?}", target.name, report.end, report.elapsed_ns));
        let Some(Scripted::Change(changed)) = self.next() else { return Ok(verdict(Vec::new())) };
        Ok(verdict(changed))
    }

    fn settle_leased(&mut self, _: &Lease, tally: Tally) -> Result<Verdict, EngineError> {
        self.log(format!("tally {} slow {} age {}", tally.successes, tally.slow, tally.age_ms));
        self.stop_if_scripted()?;
        Ok(verdict(Vec::new()))
    }

    fn flush(&mut self) -> Result<Flushed, EngineError> {
        self.log(format!("flush {}", self.slot));
        self.stop_if_scripted()?;
        self.script.clock.advance(*self.script.flush_takes.lock().unwrap());
        Ok(Flushed { kept: 1, ..Flushed::default() })
    }

    fn is_stopped(&self) -> bool {
        self.stopped
    }

    fn stop(&mut self) {
        self.stopped = true;
    }

    fn restart(&mut self) -> Result<(), EngineError> {
        self.stopped = false;
        self.log("restart".to_owned());
        Ok(())
    }

    fn status(&mut self, target: &Target) -> Result<StatusReport, EngineError> {
        self.log(format!("status {}", self.slot));
        if self.script.status_stops.lock().unwrap().contains(&self.slot) {
            self.stopped = true;
            return Err(Stopped::Trap("as scripted".to_owned()).into());
        }
        Ok(status(target))
    }

    fn list(&mut self, _: &Filter, _: Option<&str>, _: u32) -> Result<Listing, EngineError> {
        unscripted()
    }

    fn command(&mut self, _: &Scope, _: &Command) -> Result<Commanded, EngineError> {
        unscripted()
    }

    fn update_policy(&mut self, _: &Scope, _: Option<&str>) -> Result<Commanded, EngineError> {
        unscripted()
    }

    fn define(&mut self, scope: &Scope, settings: &str) -> Result<(), EngineError> {
        self.log(format!("define {} {scope} {settings}", self.slot));
        Ok(())
    }

    fn forget(&mut self, scope: &Scope) -> Result<(), EngineError> {
        self.log(format!("forget {} {scope}", self.slot));
        Ok(())
    }

    fn explain(&mut self, _: &Target) -> Result<Explanation, EngineError> {
        unscripted()
    }

    fn health(&mut self) -> Result<HealthReport, EngineError> {
        self.log(format!("health {}", self.slot));
        self.stop_if_scripted()?;
        Ok(HealthReport { storage_lost_since_ms: None, kept: 1, dropped: 0 })
    }

    fn about(&mut self) -> Result<AboutReport, EngineError> {
        unscripted()
    }

    fn parse_retry_after(&mut self, _: &str) -> Result<u64, EngineError> {
        unscripted()
    }

    fn classify(&mut self, _: &Target, _: &Report) -> Result<Outcome, EngineError> {
        unscripted()
    }

    fn normalize_host(&mut self, _: &str) -> Result<String, EngineError> {
        unscripted()
    }

    fn advise(&mut self, _: &Target, _: &Metrics) -> Result<Vec<Suggestion>, EngineError> {
        unscripted()
    }
}

pub(super) fn unscripted<T>() -> Result<T, EngineError> {
    Err(Stopped::Trap("no test scripts this request".to_owned()).into())
}

/// A board over scripted engines.
#[derive(Clone)]
pub(super) struct TestBoard {
    pub(super) inner: Arc<BoardInner>,
    pub(super) script: Arc<Script>,
    pub(super) clock: ManualClock,
}

impl TestBoard {
    pub(super) fn new(instances: usize) -> TestBoard {
        TestBoard::with(instances, StoreKind::Immediate, EventDispatcher::default(), OnEngineError::Refuse)
    }

    pub(super) fn observed(observers: Vec<Observe>, error_listeners: Vec<ErrorListener>) -> TestBoard {
        let events = EventDispatcher::new(Vec::new(), error_listeners);
        TestBoard::build(1, StoreKind::Immediate, events, OnEngineError::Refuse, Observers::new(observers), Arc::default())
    }

    pub(super) fn with(instances: usize, store_kind: StoreKind, events: EventDispatcher, on_engine_error: OnEngineError) -> TestBoard {
        TestBoard::build(instances, store_kind, events, on_engine_error, Observers::default(), Arc::default())
    }

    /// Another board of the same process: it has the same clock, log and time to write outcomes when it is dropped.
    pub(super) fn beside(&self, instances: usize) -> TestBoard {
        let (events, observers) = (EventDispatcher::default(), Observers::default());
        TestBoard::build(instances, StoreKind::Immediate, events, OnEngineError::Refuse, observers, Arc::clone(&self.script))
    }

    fn build(
        instances: usize,
        store_kind: StoreKind,
        events: EventDispatcher,
        on_engine_error: OnEngineError,
        observers: Observers,
        script: Arc<Script>,
    ) -> TestBoard {
        let clock = script.clock.clone();
        let (started, engines_script) = (AtomicUsize::new(0), Arc::clone(&script));
        // The pool starts the engines in the order of their slots.
        let start = move || {
            let slot = started.fetch_add(1, Ordering::Relaxed) % instances;
            Ok(Box::new(FakeEngine { script: Arc::clone(&engines_script), slot, stopped: false }) as BoxedEngine)
        };
        let identities = IdentitySource::counted(Identity { writer: 1, seed: 0 });
        let events = Arc::new(events);
        let reports = PoolReports { dispatcher: Arc::clone(&events), clock: Arc::new(clock.clone()) };
        let (engines, _) = EnginePool::new(instances, Arc::new(start), identities, reports, Sources::default()).unwrap();
        let inner = Arc::new(BoardInner::new(BoardParts {
            engines,
            events,
            observers,
            clock: Arc::new(clock.clone()),
            store: StoreGuard::new(Arc::new(MemoryStore::new())),
            store_kind,
            reloads: ReloadState::default(),
            classifier: Arc::default(),
            on_engine_error,
            leases: Leases::On,
            closing_time: Arc::clone(&script.closing_time),
        }));
        *script.board.lock().unwrap() = Arc::downgrade(&inner);
        script.log.lock().unwrap().clear();
        TestBoard { inner, script, clock }
    }

    pub(super) fn script(&self, answer: Scripted) {
        self.script.answers.lock().unwrap().push_back(answer);
    }

    pub(super) fn target(&self, target: &Target) -> Arc<TargetState> {
        self.inner.target(target).unwrap()
    }

    pub(super) fn allow(&self, target: &Target) -> Result<Admission, Error> {
        self.inner.admit(&self.target(target))
    }

    pub(super) fn settle(&self, target: &Target, end: End) -> Settlement {
        self.inner.settle(&self.target(target), Some(&permit()), &Report::new(end)).unwrap()
    }

    pub(super) fn call<T, E: std::error::Error + 'static>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, CallError<E>> {
        self.inner.call(&self.target(&db()), work, super::call_report::report_of)
    }

    pub(super) fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.script.log.lock().unwrap())
    }

    /// Gives a target a lease.
    pub(super) fn lease(&self, target: &Target) {
        let state = self.target(target);
        let circuits = state.scopes().cloned().collect();
        self.script(Scripted::Decide(Box::new(admitted(Some(lease(circuits))))));
        self.allow(target).unwrap();
        self.log();
    }

    pub(super) fn is_leased(&self, target: &Target) -> bool {
        self.allow(target).unwrap();
        self.log().is_empty()
    }
}
