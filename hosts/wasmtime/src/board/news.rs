//! Events on their way to listeners: after the engine has returned, with no lock held, and once a board.

use crate::error::Error;
use fuseboard::{CircuitKind, Event, EventKind, Scope};
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// Events of resolvers that are remembered, to tell each once.
const REMEMBERED_MAX: usize = 1_024;
/// A listener that calls the board may bring about further events, whose listeners call it again. A sound engine comes to an end by
/// itself; for another's sake it ends after so many calls within one another, and so many events in all.
const NESTED_MAX: u32 = 16;
const TOLD_AT_ONCE_MAX: u32 = 1_024;

pub(super) type Listener = Box<dyn Fn(&Event) + Send + Sync>;
pub(super) type ErrorListener = Box<dyn Fn(&Error) + Send + Sync>;

#[derive(Default)]
pub(super) struct News {
    pub(super) listeners: Vec<Listener>,
    pub(super) error_listeners: Vec<ErrorListener>,
    pub(super) told: Mutex<Told>,
}

/// Who of a board's instances told what first. A host or a name is served by one instance and its events pass as they come; a
/// resolver's, and those of the store, several instances see.
#[derive(Default)]
pub(super) struct Told {
    first: BTreeMap<Key, usize>,
    oldest: VecDeque<Key>,
    storage: Storage,
}

type Key = (Scope, EventKind, u64);

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Storage {
    #[default]
    There,
    Lost,
}

impl News {
    /// A listener may call the board, within bounds. Its panic is its own: the others still hear of the event, and the call goes on.
    pub(super) fn pass_on(&self, seat: usize, mut events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        events.retain(|event| told.is_new(seat, event));
        drop(told);
        let Some(_telling) = Telling::begin() else { return };
        for event in events.iter().take_while(|_| one_more()) {
            for listener in &self.listeners {
                drop(catch_unwind(AssertUnwindSafe(|| listener(event))));
            }
        }
    }

    /// An error that has no caller to go to: the call it belongs to was over.
    pub(super) fn tell_error(&self, error: &Error) {
        for listener in &self.error_listeners {
            drop(catch_unwind(AssertUnwindSafe(|| listener(error))));
        }
    }
}

thread_local! {
    static NESTED: Cell<u32> = const { Cell::new(0) };
    static TOLD_AT_ONCE: Cell<u32> = const { Cell::new(0) };
}

/// Events being told on this thread; none where too many calls of listeners stand within one another already.
struct Telling;

impl Telling {
    fn begin() -> Option<Telling> {
        let nested = NESTED.get();
        if nested == 0 {
            TOLD_AT_ONCE.set(0);
        }
        (nested < NESTED_MAX).then(|| {
            NESTED.set(nested + 1);
            Telling
        })
    }
}

/// Whether another event may be told before the outermost call has returned.
fn one_more() -> bool {
    TOLD_AT_ONCE.set(TOLD_AT_ONCE.get().saturating_add(1));
    TOLD_AT_ONCE.get() <= TOLD_AT_ONCE_MAX
}

impl Drop for Telling {
    fn drop(&mut self) {
        NESTED.set(NESTED.get().saturating_sub(1));
    }
}

impl Told {
    fn is_new(&mut self, seat: usize, event: &Event) -> bool {
        match (event.kind, &event.circuit) {
            (EventKind::StorageLost, _) => std::mem::replace(&mut self.storage, Storage::Lost) == Storage::There,
            (EventKind::StorageBack, _) => std::mem::replace(&mut self.storage, Storage::There) == Storage::Lost,
            (kind, Some(circuit)) if circuit.kind == CircuitKind::Resolver => {
                self.is_first(seat, (circuit.clone(), kind, event.generation))
            }
            _ => true,
        }
    }

    fn is_first(&mut self, seat: usize, key: Key) -> bool {
        if let Some(first) = self.first.get(&key) {
            return *first == seat;
        }
        if self.oldest.len() >= REMEMBERED_MAX
            && let Some(oldest) = self.oldest.pop_front()
        {
            self.first.remove(&oldest);
        }
        self.oldest.push_back(key.clone());
        self.first.insert(key, seat);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(circuit: Option<Scope>, kind: EventKind, generation: u64) -> Event {
        Event { circuit, kind, from: None, to: None, cause: String::new(), generation, at_ms: 0, here: true, last_failure: None }
    }

    #[test]
    fn a_resolvers_event_is_told_once_over_all_instances() {
        let mut told = Told::default();
        let opened = |generation| event(Some(Scope::resolver("r")), EventKind::PhaseChanged, generation);
        assert!(told.is_new(0, &opened(1)));
        assert!(!told.is_new(1, &opened(1)), "another instance has seen it too");
        assert!(told.is_new(1, &opened(2)));
        assert!(told.is_new(0, &event(Some(Scope::resolver("r")), EventKind::OverrideSet, 1)));
    }

    #[test]
    fn one_instances_events_pass_as_they_come() {
        let mut told = Told::default();
        let cooled = event(Some(Scope::host("a")), EventKind::CooldownSet, 0);
        assert!(told.is_new(0, &cooled) && told.is_new(0, &cooled), "a second cooldown of one generation is news");
    }

    #[test]
    fn the_store_is_lost_once_and_back_once() {
        let mut told = Told::default();
        let (lost, back) = (event(None, EventKind::StorageLost, 0), event(None, EventKind::StorageBack, 0));
        let heard = [(0, &lost), (1, &lost), (1, &back), (0, &back), (1, &lost)].map(|(seat, event)| told.is_new(seat, event));
        assert_eq!(heard, [true, false, true, false, true]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut told = Told::default();
        for generation in 0..5_000 {
            told.is_new(0, &event(Some(Scope::resolver("r")), EventKind::PhaseChanged, generation));
        }
        assert_eq!((told.first.len(), told.oldest.len()), (REMEMBERED_MAX, REMEMBERED_MAX));
    }

    #[test]
    fn a_listeners_panic_does_not_stop_the_others() {
        let heard = std::sync::Arc::new(Mutex::new(0));
        let counts = std::sync::Arc::clone(&heard);
        let listeners: Vec<Listener> = vec![Box::new(|_| panic!("a listener of its own")), Box::new(move |_| *counts.lock().unwrap() += 1)];
        let news = News { listeners, ..News::default() };
        news.pass_on(0, vec![event(None, EventKind::StorageLost, 0)]);
        assert_eq!(*heard.lock().unwrap(), 1);
    }

    #[test]
    fn listeners_that_bring_about_events_without_end_are_stopped() {
        for breadth in [1, 64] {
            let heard = std::sync::Arc::new(Mutex::new(0_u32));
            let counts = std::sync::Arc::clone(&heard);
            let news = std::sync::Arc::new_cyclic(|news: &std::sync::Weak<News>| {
                let news = news.clone();
                let again: Listener = Box::new(move |_| {
                    *counts.lock().unwrap() += 1;
                    news.upgrade().unwrap().pass_on(0, vec![event(None, EventKind::PolicyChanged, 0); breadth]);
                });
                News { listeners: vec![again], ..News::default() }
            });
            let hear = || {
                news.pass_on(0, vec![event(None, EventKind::PolicyChanged, 0)]);
                std::mem::take(&mut *heard.lock().unwrap())
            };
            let most = if breadth == 1 { NESTED_MAX } else { TOLD_AT_ONCE_MAX };
            assert_eq!([hear(), hear()], [most; 2], "and the next call is heard as the first was");
        }
    }
}
