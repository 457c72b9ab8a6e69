//! Instants and durations. Each type has one unit.
//!
//! Stored times are times of day, since processes share them. Decisions use the monotonic clock, since a time of day may jump.
//! A [`Deadline`] has both. [`Now`] is one reading of both clocks, and each decision uses one reading.
//!
//! ```
//! use fuseboard::time::{Deadline, Millis, Mono, Now, Wall};
//! let now = Now { wall: Wall(1_000), mono: Mono(5_000_000) };
//! let deadline = now.after(Millis(20));
//! assert_eq!(deadline.at, Wall(1_020));
//! assert_eq!(deadline.remaining(now), Millis(20));
//! assert!(deadline.reached(Now { wall: Wall(0), mono: Mono(25_000_000) }));
//! ```

use serde::{Deserialize, Serialize};

const NS_PER_MS: u64 = 1_000_000;

/// A duration in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    pub const ZERO: Millis = Millis(0);

    #[must_use]
    pub const fn from_secs(seconds: u64) -> Millis {
        Millis(seconds.saturating_mul(1_000))
    }

    #[must_use]
    pub const fn plus(self, other: Millis) -> Millis {
        Millis(self.0.saturating_add(other.0))
    }

    /// Converts to nanoseconds. Saturates at `u64::MAX`.
    #[must_use]
    pub const fn as_ns(self) -> u64 {
        self.0.saturating_mul(NS_PER_MS)
    }
}

/// A time of day: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wall(pub u64);

impl Wall {
    #[must_use]
    pub const fn plus(self, by: Millis) -> Wall {
        Wall(self.0.saturating_add(by.0))
    }

    /// The time since `earlier`, or zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Wall) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

/// A reading of this process's monotonic clock, in nanoseconds. Never stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mono(pub u64);

impl Mono {
    #[must_use]
    pub const fn plus(self, by: Millis) -> Mono {
        Mono(self.0.saturating_add(by.as_ns()))
    }

    /// The time since `earlier`, or zero if `earlier` is later. Rounded up, so that a wait in milliseconds is never too short.
    #[must_use]
    pub const fn since(self, earlier: Mono) -> Millis {
        Millis(self.0.saturating_sub(earlier.0).div_ceil(NS_PER_MS))
    }
}

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    pub wall: Wall,
    pub mono: Mono,
}

impl Now {
    /// The deadline after a wait of `by`.
    #[must_use]
    pub const fn after(self, by: Millis) -> Deadline {
        Deadline { at: self.wall.plus(by), due: self.mono.plus(by) }
    }

    /// The deadline at a stored time of day that this process reads for the first time. The monotonic time of a past deadline lies in
    /// the past by the same amount, since waits are counted from it.
    #[must_use]
    pub const fn deadline_at(self, at: Wall) -> Deadline {
        let behind = Mono(self.mono.0.saturating_sub(self.wall.since(at).as_ns()));
        Deadline { at, due: behind.plus(at.since(self.wall)) }
    }
}

/// The end of a wait. It is reached *at* its time.
///
/// Only `at` is stored. The reader sets `due` with [`Now::deadline_at`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wall", into = "Wall")]
pub struct Deadline {
    /// The stored time of day, shared by all processes.
    pub at: Wall,
    /// The monotonic time that this process uses. It is set once, so that a jump of the wall clock has no effect.
    pub due: Mono,
}

impl Deadline {
    #[must_use]
    pub const fn reached(self, now: Now) -> bool {
        now.mono.0 >= self.due.0
    }

    #[must_use]
    pub const fn remaining(self, now: Now) -> Millis {
        self.due.since(now.mono)
    }

    #[must_use]
    pub const fn plus(self, by: Millis) -> Deadline {
        Deadline { at: self.at.plus(by), due: self.due.plus(by) }
    }
}

impl From<Wall> for Deadline {
    fn from(at: Wall) -> Deadline {
        Deadline { at, due: Mono(0) }
    }
}

impl From<Deadline> for Wall {
    fn from(deadline: Deadline) -> Wall {
        deadline.at
    }
}
