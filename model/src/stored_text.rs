//! A value of the store.

use crate::stored_circuit::StoredCircuit;
use fuseboard::{Entry, Revision};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// A stored text, with its revision: a hash of the text, as in Redis. Two texts are equal if their revisions are.
#[derive(Debug)]
pub struct StoredText {
    pub text: String,
    pub revision: u64,
    pub circuit: StoredCircuit,
    /// Whether new processes admit a call at a late time. Computed once, by the check of promise 5.
    pub admits_late: OnceLock<bool>,
}

impl StoredText {
    pub fn new(text: String) -> Arc<StoredText> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let circuit = StoredCircuit::read(&text);
        Arc::new(StoredText { revision: hasher.finish(), circuit, text, admits_late: OnceLock::new() })
    }

    pub fn entry(&self) -> Entry {
        Entry { revision: Revision(self.revision), value: self.text.clone() }
    }
}

impl PartialEq for StoredText {
    fn eq(&self, other: &StoredText) -> bool {
        self.revision == other.revision
    }
}

impl Eq for StoredText {}

impl Hash for StoredText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.revision.hash(state);
    }
}

/// What the store holds under the one key of the model.
pub type StoreContent = Option<Arc<StoredText>>;

/// The circuit in the store. A store without a record has a closed circuit.
pub fn circuit_of(content: &StoreContent) -> StoredCircuit {
    content.as_ref().map(|stored| stored.circuit.clone()).unwrap_or_default()
}
