//! Store operations and their replies, in a form that can be hashed.

use crate::stored_text::{StoreContent, StoredText};
use fuseboard::{Lookup, Operation, Reply, Revision, StoreError, Swap};
use std::sync::Arc;

/// A store operation on the one key of the model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ModelOperation {
    Load { known: Option<u64> },
    Swap { expected: Option<u64>, value: Arc<StoredText> },
}

/// The reply to a process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ModelReply {
    Unchanged,
    Loaded(StoreContent),
    Swapped(u64),
    Conflict(StoreContent),
    /// Nothing was read.
    LoadFailed,
    /// Nothing was written.
    SwapFailed,
    /// The answer to a swap was lost. It may have been carried out.
    AnswerLost,
    GoOn,
}

impl ModelOperation {
    /// # Panics
    /// If the request lists keys. No request of the model does.
    pub fn new(operation: Operation) -> ModelOperation {
        match operation {
            Operation::Load { known, .. } => ModelOperation::Load { known: known.map(|revision| revision.0) },
            Operation::Swap { expected, value, .. } => {
                ModelOperation::Swap { expected: expected.map(|revision| revision.0), value: StoredText::new(value) }
            }
            Operation::Keys { .. } | Operation::LoadMany { .. } => panic!("the model has no listings"),
        }
    }
}

impl ModelReply {
    /// The reply as the engine receives it.
    pub fn reply(&self) -> Reply {
        let entry = |content: &StoreContent| content.as_ref().map(|stored| stored.entry());
        match self {
            ModelReply::Unchanged => Reply::Loaded(Lookup::Unchanged),
            ModelReply::Loaded(content) => Reply::Loaded(entry(content).map_or(Lookup::Missing, Lookup::Found)),
            ModelReply::Swapped(revision) => Reply::Swapped(Swap::Stored(Revision(*revision))),
            ModelReply::Conflict(content) => Reply::Swapped(Swap::Conflict(entry(content))),
            ModelReply::LoadFailed | ModelReply::SwapFailed => Reply::Failed(StoreError::Unavailable("down".into())),
            ModelReply::AnswerLost => Reply::Failed(StoreError::Unknown("lost".into())),
            ModelReply::GoOn => Reply::GoOn,
        }
    }
}
