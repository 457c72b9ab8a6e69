//! Observers: functions that receive one record for each call.

use crate::error::Error;
use fuseboard::{Outcome, Phase, Refused, Report, Target, Verdict};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// One call, as an observer receives it: a refused call when it is refused, an admitted one when it is settled.
///
/// It is made by the board from what the call itself carries, so a call under a lease is observed without a request to the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallRecord<'a> {
    pub target: &'a Target,
    /// Why the call was refused. `None`: it was admitted.
    pub refused: Option<&'a Refused>,
    pub answered: Answered,
    /// The status that the call's report had.
    pub status: Option<u16>,
    /// How long the call took, if its report says so.
    pub elapsed: Option<Duration>,
    /// What the call counted as, for the circuit of the target. `None` if it was refused, or if settling failed.
    pub outcome: Option<Outcome>,
    /// The phase of the target's circuit after the call. `None` if the board does not know it.
    pub phase: Option<Phase>,
}

/// Who answered for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answered {
    /// The board: by a lease, or by repeating a refusal.
    Board,
    /// The engine.
    Engine,
}

pub(super) type Observe = Box<dyn Fn(&CallRecord<'_>) + Send + Sync>;

/// The observers of a board. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Observers(Arc<[Observer]>);

struct Observer {
    observe: Observe,
    /// It panicked and is called no more.
    left_out: AtomicBool,
}

thread_local! {
    /// Whether an observer runs on this thread. Calls that it makes itself are not observed: that would never end.
    static OBSERVING: Cell<bool> = const { Cell::new(false) };
}

impl Observers {
    pub(super) fn new(observers: Vec<Observe>) -> Observers {
        Observers(observers.into_iter().map(|observe| Observer { observe, left_out: AtomicBool::new(false) }).collect())
    }

    /// Whether there are no observers, so that no record is made.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Passes a record to every observer, and an error to `report_panic` for each that panics.
    #[cold]
    pub(super) fn observe(&self, record: &CallRecord<'_>, report_panic: impl Fn(&Error)) {
        let Some(_guard) = ObservingGuard::enter() else { return };
        for observer in self.0.iter().filter(|observer| !observer.left_out.load(Ordering::Relaxed)) {
            let observed = catch_unwind(AssertUnwindSafe(|| (observer.observe)(record)));
            // Two threads may see it panic at once: one of them reports it.
            if observed.is_err() && !observer.left_out.swap(true, Ordering::Relaxed) {
                report_panic(&Error::observer_panicked());
            }
        }
    }
}

struct ObservingGuard;

impl ObservingGuard {
    /// `None` if an observer runs on this thread already.
    fn enter() -> Option<ObservingGuard> {
        (!OBSERVING.replace(true)).then_some(ObservingGuard)
    }
}

impl Drop for ObservingGuard {
    fn drop(&mut self) {
        OBSERVING.set(false);
    }
}

impl<'a> CallRecord<'a> {
    pub(super) fn refused(target: &'a Target, refused: &'a Refused, answered: Answered) -> CallRecord<'a> {
        CallRecord { target, refused: Some(refused), answered, status: None, elapsed: None, outcome: None, phase: None }
    }

    /// A call that a lease settled. A lease exists only while the circuit is closed.
    pub(super) fn leased(target: &'a Target, report: &Report, outcome: Outcome) -> CallRecord<'a> {
        CallRecord { outcome: Some(outcome), phase: Some(Phase::Closed), ..CallRecord::ended(target, report, Answered::Board) }
    }

    pub(super) fn settled(target: &'a Target, report: &Report, verdict: Option<&Verdict>) -> CallRecord<'a> {
        let circuit = verdict.map(|verdict| verdict.circuit);
        let (outcome, phase) = (circuit.map(|settled| settled.outcome), circuit.map(|settled| settled.phase));
        CallRecord { outcome, phase, ..CallRecord::ended(target, report, Answered::Engine) }
    }

    fn ended(target: &'a Target, report: &Report, answered: Answered) -> CallRecord<'a> {
        let elapsed = report.elapsed_ns.map(Duration::from_nanos);
        CallRecord { target, refused: None, answered, status: report.status, elapsed, outcome: None, phase: None }
    }
}
