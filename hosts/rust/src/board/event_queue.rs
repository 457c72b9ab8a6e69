//! The events of a board in the order in which its engines reported them, until its listeners have received them.

use super::event_chain::EventChain;
use super::event_filter::EventFilter;
use fuseboard::Event;
use std::collections::VecDeque;

/// The most events that wait while a listener runs.
pub(super) const WAITING_MAX: usize = 10_000;

/// An event, and the chain that it belongs to.
#[derive(Clone)]
pub(super) struct QueuedEvent {
    pub(super) event: Event,
    pub(super) chain: EventChain,
}

#[derive(Default)]
pub(super) struct EventQueue {
    filter: EventFilter,
    waiting: VecDeque<QueuedEvent>,
    /// Whether a thread calls the listeners now.
    is_dispatching: bool,
    /// Whether events were dropped in this dispatch, because too many wait.
    has_dropped: bool,
}

/// Whether adding events has dropped some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// All of them wait, or events were dropped before.
    Unchanged,
    /// Some were dropped, because too many wait: the first ones in this dispatch.
    Began,
}

/// Whether a thread may call the listeners now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DispatchStart {
    /// It may: it takes the events one by one, until none is left.
    Started,
    /// Another thread does so already.
    Busy,
}

impl EventQueue {
    /// Removes the events that another engine reported before.
    pub(super) fn retain_new(&mut self, slot: usize, events: &mut Vec<Event>) {
        events.retain(|event| self.filter.is_new(slot, event));
    }

    /// The restarted engine in a slot knows of no outage. Returns whether it was the last one that had lost the store.
    pub(super) fn ends_by_restart(&mut self, slot: usize) -> bool {
        self.filter.ends_by_restart(slot)
    }

    #[must_use]
    pub(super) fn add(&mut self, events: impl Iterator<Item = QueuedEvent>) -> Loss {
        let mut loss = Loss::Unchanged;
        for event in events {
            if self.waiting.len() < WAITING_MAX {
                self.waiting.push_back(event);
            } else if !std::mem::replace(&mut self.has_dropped, true) {
                loss = Loss::Began;
            }
        }
        loss
    }

    pub(super) fn begin(&mut self) -> DispatchStart {
        if std::mem::replace(&mut self.is_dispatching, true) { DispatchStart::Busy } else { DispatchStart::Started }
    }

    /// The next event. If there is none, the dispatch is over.
    pub(super) fn next(&mut self) -> Option<QueuedEvent> {
        let next = self.waiting.pop_front();
        if next.is_none() {
            self.is_dispatching = false;
            self.has_dropped = false;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::{Cause, EventKind};

    fn event() -> QueuedEvent {
        QueuedEvent { event: Event::new(EventKind::PolicyChanged, Cause::Operator, "", 0), chain: EventChain::default() }
    }

    #[test]
    fn one_thread_at_a_time_dispatches_until_no_event_is_left() {
        let mut queue = EventQueue::default();
        assert_eq!(queue.add(std::iter::once(event())), Loss::Unchanged);
        assert_eq!([(); 2].map(|()| queue.begin()), [DispatchStart::Started, DispatchStart::Busy]);
        assert!(queue.next().is_some() && queue.begin() == DispatchStart::Busy, "its listeners still run");
        assert!(queue.next().is_none() && queue.begin() == DispatchStart::Started);
    }

    #[test]
    fn behind_a_listener_that_does_not_return_a_bounded_number_waits_and_the_loss_is_reported_once() {
        let mut queue = EventQueue::default();
        queue.begin();
        assert_eq!(queue.add(std::iter::repeat_n(event(), WAITING_MAX)), Loss::Unchanged);
        assert_eq!(queue.begin(), DispatchStart::Busy);
        assert_eq!([(); 2].map(|()| queue.add(std::iter::once(event()))), [Loss::Began, Loss::Unchanged]);
        assert_eq!(std::iter::from_fn(|| queue.next()).count(), WAITING_MAX);
        queue.begin();
        assert_eq!(queue.add(std::iter::repeat_n(event(), WAITING_MAX + 1)), Loss::Began, "in the next dispatch");
    }
}
