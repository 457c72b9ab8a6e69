//! Instants and durations, each with its unit in its type.
//!
//! Storage holds times of day, since they are shared; decisions go by the monotonic clock, since a time of day may jump.
//! A [`Deadline`] has both, and [`Now`] is the one reading of the two clocks that a decision is made by.
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

/// A length of time in milliseconds.
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

    /// In nanoseconds, at most what 64 bits hold.
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

    /// How long after `earlier`; zero if it is not.
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

    /// How long after `earlier`, rounded up, so that a wait told in milliseconds is never too short; zero if it is not.
    #[must_use]
    pub const fn since(self, earlier: Mono) -> Millis {
        Millis(self.0.saturating_sub(earlier.0).div_ceil(NS_PER_MS))
    }
}

/// The one reading of both clocks by which a decision is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    pub wall: Wall,
    pub mono: Mono,
}

impl Now {
    /// The deadline that lies `by` ahead.
    #[must_use]
    pub const fn after(self, by: Millis) -> Deadline {
        Deadline { at: self.wall.plus(by), due: self.mono.plus(by) }
    }

    /// A stored time of day as this process first meets it. One that is over lies behind, as far as it was, since waits are
    /// counted from it.
    #[must_use]
    pub const fn deadline_at(self, at: Wall) -> Deadline {
        let behind = Mono(self.mono.0.saturating_sub(self.wall.since(at).as_ns()));
        Deadline { at, due: behind.plus(at.since(self.wall)) }
    }
}

/// A point in time that something waits for. Reached *at* its time.
///
/// Stored as `at` alone: who reads it fixes `due` with [`Now::meet`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wall", into = "Wall")]
pub struct Deadline {
    /// As stored and shared.
    pub at: Wall,
    /// What this process goes by: fixed when it first met `at`, so that a jump of the wall clock changes nothing.
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
