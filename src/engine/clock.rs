//! The two clocks that a host provides.

use crate::time::{Mono, Now, Wall};
use std::sync::Arc;

/// The two clocks.
pub trait Clock {
    /// The time of day. It may go back.
    fn wall(&self) -> Wall;
    /// The monotonic time. It never goes back, and must advance while the machine sleeps. Otherwise every wait becomes longer by the
    /// time slept.
    fn mono(&self) -> Mono;
    /// A monotonic time that is read faster. It may lag behind by some milliseconds, and may stand while the machine sleeps. Its readings
    /// are compared only with each other.
    fn coarse(&self) -> Mono {
        self.mono()
    }
}

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn wall(&self) -> Wall {
        (**self).wall()
    }

    fn mono(&self) -> Mono {
        (**self).mono()
    }

    fn coarse(&self) -> Mono {
        (**self).coarse()
    }
}

/// Offsets monotonic readings by 146 years. A deadline that had already passed when it was first read lies before the first reading, as
/// does the time at which a caller began to wait. Neither must underflow.
fn offset(reading: Mono) -> Mono {
    Mono(reading.0.saturating_add(1 << 62))
}

/// Reads the monotonic clock.
pub(super) fn mono(clock: &impl Clock) -> Mono {
    offset(clock.mono())
}

/// The time that a host passed with a request. A monotonic time before the latest one is out of order, and is replaced by the latest.
pub(super) fn not_before(now: Now, latest: Now) -> Now {
    let mono = offset(now.mono);
    if mono < latest.mono { latest } else { Now { wall: now.wall, mono } }
}

/// Reads both clocks.
pub(super) fn now(clock: &impl Clock) -> Now {
    Now { wall: clock.wall(), mono: mono(clock) }
}
