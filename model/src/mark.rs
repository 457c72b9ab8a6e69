//! The mark of a write, in a form that can be hashed.

use fuseboard::WriteMark;

/// A [`WriteMark`] that can be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(u64, u64);

impl Mark {
    pub fn new(writer: u64, sequence: u64) -> Mark {
        Mark(writer, sequence)
    }

    /// Whether it marks a change of the local copy of a record, not of the store.
    pub fn is_local(self) -> bool {
        self.write_mark().is_local()
    }

    pub fn write_mark(self) -> WriteMark {
        WriteMark { writer: self.0, sequence: self.1 }
    }
}

impl From<WriteMark> for Mark {
    fn from(mark: WriteMark) -> Mark {
        Mark(mark.writer, mark.sequence)
    }
}
