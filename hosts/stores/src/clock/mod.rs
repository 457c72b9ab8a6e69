//! The system's clocks, a clock for tests, and a guard around clocks that panic.

mod guard;
mod manual;
mod system;

pub use guard::ClockGuard;
pub use manual::ManualClock;
pub use system::SystemClock;
