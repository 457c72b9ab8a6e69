//! A board of each engine over a controlled store, and futures that a test polls.

use crate::controlled_store::ControlledStore;
use fuseboard_host::{Board, Builder, CircuitStatus, End, EngineKind, Leases, ManualClock, Outcome, Report, Settlement, Target, Written};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

pub const ENGINES: &[EngineKind] = &[
    #[cfg(feature = "component")]
    EngineKind::Component,
    #[cfg(feature = "native")]
    EngineKind::Native,
];

pub struct TestBoard {
    pub board: Board,
    pub store: ControlledStore,
    pub clock: ManualClock,
}

impl TestBoard {
    /// Without leases: every call calls the engine.
    pub fn new(engine: EngineKind) -> TestBoard {
        TestBoard::with(engine, r#"{"defaults": {"fail_max": 2, "reset_timeout_s": 30}}"#, |builder| builder.leases(Leases::Off))
    }

    pub fn with(engine: EngineKind, document: &str, set: impl FnOnce(Builder) -> Builder) -> TestBoard {
        let (store, clock) = (ControlledStore::default(), ManualClock::default());
        let builder = Board::builder().engine(engine).document("test.json", document).clock(clock.clone()).async_store(store.clone());
        let board = set(builder).build().expect("a good configuration");
        TestBoard { board, store, clock }
    }

    pub fn kept(&self) -> u32 {
        self.board.health().expect("health").kept
    }

    /// Nothing is held.
    pub fn circuit(&self) -> CircuitStatus {
        self.board.status(&db()).expect("status").circuit
    }
}

pub fn db() -> Target {
    Target::name("db")
}

pub fn failure() -> Report {
    Report::new(End::counted(Outcome::Failure))
}

pub fn success() -> Report {
    Report::new(End::counted(Outcome::Success))
}

pub fn written(settlement: &Settlement) -> Written {
    settlement.verdict().expect("the engine settled it").circuit.written
}

/// A future that the test polls, and how often it was woken.
pub struct Task<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + Send + 'a>>,
    wakes: Arc<Wakes>,
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl<'a, T> Task<'a, T> {
    /// Polls the future once.
    pub fn start(future: impl Future<Output = T> + Send + 'a) -> Task<'a, T> {
        let mut task = Task { future: Box::pin(future), wakes: Arc::default() };
        assert!(task.poll().is_none(), "it must wait");
        task
    }

    pub fn poll(&mut self) -> Option<T> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    pub fn wakes(&self) -> usize {
        self.wakes.0.load(Ordering::Relaxed)
    }

    /// Polls the future as often as it was woken, until it ends.
    pub fn finish(mut self) -> T {
        for polls in 0.. {
            if polls > 0 {
                assert!(self.wakes() >= polls, "nothing wakes it");
            }
            if let Some(output) = self.poll() {
                return output;
            }
        }
        unreachable!("it ends or is not woken")
    }
}
