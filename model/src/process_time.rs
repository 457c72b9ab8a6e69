//! The clocks of a process.

use fuseboard::time::{Mono, Now, Wall};

/// The time of day at which the model begins, in milliseconds since 1970.
pub const START: u64 = 1_800_000_000_000;
/// The monotonic time at which the model begins, in nanoseconds.
const MONO_START: u64 = 1_000_000_000;
const NS_PER_MS: u64 = 1_000_000;

/// What the two clocks of a process show, in a form that can be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcessTime {
    /// Milliseconds since 1970.
    pub wall: u64,
    /// Nanoseconds.
    pub mono: u64,
}

impl ProcessTime {
    /// The clocks of a process at a true time, in milliseconds since the model began. `offset` is how far its time of day is ahead, in
    /// milliseconds.
    #[must_use]
    pub fn new(true_time: u64, offset: i64) -> ProcessTime {
        ProcessTime { wall: (START + true_time).saturating_add_signed(offset), mono: MONO_START + true_time * NS_PER_MS }
    }

    pub fn now(self) -> Now {
        Now { wall: Wall(self.wall), mono: Mono(self.mono) }
    }
}
