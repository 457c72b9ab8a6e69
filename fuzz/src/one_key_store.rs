//! A store of one key. Each write increments its revision.

use fuseboard::{Entry, Lookup, Operation, Page, Reply, Revision, Swap};

#[derive(Default)]
pub struct OneKeyStore {
    pub text: Option<String>,
    revision: u64,
}

impl OneKeyStore {
    pub fn new(text: Option<String>) -> OneKeyStore {
        OneKeyStore { text, revision: 0 }
    }

    pub fn set(&mut self, text: Option<String>) {
        self.revision += 1;
        self.text = text;
    }

    fn entry(&self) -> Option<Entry> {
        self.text.as_ref().map(|text| Entry { revision: Revision(self.revision), value: text.clone() })
    }

    pub fn carry_out(&mut self, operation: &Operation) -> Reply {
        match operation {
            Operation::Load { known, .. } => Reply::Loaded(match self.entry() {
                Some(entry) if Some(entry.revision) == *known => Lookup::Unchanged,
                Some(entry) => Lookup::Found(entry),
                None => Lookup::Missing,
            }),
            Operation::LoadMany { .. } => Reply::LoadedMany(vec![self.entry().map_or(Lookup::Missing, Lookup::Found)]),
            Operation::Swap { expected, value, .. } => {
                let current = self.entry();
                if current.as_ref().map(|entry| entry.revision) != *expected {
                    return Reply::Swapped(Swap::Conflict(current));
                }
                self.set(Some(value.clone()));
                Reply::Swapped(Swap::Stored(Revision(self.revision)))
            }
            Operation::Keys { .. } => Reply::Listed(Page::default()),
        }
    }
}
