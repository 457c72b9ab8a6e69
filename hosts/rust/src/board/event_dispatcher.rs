//! Calls the listeners of a board: after the engine has returned, with no lock held.

use super::deferred_error::DeferredError;
use super::event_chain::{EventChain, NextChain};
use super::event_queue::{DispatchStart, EventQueue, Loss, QueuedEvent};
use crate::error::Error;
use fuseboard::Event;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    deferred: Mutex<Vec<DeferredError>>,
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
            self.add(&mut queue, events);
        }
    }

    /// Adds events, except those by which listeners exceed their limit, and those for which there is no room.
    fn add(&self, queue: &mut EventQueue, events: &[Event]) {
        let loss = queue.add(events.iter().filter_map(|event| match EventChain::next() {
            NextChain::Within(chain) => Some(QueuedEvent { event: event.clone(), chain }),
            NextChain::FirstBeyond => {
                self.defer(DeferredError::ChainCut);
                None
            }
            NextChain::Beyond => None,
        }));
        if loss == Loss::Began {
            self.defer(DeferredError::EventsDropped);
        }
    }

    /// Queues the event that the store is back, if the restarted engine in a slot was the last one that had lost it. To be called while
    /// that engine is locked.
    pub(super) fn enqueue_restart(&self, slot: usize, back: Event) {
        let mut queue = self.queue();
        if queue.ends_by_restart(slot) {
            self.add(&mut queue, &[back]);
            self.has_unanswered.store(true, Ordering::Relaxed);
        }
    }

    /// Reports an error with the next dispatch: once, however often it occurs until then.
    pub(super) fn defer(&self, error: DeferredError) {
        let mut deferred = self.deferred();
        if !deferred.contains(&error) {
            deferred.push(error);
        }
        self.has_unanswered.store(true, Ordering::Relaxed);
    }

    /// Whether an event may wait that no request has returned, or an error.
    #[inline]
    pub(super) fn has_unanswered(&self) -> bool {
        self.has_unanswered.load(Ordering::Relaxed)
    }

    /// Passes every queued event to every listener, unless a thread does so already: then that one passes them on. A listener that
    /// panics affects neither the others nor the call.
    pub(super) fn dispatch(&self) {
        if self.has_unanswered.swap(false, Ordering::Relaxed) {
            let deferred = std::mem::take(&mut *self.deferred());
            for error in deferred {
                self.dispatch_error(&error.to_error());
            }
        }
        let start = self.queue().begin();
        if start == DispatchStart::Busy {
            return;
        }
        // The queue is not locked while a listener runs.
        while let Some(QueuedEvent { event, chain }) = self.next() {
            let _chain = chain.enter();
            for listener in &*self.listeners {
                drop(catch_unwind(AssertUnwindSafe(|| listener(&event))));
            }
        }
    }

    fn next(&self) -> Option<QueuedEvent> {
        self.queue().next()
    }

    /// Passes on an error that no caller can receive, because its call has already returned.
    pub(super) fn dispatch_error(&self, error: &Error) {
        for listener in &*self.error_listeners {
            drop(catch_unwind(AssertUnwindSafe(|| listener(error))));
        }
    }

    fn deferred(&self) -> MutexGuard<'_, Vec<DeferredError>> {
        self.deferred.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, EventQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::event_chain::CAUSED_BY_LISTENERS_MAX;
    use super::super::event_queue::WAITING_MAX;
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

    /// The number of events, and the errors.
    type Received = Arc<Mutex<(u32, Vec<String>)>>;

    /// A dispatcher whose listener causes events as `cause` says, and what it has passed on.
    fn causing(cause: impl Fn(&Event) -> Vec<Event> + Send + Sync + 'static) -> (Arc<EventDispatcher>, Received) {
        let received = Received::default();
        let (counter, writer) = (Arc::clone(&received), Arc::clone(&received));
        let dispatcher = Arc::new_cyclic(|events: &Weak<EventDispatcher>| {
            let events = events.clone();
            let listener: Listener = Box::new(move |event| {
                counter.lock().unwrap().0 += 1;
                dispatch(&events.upgrade().unwrap(), cause(event));
            });
            let on_error: ErrorListener = Box::new(move |error| writer.lock().unwrap().1.push(error.to_string()));
            EventDispatcher::new(vec![listener], vec![on_error])
        });
        (dispatcher, received)
    }

    #[test]
    fn many_events_whose_listeners_cause_one_each_are_all_passed_on() {
        let (events, received) = causing(|cause| if cause.generation == 0 { vec![event(1)] } else { Vec::new() });
        (0..2_000).for_each(|_| events.enqueue(0, &mut vec![event(0)]));
        events.dispatch();
        assert_eq!(*received.lock().unwrap(), (4_000, Vec::new()));
    }

    #[test]
    fn a_chain_of_events_that_is_cut_off_is_reported_once() {
        let (events, received) = causing(|_| vec![event(0); 3]);
        dispatch(&events, vec![event(0)]);
        let received = received.lock().unwrap();
        assert!(matches!(received.1.as_slice(), [error] if error.contains("1024 events followed from one")), "{received:?}");
    }

    #[test]
    fn a_loss_is_reported_although_the_dispatch_behind_which_the_events_waited_is_over() {
        let errors = Arc::new(Mutex::new(0));
        let counter = Arc::clone(&errors);
        let events = EventDispatcher::new(vec![Box::new(|_| ())], vec![Box::new(move |_| *counter.lock().unwrap() += 1)]);
        assert_eq!(events.queue().begin(), DispatchStart::Started, "a thread calls the listeners");
        events.enqueue(0, &mut vec![event(0); WAITING_MAX + 1]);
        while events.next().is_some() {}
        events.dispatch();
        events.dispatch();
        assert_eq!(*errors.lock().unwrap(), 1);
    }
}
