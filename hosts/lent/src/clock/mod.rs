//! Two clocks to lend an engine: the machine's, and one for tests that moves only when told to.

mod manual;
mod system;

pub use manual::ManualClock;
pub use system::SystemClock;
