//! Instants and durations. Each type has one unit.
//!
//! Stored times are times of day, since processes share them. Decisions use the monotonic clock, since a time of day may jump.
//! A [`Deadline`] and a [`Stamp`] have both. [`Now`] is one reading of both clocks, and each decision uses one reading.
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

    #[must_use]
    pub const fn minus(self, by: Millis) -> Mono {
        Mono(self.0.saturating_sub(by.as_ns()))
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
        Deadline { at, due: self.stamp_at(at).mono.plus(at.since(self.wall)) }
    }

    /// The stamp of what happens now.
    #[must_use]
    pub const fn stamp(self) -> Stamp {
        Stamp { at: self.wall, mono: self.mono }
    }

    /// The stamp of what happened this long ago.
    #[must_use]
    pub const fn ago(self, by: Millis) -> Stamp {
        Stamp { at: Wall(self.wall.0.saturating_sub(by.0)), mono: Mono(self.mono.0.saturating_sub(by.as_ns())) }
    }

    /// The stamp at a stored time of day that this process reads for the first time. A stamp in the future counts from now.
    #[must_use]
    pub const fn stamp_at(self, at: Wall) -> Stamp {
        Stamp { at, ..self.ago(self.wall.since(at)) }
    }

    /// The stamp to store. A time of day that is more than `skew` in the future is replaced by the one at which it happened by this
    /// clock. Otherwise a process that starts later would read it as now again.
    #[must_use]
    pub fn restamp(self, stamp: Stamp, skew: Millis) -> Stamp {
        if stamp.at > self.wall.plus(skew) { self.dated(stamp) } else { stamp }
    }

    /// The same moment, with its time of day by this clock.
    #[must_use]
    pub const fn dated(self, stamp: Stamp) -> Stamp {
        let whole_ms = self.mono.0.saturating_sub(stamp.mono.0) / NS_PER_MS;
        Stamp { at: Wall(self.wall.0.saturating_sub(whole_ms)), ..stamp }
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

/// When something happened.
///
/// Only `at` is stored. The reader sets `mono` with [`Now::stamp_at`].
///
/// ```
/// use fuseboard::time::{Millis, Mono, Now, Wall};
/// let happened = Now { wall: Wall(9_000), mono: Mono(5_000_000) }.stamp();
/// let set_back = Now { wall: Wall(0), mono: Mono(25_000_000) };
/// assert_eq!(happened.age(set_back), Millis(20));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wall", into = "Wall")]
pub struct Stamp {
    /// The stored time of day, shared by all processes.
    pub at: Wall,
    /// The monotonic time that this process uses. It is set once, so that a jump of the wall clock changes no age.
    pub mono: Mono,
}

impl Stamp {
    /// How long ago it was, or zero if it is in the future. Rounded up.
    #[must_use]
    pub const fn age(self, now: Now) -> Millis {
        now.mono.since(self.mono)
    }

    /// Whether it was at least this long ago.
    #[must_use]
    pub const fn is_aged(self, by: Millis, now: Now) -> bool {
        self.mono.plus(by).0 <= now.mono.0
    }
}

impl From<Wall> for Stamp {
    fn from(at: Wall) -> Stamp {
        Stamp { at, mono: Mono(0) }
    }
}

impl From<Stamp> for Wall {
    fn from(stamp: Stamp) -> Wall {
        stamp.at
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Now = Now { wall: Wall(100_000), mono: Mono(500_000_000_000) };

    #[test]
    fn a_stamp_within_the_skew_keeps_its_time_of_day() {
        let stamp = |at| Stamp { at: Wall(at), mono: Mono(490_000_000_000) };
        for at in [0, 90_000, 101_000] {
            assert_eq!(NOW.restamp(stamp(at), Millis(1_000)), stamp(at));
        }
        assert_eq!(NOW.restamp(stamp(101_001), Millis(1_000)), stamp(90_000));
    }

    #[test]
    fn a_stamp_is_dated_back_by_whole_milliseconds() {
        let stamp = Stamp { at: Wall(7), mono: Mono(499_998_000_001) };
        assert_eq!(NOW.dated(stamp), Stamp { at: Wall(99_999), ..stamp });
        assert_eq!(stamp.age(NOW), Millis(2), "ages are rounded up");
        assert!(stamp.is_aged(Millis(1), NOW) && !stamp.is_aged(Millis(2), NOW));
        assert_eq!(NOW.dated(Stamp::default()).at, Wall(0), "not before 1970");
    }
}
