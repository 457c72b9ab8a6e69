//! What a busy machine adds to the time of a call: how long this thread was ready to run and did not.

use std::time::Duration;

/// The time that this thread has waited for a processor since it began: `run_delay` of the kernel's statistics. Zero where the system
/// does not report it.
#[must_use]
pub fn machine_delay() -> Duration {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let waited_ns = statistics.split_whitespace().nth(1).and_then(|field| field.parse().ok());
    Duration::from_nanos(waited_ns.unwrap_or(0))
}
