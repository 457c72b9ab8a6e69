//! The mark of one write to the store. Marks identify generations and probe slots, because no two writes have the same one.

use serde::{Deserialize, Serialize};

/// The lowest sequence of marks that are never stored.
const LOCAL: u64 = 1 << 63;

/// A writer and the number of its write. It is never used twice. Its JSON is the list of the two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct WriteMark {
    pub writer: u64,
    pub sequence: u64,
}

impl WriteMark {
    /// A mark for a change of a process's own copy of a record. No stored record has it.
    #[must_use]
    pub fn local(writer: u64, sequence: u64) -> WriteMark {
        WriteMark { writer, sequence: sequence | LOCAL }
    }

    /// Whether it marks a change of a process's own copy.
    #[must_use]
    pub fn is_local(self) -> bool {
        self.sequence >= LOCAL
    }
}

impl From<(u64, u64)> for WriteMark {
    fn from((writer, sequence): (u64, u64)) -> WriteMark {
        WriteMark { writer, sequence }
    }
}

impl From<WriteMark> for (u64, u64) {
    fn from(mark: WriteMark) -> (u64, u64) {
        (mark.writer, mark.sequence)
    }
}
