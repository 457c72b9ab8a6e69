//! Calls the listeners of a board: after the engine has returned, with no lock held.

use super::event_filter::EventFilter;
use crate::error::Error;
use fuseboard::Event;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// A listener may call the board, which may cause further events, whose listeners call the board again. A correct engine ends such a
/// chain by itself. For an incorrect one, these are the most nested dispatches on a thread, and the most events in all of them.
const NESTED_MAX: u32 = 16;
const EVENTS_PER_CALL_MAX: u32 = 1_024;

pub(super) type Listener = Box<dyn Fn(&Event) + Send + Sync>;
pub(super) type ErrorListener = Box<dyn Fn(&Error) + Send + Sync>;

#[derive(Default)]
pub(super) struct EventDispatcher {
    listeners: Arc<[Listener]>,
    error_listeners: Arc<[ErrorListener]>,
    filter: Mutex<EventFilter>,
}

impl EventDispatcher {
    pub(super) fn new(listeners: Vec<Listener>, error_listeners: Vec<ErrorListener>) -> EventDispatcher {
        EventDispatcher { listeners: listeners.into(), error_listeners: error_listeners.into(), filter: Mutex::default() }
    }

    /// The dispatcher of a forked child: the same listeners, and no events remembered.
    pub(super) fn of_child(&self) -> EventDispatcher {
        let (listeners, error_listeners) = (Arc::clone(&self.listeners), Arc::clone(&self.error_listeners));
        EventDispatcher { listeners, error_listeners, filter: Mutex::default() }
    }

    /// Passes the events of the engine in a slot to every listener. A listener that panics affects neither the others nor the call.
    pub(super) fn dispatch(&self, slot: usize, mut events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let mut filter = self.filter.lock().unwrap_or_else(PoisonError::into_inner);
        events.retain(|event| filter.is_new(slot, event));
        drop(filter);
        let Some(_guard) = DispatchGuard::enter() else { return };
        for event in events.iter().take_while(|_| count_event()) {
            for listener in &*self.listeners {
                drop(catch_unwind(AssertUnwindSafe(|| listener(event))));
            }
        }
    }

    /// Passes on an error that no caller can receive, because its call has already returned.
    pub(super) fn dispatch_error(&self, error: &Error) {
        for listener in &*self.error_listeners {
            drop(catch_unwind(AssertUnwindSafe(|| listener(error))));
        }
    }
}

thread_local! {
    static NESTED: Cell<u32> = const { Cell::new(0) };
    static EVENTS: Cell<u32> = const { Cell::new(0) };
}

/// A dispatch that runs on this thread.
struct DispatchGuard;

impl DispatchGuard {
    /// `None` if too many dispatches are nested already.
    fn enter() -> Option<DispatchGuard> {
        let nested = NESTED.get();
        if nested == 0 {
            EVENTS.set(0);
        }
        (nested < NESTED_MAX).then(|| {
            NESTED.set(nested + 1);
            DispatchGuard
        })
    }
}

/// Counts an event of the outermost dispatch on this thread. Returns whether it is within the limit.
fn count_event() -> bool {
    EVENTS.set(EVENTS.get().saturating_add(1));
    EVENTS.get() <= EVENTS_PER_CALL_MAX
}

impl Drop for DispatchGuard {
    fn drop(&mut self) {
        NESTED.set(NESTED.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::{Cause, EventKind};
    use std::sync::Weak;

    fn event(kind: EventKind) -> Event {
        Event::new(kind, Cause::Store, "", 0)
    }

    #[test]
    fn a_panic_in_a_listener_does_not_stop_the_others() {
        let calls = Arc::new(Mutex::new(0));
        let counter = Arc::clone(&calls);
        let listeners: Vec<Listener> =
            vec![Box::new(|_| panic!("a fault of the listener")), Box::new(move |_| *counter.lock().unwrap() += 1)];
        let events = EventDispatcher::new(listeners, Vec::new());
        events.dispatch(0, vec![event(EventKind::StorageLost)]);
        assert_eq!(*calls.lock().unwrap(), 1);
    }

    #[test]
    fn listeners_that_cause_events_without_end_are_cut_off() {
        for breadth in [1, 64] {
            let calls = Arc::new(Mutex::new(0_u32));
            let counter = Arc::clone(&calls);
            let events = Arc::new_cyclic(|events: &Weak<EventDispatcher>| {
                let events = events.clone();
                let cause_more: Listener = Box::new(move |_| {
                    *counter.lock().unwrap() += 1;
                    events.upgrade().unwrap().dispatch(0, vec![event(EventKind::PolicyChanged); breadth]);
                });
                EventDispatcher::new(vec![cause_more], Vec::new())
            });
            let calls_of_one_dispatch = || {
                events.dispatch(0, vec![event(EventKind::PolicyChanged)]);
                std::mem::take(&mut *calls.lock().unwrap())
            };
            let most = if breadth == 1 { NESTED_MAX } else { EVENTS_PER_CALL_MAX };
            assert_eq!([calls_of_one_dispatch(), calls_of_one_dispatch()], [most; 2], "the count starts again with the next call");
        }
    }
}
