//! A text of the store.

use crate::facts::Facts;
use fuseboard::{Entry, Revision};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// A stored text, with its revision: a hash of the text, as in Redis. Two texts are equal if their revisions are.
#[derive(Debug)]
pub struct Stored {
    pub text: String,
    pub revision: u64,
    pub facts: Facts,
    /// Whether a new process admits a call at a late enough time. Computed once.
    pub admits_late: OnceLock<bool>,
}

impl Stored {
    pub fn new(text: String) -> Arc<Stored> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let facts = Facts::read(&text);
        Arc::new(Stored { revision: hasher.finish(), facts, text, admits_late: OnceLock::new() })
    }

    pub fn entry(&self) -> Entry {
        Entry { revision: Revision(self.revision), value: self.text.clone() }
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Stored) -> bool {
        self.revision == other.revision
    }
}

impl Eq for Stored {}

impl Hash for Stored {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.revision.hash(state);
    }
}

/// What the store holds under the one key of the model.
pub type Content = Option<Arc<Stored>>;

pub fn facts_of(content: &Content) -> Facts {
    content.as_ref().map(|stored| stored.facts.clone()).unwrap_or_default()
}
