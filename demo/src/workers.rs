//! The boards of the guarded side. Each worker stands for a process: it has its own board, and so its own instance of the component
//! and its own writer. The workers share only the store.

use fuseboard_host::{Board, Error, Event, MemoryStore};
use std::sync::mpsc::Sender;
use std::time::Instant;

pub const WORKERS: usize = 2;

/// The times suit a run of half a minute. In production they would be ten times as long.
const BREAKERS: &str = r#"{
  "defaults": {
    "fail_max": 3,
    "reset_timeout_s": 1.5,
    "probe_timeout_s": 2,
    "window": {"kind": "time", "size": 2, "minimum_calls": 6, "failure_rate": 0.5, "slow_call_rate": 0.5, "slow_call_ms": 300},
    "roles": {
      "metadata": {"success_threshold": 2},
      "artifact": {"trial_calls": 2, "reset_timeout_s": 2}
    }
  }
}"#;

/// An event of a worker's board.
pub struct WorkerEvent {
    pub worker: usize,
    pub at: Instant,
    pub event: Event,
}

/// Boards that send the events that they caused. The other board finds the same events in the store, and does not send them.
pub fn boards(sender: &Sender<WorkerEvent>) -> Result<Vec<Board>, Error> {
    let store = MemoryStore::new();
    let board = |worker| {
        let sender = sender.clone();
        Board::builder()
            .document("demo.json", BREAKERS)
            .store(store.clone())
            .listener(move |event| {
                if event.here {
                    // The receiver may be dropped at the end.
                    drop(sender.send(WorkerEvent { worker, at: Instant::now(), event: event.clone() }));
                }
            })
            .build()
    };
    (1..=WORKERS).map(board).collect()
}
