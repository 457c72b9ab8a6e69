//! Tells a process from those that it was forked from.

use std::sync::atomic::{AtomicU32, Ordering};

static FORKS: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between this process and the first one. So a child finds that a permit was taken by its parent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    #[inline]
    pub(crate) fn current() -> Process {
        Process(FORKS.load(Ordering::Relaxed))
    }

    /// To be called once in a forked child. Called again, it is a further process, in which the permits of before are the parent's too.
    pub(crate) fn begin_child() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
}
