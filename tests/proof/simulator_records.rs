//! What the store of a random run holds, and how it changes.

use crate::observer::StoredEntry;
use crate::record_change::RecordChange;
use crate::simulator::Simulator;
use crate::stored::Record;
use fuseboard::time::Millis;
use fuseboard::{Clock, Lookup, Operation, Store, Token, key};

impl Simulator {
    /// The time in milliseconds. There is one clock.
    pub fn now_ms(&self) -> u64 {
        self.driver.clock.wall().0
    }

    /// The entry that is stored under a key now.
    pub fn entry(&mut self, key: &str) -> StoredEntry {
        let known = self.entries.get(key).cloned();
        let revision = known.as_ref().and_then(|known| known.revision);
        let entry = match (self.driver.store.load(key, revision, Millis(1)), known) {
            (Ok(Lookup::Unchanged), Some(known)) => return known,
            (Ok(Lookup::Found(entry)), _) => {
                StoredEntry { revision: Some(entry.revision), record: Record::read(Some(&entry.value)).into(), text: entry.value }
            }
            _ => StoredEntry { revision: None, text: String::new(), record: Record::read(None).into() },
        };
        self.entries.insert(key.to_owned(), entry.clone());
        entry
    }

    /// What a swap is about to replace, with its key.
    pub fn swapped_entry(&mut self, token: Token) -> Option<(String, StoredEntry)> {
        let Operation::Swap { key, .. } = &self.driver.operations[&token] else { return None };
        let key = key.to_string();
        let entry = self.entry(&key);
        Some((key, entry))
    }

    /// Checks what a swap made of the record that it replaced.
    pub fn check_swapped(&mut self, token: Token, swapped: Option<(String, StoredEntry)>) {
        let Some((key, before)) = swapped else { return };
        let (after, now) = (self.entry(&key), self.now_ms());
        let (Some(before), Some(after)) = (before.record.as_ref(), after.record.as_ref()) else { return };
        if !self.operating.contains(&token) {
            RecordChange { before, after, now }.check(&self.settings, self.observer.trial_calls_max);
        }
        for scope in self.observer.circuits().into_iter().filter(|scope| key::key(scope) == key) {
            self.observer.catch_up(&scope, after, now, now);
        }
    }
}
