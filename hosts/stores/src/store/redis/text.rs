use super::revision::revision_of;
use fuseboard::{Entry, Revision};
use std::sync::Arc;

/// A stored text with its revision. Cloning shares the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    bytes: Arc<[u8]>,
    revision: Revision,
}

/// What the server holds under a key, `None` if nothing.
pub type Stored = Option<Text>;

impl Text {
    pub fn new(bytes: &[u8]) -> Text {
        Text { bytes: bytes.into(), revision: revision_of(bytes) }
    }

    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// As the server has them. A swap compares these, so that a text that is not UTF-8 can be replaced too.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn entry(&self) -> Entry {
        Entry { revision: self.revision, value: String::from_utf8_lossy(&self.bytes).into_owned() }
    }
}
