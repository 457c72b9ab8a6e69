//! What a test tells its scripted engines, and what they note.

use super::closing_time::ClosingTime;
use super::inner::BoardInner;
use fuseboard::time::Millis;
use fuseboard::{Decision, Scope};
use fuseboard_stores::ManualClock;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, Weak};

/// The requests that all engines of a board received, and the answers that a test has scripted.
pub(super) struct Script {
    pub(super) log: Mutex<Vec<String>>,
    pub(super) answers: Mutex<VecDeque<Scripted>>,
    pub(super) board: Mutex<Weak<BoardInner>>,
    pub(super) clock: ManualClock,
    /// How long each request to write the backlog takes.
    pub(super) flush_takes: Mutex<Millis>,
    pub(super) closing_time: Arc<ClosingTime>,
    /// The slots whose engines stop in each `status`.
    pub(super) status_stops: Mutex<Vec<usize>>,
    /// The slots whose engines stop in their next `configure`.
    pub(super) stops: Mutex<Vec<usize>>,
}

impl Default for Script {
    fn default() -> Script {
        let clock = ManualClock::default();
        Script {
            log: Mutex::default(),
            answers: Mutex::default(),
            board: Mutex::default(),
            closing_time: Arc::new(ClosingTime::new(Arc::new(clock.clone()))),
            clock,
            flush_takes: Mutex::default(),
            status_stops: Mutex::default(),
            stops: Mutex::default(),
        }
    }
}

pub(super) enum Scripted {
    Decide(Box<Decision>),
    Change(Vec<Scope>),
    Stop,
    Panic,
    Problem,
    /// Another thread publishes a change while the engine decides; then the engine returns the decision.
    DecideAfterChange(Scope, Box<Decision>),
}
