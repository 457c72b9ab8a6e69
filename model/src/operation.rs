//! Store operations and their replies, as the model passes them between a process and the store.

use crate::stored::{Content, Stored};
use fuseboard::{Lookup, Operation, Reply, Revision, StoreError, Swap};
use std::sync::Arc;

/// A store operation on the one key of the model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    Load { known: Option<u64> },
    Swap { expected: Option<u64>, value: Arc<Stored> },
}

/// The reply to a process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Told {
    Unchanged,
    Loaded(Content),
    Swapped(u64),
    Conflict(Content),
    /// Nothing was read.
    LoadFailed,
    /// Nothing was written.
    SwapFailed,
    /// The answer was lost.
    Lost,
    GoOn,
}

impl Asked {
    /// # Panics
    /// If the request lists keys, which none of the model does.
    pub fn of(operation: Operation) -> Asked {
        match operation {
            Operation::Load { known, .. } => Asked::Load { known: known.map(|revision| revision.0) },
            Operation::Swap { expected, value, .. } => {
                Asked::Swap { expected: expected.map(|revision| revision.0), value: Stored::new(value) }
            }
            Operation::Keys { .. } => panic!("the model has no listings"),
        }
    }
}

impl Told {
    /// The reply as the engine receives it.
    pub fn reply(&self) -> Reply {
        let entry = |content: &Content| content.as_ref().map(|stored| stored.entry());
        match self {
            Told::Unchanged => Reply::Loaded(Lookup::Unchanged),
            Told::Loaded(content) => Reply::Loaded(entry(content).map_or(Lookup::Missing, Lookup::Found)),
            Told::Swapped(revision) => Reply::Swapped(Swap::Stored(Revision(*revision))),
            Told::Conflict(content) => Reply::Swapped(Swap::Conflict(entry(content))),
            Told::LoadFailed | Told::SwapFailed => Reply::Failed(StoreError::Unavailable("down".into())),
            Told::Lost => Reply::Failed(StoreError::Unknown("lost".into())),
            Told::GoOn => Reply::GoOn,
        }
    }
}
