//! Calls the listeners of a board: after the engine has returned, with no lock held.

use super::event_queue::{DispatchStart, EventQueue, WAITING_MAX};
use crate::error::Error;
use fuseboard::Event;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A listener may call the board, which may cause further events, whose listeners call the board again. A correct engine ends such a
/// chain by itself. For an incorrect one, this is the most events that the listeners of one dispatch may cause.
const CAUSED_BY_LISTENERS_MAX: u32 = 1_024;

pub(super) type Listener = Box<dyn Fn(&Event) + Send + Sync>;
pub(super) type ErrorListener = Box<dyn Fn(&Error) + Send + Sync>;

/// Passes events to listeners in the order in which the engines reported them.
///
/// One thread at a time calls the listeners. It also passes on what the calls of other threads cause meanwhile, so no thread waits for
/// another one's listener.
#[derive(Default)]
pub(super) struct EventDispatcher {
    listeners: Arc<[Listener]>,
    error_listeners: Arc<[ErrorListener]>,
    queue: Mutex<EventQueue>,
    /// Whether something may wait that is in no answer: an event, or an error.
    has_unanswered: AtomicBool,
    /// Whether a waker panicked, and no error listener has received that.
    waker_panicked: AtomicBool,
}

impl EventDispatcher {
    pub(super) fn new(listeners: Vec<Listener>, error_listeners: Vec<ErrorListener>) -> EventDispatcher {
        EventDispatcher { listeners: listeners.into(), error_listeners: error_listeners.into(), ..EventDispatcher::default() }
    }

    /// The dispatcher of a forked child: the same listeners, and no events remembered.
    pub(super) fn of_child(&self) -> EventDispatcher {
        let (listeners, error_listeners) = (Arc::clone(&self.listeners), Arc::clone(&self.error_listeners));
        EventDispatcher { listeners, error_listeners, ..EventDispatcher::default() }
    }

    /// Queues events of the engine in a slot, and removes those that another engine reported before. To be called while that engine is
    /// locked: otherwise a later event of the same circuit might come first.
    pub(super) fn enqueue(&self, slot: usize, events: &mut Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let mut queue = self.queue();
        queue.retain_new(slot, events);
        if !self.listeners.is_empty() {
            queue.add(events.iter().filter(|_| count_caused()));
        }
    }

    /// Queues the event that the store is back, if the restarted engine in a slot was the last one that had lost it. To be called while
    /// that engine is locked.
    pub(super) fn enqueue_restart(&self, slot: usize, back: &Event) {
        self.queue().add_restart(slot, back);
        self.has_unanswered.store(true, Ordering::Relaxed);
    }

    /// Reports with the next dispatch that a waker panicked.
    pub(super) fn defer_waker_panic(&self) {
        self.waker_panicked.store(true, Ordering::Relaxed);
        self.has_unanswered.store(true, Ordering::Release);
    }

    /// Whether an event may wait that no request has returned, or an error.
    #[inline]
    pub(super) fn has_unanswered(&self) -> bool {
        self.has_unanswered.load(Ordering::Relaxed)
    }

    /// Passes every queued event to every listener, unless a thread does so already: then that one passes them on. A listener that
    /// panics affects neither the others nor the call.
    pub(super) fn dispatch(&self) {
        if self.has_unanswered.swap(false, Ordering::Acquire) && self.waker_panicked.swap(false, Ordering::Relaxed) {
            self.dispatch_error(&Error::waker_panicked());
        }
        let start = self.queue().begin();
        match start {
            DispatchStart::Started => {}
            DispatchStart::Busy => return,
            DispatchStart::Overflowed => return self.dispatch_error(&Error::events_dropped(WAITING_MAX)),
        }
        let _guard = DispatchGuard::enter();
        // The queue is not locked while a listener runs.
        while let Some(event) = self.next() {
            for listener in &*self.listeners {
                drop(catch_unwind(AssertUnwindSafe(|| listener(&event))));
            }
        }
    }

    fn next(&self) -> Option<Event> {
        self.queue().next()
    }

    /// Passes on an error that no caller can receive, because its call has already returned.
    pub(super) fn dispatch_error(&self, error: &Error) {
        for listener in &*self.error_listeners {
            drop(catch_unwind(AssertUnwindSafe(|| listener(error))));
        }
    }

    fn queue(&self) -> MutexGuard<'_, EventQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

thread_local! {
    /// The events that listeners of the dispatch on this thread have caused. `None`: there is no such dispatch.
    static CAUSED: Cell<Option<u32>> = const { Cell::new(None) };
}

/// A dispatch that runs on this thread. A listener may call another board, whose dispatch is then nested.
struct DispatchGuard {
    outer: Option<u32>,
}

impl DispatchGuard {
    fn enter() -> DispatchGuard {
        let outer = CAUSED.get();
        CAUSED.set(Some(outer.unwrap_or(0)));
        DispatchGuard { outer }
    }
}

/// Counts an event if a listener caused it. Returns whether it is within the limit.
fn count_caused() -> bool {
    let Some(caused) = CAUSED.get() else { return true };
    CAUSED.set(Some(caused.saturating_add(1)));
    caused < CAUSED_BY_LISTENERS_MAX
}

impl Drop for DispatchGuard {
    fn drop(&mut self) {
        // What the listeners of a nested dispatch caused counts for the outer one too.
        CAUSED.set(self.outer.and_then(|_| CAUSED.get()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::{Cause, EventKind};
    use std::sync::Weak;

    fn event(generation: u64) -> Event {
        Event { generation, ..Event::new(EventKind::PolicyChanged, Cause::Operator, "", 0) }
    }

    fn dispatch(events: &EventDispatcher, mut list: Vec<Event>) {
        events.enqueue(0, &mut list);
        events.dispatch();
    }

    /// A dispatcher, and the generations of the events that its listener received.
    fn recorded() -> (EventDispatcher, Arc<Mutex<Vec<u64>>>) {
        let received = Arc::<Mutex<Vec<u64>>>::default();
        let writer = Arc::clone(&received);
        let listener: Listener = Box::new(move |event| writer.lock().unwrap().push(event.generation));
        (EventDispatcher::new(vec![listener], Vec::new()), received)
    }

    #[test]
    fn a_panic_in_a_listener_does_not_stop_the_others() {
        let calls = Arc::new(Mutex::new(0));
        let counter = Arc::clone(&calls);
        let listeners: Vec<Listener> =
            vec![Box::new(|_| panic!("a fault of the listener")), Box::new(move |_| *counter.lock().unwrap() += 1)];
        let events = EventDispatcher::new(listeners, Vec::new());
        dispatch(&events, vec![event(1)]);
        dispatch(&events, vec![event(2)]);
        assert_eq!(*calls.lock().unwrap(), 2);
    }

    #[test]
    fn events_are_passed_on_in_the_order_of_the_queue_whichever_thread_comes_first() {
        let (events, received) = recorded();
        events.enqueue(0, &mut vec![event(1)]);
        events.enqueue(0, &mut vec![event(2)]);
        events.dispatch();
        assert_eq!(*received.lock().unwrap(), [1, 2]);
        events.dispatch();
        assert_eq!(*received.lock().unwrap(), [1, 2], "once");
    }

    #[test]
    fn an_event_that_comes_while_a_listener_runs_is_passed_on_after_it() {
        let received = Arc::<Mutex<Vec<String>>>::default();
        let writer = Arc::clone(&received);
        let events = Arc::new_cyclic(|events: &Weak<EventDispatcher>| {
            let events = events.clone();
            let listener: Listener = Box::new(move |received| {
                let events = events.upgrade().unwrap();
                writer.lock().unwrap().push(format!("begin {}", received.generation));
                if received.generation == 1 {
                    std::thread::scope(|scope| scope.spawn(|| dispatch(&events, vec![event(2)])).join().unwrap());
                }
                writer.lock().unwrap().push(format!("end {}", received.generation));
            });
            EventDispatcher::new(vec![listener], Vec::new())
        });
        dispatch(&events, vec![event(1)]);
        assert_eq!(*received.lock().unwrap(), ["begin 1", "end 1", "begin 2", "end 2"]);
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
                    dispatch(&events.upgrade().unwrap(), vec![event(0); breadth]);
                });
                EventDispatcher::new(vec![cause_more], Vec::new())
            });
            let calls_of_one_dispatch = || {
                dispatch(&events, vec![event(0)]);
                std::mem::take(&mut *calls.lock().unwrap())
            };
            let most = CAUSED_BY_LISTENERS_MAX + 1;
            assert_eq!([calls_of_one_dispatch(), calls_of_one_dispatch()], [most; 2], "the count starts again with the next call");
        }
    }
}
