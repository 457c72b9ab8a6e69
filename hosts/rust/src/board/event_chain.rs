//! Limits the events that listeners cause.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A listener may call the board, which may cause further events, whose listeners call the board again. A correct engine ends such a
/// chain by itself. For an incorrect one, this is the most events that may follow from one event.
pub(super) const CAUSED_BY_LISTENERS_MAX: u32 = 1_024;

thread_local! {
    /// The chain of the event that listeners receive on this thread. `None`: no listener runs here.
    static CURRENT: RefCell<Option<EventChain>> = const { RefCell::new(None) };
}

/// An event and those that follow from it: its listeners caused them, or the listeners of another one that follows from it. It has the
/// number of those, and goes on over boards.
#[derive(Clone, Default)]
pub(super) struct EventChain(Arc<AtomicU32>);

/// The chain of a new event.
pub(super) enum NextChain {
    Within(EventChain),
    /// Too many events have followed from the first one. This is the first that is dropped.
    FirstBeyond,
    Beyond,
}

impl EventChain {
    /// The chain of an event that a request on this thread has caused: a new one, unless a listener made the request.
    pub(super) fn next() -> NextChain {
        // A thread that ends has no current chain any more.
        let current = CURRENT.try_with(|current| current.borrow().clone()).unwrap_or_default();
        let Some(chain) = current else { return NextChain::Within(EventChain::default()) };
        match chain.count() {
            0..CAUSED_BY_LISTENERS_MAX => NextChain::Within(chain),
            CAUSED_BY_LISTENERS_MAX => NextChain::FirstBeyond,
            _ => NextChain::Beyond,
        }
    }

    /// Counts an event that follows. Returns how many there were before.
    fn count(&self) -> u32 {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |caused| Some(caused.saturating_add(1))).unwrap_or(u32::MAX)
    }

    /// Listeners receive an event of this chain on this thread, until the guard is dropped. A listener may call another board, whose
    /// dispatch is then nested.
    pub(super) fn enter(self) -> ChainGuard {
        ChainGuard { outer: CURRENT.try_with(|current| current.replace(Some(self))).unwrap_or_default() }
    }
}

pub(super) struct ChainGuard {
    outer: Option<EventChain>,
}

impl Drop for ChainGuard {
    fn drop(&mut self) {
        let outer = self.outer.take();
        drop(CURRENT.try_with(|current| current.replace(outer)));
    }
}
