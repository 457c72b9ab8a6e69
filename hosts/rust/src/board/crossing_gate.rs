//! The gate that keeps requests out of the engines while the process forks.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

thread_local! {
    /// The gates that this thread has closed. Its own requests pass them: it would wait for itself.
    static CLOSED_HERE: Cell<u32> = const { Cell::new(0) };
}

#[derive(Default)]
pub(super) struct CrossingGate {
    /// How many threads are between the two hooks of a fork.
    closed: AtomicU32,
    lock: Mutex<()>,
    opened: Condvar,
}

impl CrossingGate {
    /// Closes the gate. A request that read it as open may still be under way: lock each engine once to wait for it.
    pub(super) fn close(&self) {
        CLOSED_HERE.set(CLOSED_HERE.get().saturating_add(1));
        self.closed.fetch_add(1, Ordering::SeqCst);
    }

    /// Opens the gate again, on the thread that closed it.
    pub(super) fn open(&self) {
        CrossingGate::forget_closing();
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.closed.fetch_sub(1, Ordering::SeqCst);
        self.opened.notify_all();
        drop(lock);
    }

    /// In a forked child: the thread no longer counts as one that closed a gate. The child has a gate of its own, which is open.
    pub(super) fn forget_closing() {
        CLOSED_HERE.set(CLOSED_HERE.get().saturating_sub(1));
    }

    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.closed.load(Ordering::SeqCst) == 0 || CLOSED_HERE.get() > 0
    }

    pub(super) fn wait_until_open(&self) {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.is_open() {
            lock = self.opened.wait(lock).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
