//! The two clocks that a host provides.

use crate::time::{Mono, Wall};
use std::sync::Arc;

/// The two clocks.
pub trait Clock {
    /// The time of day. It may go back.
    fn wall(&self) -> Wall;
    /// The monotonic time. It never goes back, and must run on while the machine sleeps: with a clock that stands then, every wait
    /// lasts longer by the time slept.
    fn mono(&self) -> Mono;
}

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn wall(&self) -> Wall {
        (**self).wall()
    }

    fn mono(&self) -> Mono {
        (**self).mono()
    }
}
