//! An observer that counts calls: `cargo run -p fuseboard-host --example observer`. It receives one record for each call, also for those
//! under a lease.

use fuseboard_host::{Answered, Board, Outcome, Target};
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
struct Counters {
    successes: AtomicU64,
    failures: AtomicU64,
    refusals: AtomicU64,
    /// Calls that needed no request to the engine.
    without_engine: AtomicU64,
}

fn main() -> Result<(), fuseboard_host::Error> {
    let counters = Arc::<Counters>::default();
    let counting = Arc::clone(&counters);
    let board = Board::builder()
        .observer(move |record| {
            let counter = match (record.refused, record.outcome) {
                (Some(_), _) => &counting.refusals,
                (None, Some(Outcome::Failure)) => &counting.failures,
                (None, Some(Outcome::Success)) => &counting.successes,
                (None, _) => return,
            };
            counter.fetch_add(1, Ordering::Relaxed);
            counting.without_engine.fetch_add(u64::from(record.answered == Answered::Board), Ordering::Relaxed);
        })
        .error_listener(|error| eprintln!("{error}"))
        .build()?;
    let healthy = board.target(&Target::name("healthy"))?;
    let failing = board.target(&Target::name("failing"))?;
    for _ in 0..10 {
        drop(healthy.call(|| Ok::<(), Error>(())));
        drop(failing.call(|| Err::<(), Error>(ErrorKind::ConnectionRefused.into())));
    }
    let Counters { successes, failures, refusals, without_engine } = &*counters;
    println!("{successes:?} successes, {failures:?} failures, {refusals:?} refusals; {without_engine:?} of them without the engine");
    Ok(())
}
