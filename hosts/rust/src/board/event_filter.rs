//! Which engine of a board reports an event to the listeners, where several engines report it.

use fuseboard::{CircuitKind, Event, EventKind, Scope};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Events of resolvers that are remembered, so that each is reported once.
const REMEMBERED_MAX: usize = 1_024;

/// Removes duplicates between engines.
///
/// One engine serves a host or a name, so its events all pass. Several engines see a resolver and the store: of these, the first report
/// passes.
#[derive(Default)]
pub(super) struct EventFilter {
    /// The slot that reported an event first.
    first: BTreeMap<Key, usize>,
    oldest: VecDeque<Key>,
    /// The slots whose engines have lost the store since it was last back. It is lost while there are some.
    lost: BTreeSet<usize>,
}

type Key = (Scope, EventKind, u64);

impl EventFilter {
    pub(super) fn is_new(&mut self, slot: usize, event: &Event) -> bool {
        match (event.kind, &event.circuit) {
            (EventKind::StorageLost, _) => self.is_first_lost(slot),
            (EventKind::StorageBack, _) => self.is_first_back(),
            (kind, Some(circuit)) if circuit.kind == CircuitKind::Resolver => {
                self.is_first(slot, (circuit.clone(), kind, event.generation))
            }
            _ => true,
        }
    }

    fn is_first_lost(&mut self, slot: usize) -> bool {
        let is_first = self.lost.is_empty();
        self.lost.insert(slot);
        is_first
    }

    /// The other engines that have lost the store need not be asked: it answers, and some may have no call for hours.
    fn is_first_back(&mut self) -> bool {
        !std::mem::take(&mut self.lost).is_empty()
    }

    /// The engine in a slot was restarted, and knows of no outage. Returns whether none is left that does.
    pub(super) fn ends_by_restart(&mut self, slot: usize) -> bool {
        self.lost.remove(&slot) && self.lost.is_empty()
    }

    fn is_first(&mut self, slot: usize, key: Key) -> bool {
        if let Some(first) = self.first.get(&key) {
            return *first == slot;
        }
        if self.oldest.len() >= REMEMBERED_MAX
            && let Some(oldest) = self.oldest.pop_front()
        {
            self.first.remove(&oldest);
        }
        self.oldest.push_back(key.clone());
        self.first.insert(key, slot);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::Cause;

    fn event(circuit: Option<Scope>, kind: EventKind, generation: u64) -> Event {
        Event { circuit, generation, ..Event::new(kind, Cause::OtherBoard, "", 0) }
    }

    #[test]
    fn a_resolvers_event_is_reported_once_over_all_engines() {
        let mut filter = EventFilter::default();
        let opened = |generation| event(Some(Scope::resolver("r")), EventKind::PhaseChanged, generation);
        assert!(filter.is_new(0, &opened(1)));
        assert!(!filter.is_new(1, &opened(1)), "another engine reported it first");
        assert!(filter.is_new(1, &opened(2)));
        assert!(filter.is_new(0, &event(Some(Scope::resolver("r")), EventKind::OverrideSet, 1)));
    }

    #[test]
    fn equal_events_of_one_host_all_pass() {
        let mut filter = EventFilter::default();
        let cooled = event(Some(Scope::host("a")), EventKind::CooldownSet, 0);
        assert!(filter.is_new(0, &cooled) && filter.is_new(0, &cooled), "one generation may have two cooldowns");
    }

    #[test]
    fn the_store_is_reported_lost_once_and_back_once() {
        let mut filter = EventFilter::default();
        let (lost, back) = (event(None, EventKind::StorageLost, 0), event(None, EventKind::StorageBack, 0));
        let new = [(0, &lost), (1, &lost), (1, &back), (0, &back), (1, &lost)].map(|(slot, event)| filter.is_new(slot, event));
        assert_eq!(new, [true, false, true, false, true]);
    }

    #[test]
    fn records_of_a_newer_format_and_an_outage_of_the_store_do_not_hide_one_another() {
        let mut filter = EventFilter::default();
        let of_record = |host: &str, kind| event(Some(Scope::host(host)), kind, 0);
        assert!(filter.is_new(0, &of_record("a", EventKind::RecordNewer)));
        assert!(filter.is_new(0, &event(None, EventKind::StorageLost, 0)));
        assert!(filter.is_new(0, &of_record("b", EventKind::RecordNewer)));
        assert!(filter.is_new(0, &of_record("a", EventKind::RecordReadable)));
        assert!(filter.is_new(0, &event(None, EventKind::StorageBack, 0)));
        assert!(filter.is_new(0, &of_record("b", EventKind::RecordReadable)));
    }

    #[test]
    fn the_filter_remembers_a_bounded_number_of_events() {
        let mut filter = EventFilter::default();
        for generation in 0..5_000 {
            filter.is_new(0, &event(Some(Scope::resolver("r")), EventKind::PhaseChanged, generation));
        }
        assert_eq!((filter.first.len(), filter.oldest.len()), (REMEMBERED_MAX, REMEMBERED_MAX));
    }
}
