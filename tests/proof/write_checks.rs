//! What holds for each write of an instance in steps, whatever the order of replies.

use fuseboard::{Operation, Token};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The writes of one instance.
#[derive(Default)]
pub struct WriteChecks {
    /// The key of each swap that waits for its reply.
    under_way: BTreeMap<Token, Arc<str>>,
    texts: BTreeSet<String>,
    /// The number of the last write.
    sequence: u64,
}

impl WriteChecks {
    /// Checks an operation that a request needs.
    pub fn begin(&mut self, token: Token, operation: &Operation) {
        let Operation::Swap { key, value, .. } = operation else { return };
        assert!(self.texts.insert(value.clone()), "no text is written twice: {value}");
        assert!(!self.is_under_way(key), "one writer a key: {key}");
        let sequence = sequence_of(value);
        assert!(sequence > self.sequence, "the sequence goes on: {sequence} after {}", self.sequence);
        self.sequence = sequence;
        self.under_way.insert(token, Arc::clone(key));
    }

    /// Forgets the texts of earlier writes. They are of other keys.
    pub fn forget_texts(&mut self) {
        self.texts.clear();
    }

    /// The request received the reply, or was abandoned.
    pub fn end(&mut self, token: Token) {
        self.under_way.remove(&token);
    }

    pub fn is_under_way(&self, key: &str) -> bool {
        self.under_way.values().any(|busy| **busy == *key)
    }
}

/// The number of the write that a stored text ends with.
fn sequence_of(text: &str) -> u64 {
    let record: serde_json::Value = serde_json::from_str(text).expect("JSON");
    record["record"]["writes"].as_array().and_then(|writes| writes.last()?[1].as_u64()).expect("a mark")
}
