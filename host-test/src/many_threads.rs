//! Helpers of the tests with many threads on one board.

use fuseboard_host::{Board, Builder, End, EngineKind, Outcome, Report, Target};
use std::fmt::Display;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

pub const THREADS: usize = 16;

/// With a large storage budget: a thread that waits for a lock on a busy machine must not report an outage.
pub fn board(engine: EngineKind, defaults: &str) -> Builder {
    let text = format!(r#"{{"defaults": {{{defaults}, "sharing": {{"storage_budget_ms": 10000}}}}}}"#);
    Board::builder().engine(engine).document("threads.json", text)
}

/// The name under which the figures of an engine are written.
#[must_use]
pub fn figures(name: &str, engine: EngineKind, rest: impl Display) -> String {
    match engine {
        #[cfg(feature = "component")]
        EngineKind::Component => format!("{name}-{rest}"),
        EngineKind::Native => format!("{name}-native-{rest}"),
    }
}

#[must_use]
pub fn counted(outcome: Outcome) -> Report {
    Report::new(End::counted(outcome))
}

/// Runs `work` on one thread for each target, all at the same time.
pub fn on_all_threads(targets: &[Target], work: impl Fn(&Target) + Sync) {
    let (work, together) = (&work, &Barrier::new(targets.len()));
    thread::scope(|scope| {
        for target in targets {
            scope.spawn(move || {
                together.wait();
                work(target);
            });
        }
    });
}

/// The milliseconds since an instant.
#[must_use]
pub fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
