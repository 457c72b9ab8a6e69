//! The test's own board over the store. It reads what was counted, and checks that no circuit is stuck.

use crate::policy;
use crate::time_source::{SteppingClock, TimeSource};
use fuseboard_host::{Admission, Board, End, EngineKind, EventKind, Filter, Leases, Outcome, Phase, Report, Scope, Target};
use fuseboard_stores::AnyStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A circuit that is not closed after this time is stuck. Every wait of the configuration is much shorter.
const STUCK: Duration = Duration::from_secs(20);

pub struct Observer {
    board: Board,
    /// The number of damaged records that were replaced.
    damaged: Arc<AtomicU64>,
}

impl Observer {
    /// # Panics
    /// If the URL is not accepted, or the server's clock does not answer.
    #[must_use]
    pub fn new(url: &str, time_source: TimeSource) -> Observer {
        let machine = SteppingClock::new(time_source.offset_ms());
        let store = AnyStore::open(url, machine.clone()).expect("the URL is accepted");
        let clock = time_source.clock(&machine, &store).expect("the clock answers");
        let damaged = Arc::new(AtomicU64::new(0));
        let replaced = Arc::clone(&damaged);
        let board = Board::builder().engine(EngineKind::Native).document("test.json", policy::CONFIGURATION).leases(Leases::Off);
        let board = board.clock(clock).blocking_store(store).listener(move |event| {
            if event.kind == EventKind::RecordReplaced {
                replaced.fetch_add(1, Ordering::Relaxed);
            }
        });
        Observer { board: board.build().expect("a good configuration"), damaged }
    }

    /// The failure streak that is stored for a name.
    ///
    /// # Panics
    /// If the store does not answer.
    #[must_use]
    pub fn counted(&self, name: &str) -> u64 {
        let status = self.board.status(&Target::name(name)).expect("a status");
        assert_eq!(self.board.health().expect("a health report").storage_lost_since_ms, None, "the store answers");
        u64::from(status.circuit.failure_streak)
    }

    /// Probes until the circuit is closed. Returns how long that took.
    ///
    /// # Panics
    /// If it is stuck, or the wait of a refusal is too long.
    pub fn close(&self, name: &str) -> Duration {
        let target = Target::name(name);
        self.board.define(&Scope::name(name), policy::PROBED).expect("good settings");
        let start = Instant::now();
        loop {
            match self.board.allow(&target).expect("an answer") {
                Admission::Admitted { permit, .. } => {
                    self.board.settle(&target, Some(&permit), &Report::new(End::counted(Outcome::Success))).expect("a verdict");
                }
                Admission::Refused(refused) => {
                    let wait = refused.retry_after_ms.unwrap_or(u64::MAX);
                    assert!(wait <= policy::WAIT_MAX_MS, "{name}: the wait of a refusal is {wait} ms: {refused:?}");
                    thread::sleep(Duration::from_millis(1));
                }
            }
            if self.board.status(&target).expect("a status").circuit.phase == Phase::Closed {
                return start.elapsed();
            }
            assert!(start.elapsed() < STUCK, "{name} is stuck: {:?}", self.board.status(&target));
        }
    }

    /// Reads every stored record, and returns the number of circuits.
    ///
    /// # Panics
    /// If a record is damaged, or a damaged record was replaced before.
    pub fn read_all(&self) -> usize {
        let (mut records, mut cursor) = (0, None);
        loop {
            let page = self.board.list(&Filter::default(), cursor.as_deref(), 1_000).expect("a page");
            assert!(page.unreadable.is_empty(), "{:?}", page.unreadable);
            records += page.circuits.len();
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(self.damaged.load(Ordering::Relaxed), 0, "a record was damaged");
        records
    }
}
