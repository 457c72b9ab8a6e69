//! The guarded side's boards. A worker is what a process would be: a board of its own, hence its own instance of the component and
//! its own writer; only the store is shared. Real processes would share a store outside of them.

use fuseboard_host::{Board, Error, Event, MemoryStore};
use std::sync::mpsc::Sender;
use std::time::Instant;

pub const WORKERS: usize = 2;

/// Made for a run of half a minute: in production the times would be ten times as long.
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

/// Something a worker's board did, and when.
pub struct WorkerEvent {
    pub worker: usize,
    pub at: Instant,
    pub event: Event,
}

/// Boards that tell of what they do themselves: what one did, the other sees and would tell again.
pub fn boards(told: &Sender<WorkerEvent>) -> Result<Vec<Board>, Error> {
    let store = MemoryStore::new();
    let board = |worker| {
        let told = told.clone();
        Board::builder()
            .document("demo.json", BREAKERS)
            .store(store.clone())
            .listener(move |event| {
                if event.here {
                    // At the very end nobody may be listening any more.
                    drop(told.send(WorkerEvent { worker, at: Instant::now(), event: event.clone() }));
                }
            })
            .build()
    };
    (1..=WORKERS).map(board).collect()
}
