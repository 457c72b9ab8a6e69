//! What became of a write, and what to do when that is not known.

/// What to do after the answer to a write was lost and the write was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterUnknown {
    /// Decide again. At worst a probe slot leaks until its deadline.
    Repeat,
    /// Stop. The outcome could be counted twice.
    Stop,
}

/// Whether a decision was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteResult {
    /// There was nothing to store.
    None,
    Stored,
    Unknown,
}
