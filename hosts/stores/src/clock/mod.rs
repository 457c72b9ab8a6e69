//! The system's clocks, a clock for tests, and a guard around clocks that panic.

mod boot_time;
mod guard;
mod manual;
mod system;

pub use guard::ClockGuard;
pub use manual::{DuringSleep, ManualClock};
pub use system::SystemClock;
