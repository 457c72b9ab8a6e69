/// The changes of a key that were known when a command was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownChanges {
    /// Changes of all keys at once.
    pub epoch: u64,
    /// Changes of this one.
    pub changes: u64,
}

impl KnownChanges {
    /// Never current, since epochs begin at 1: for texts that are kept only to be compared in a swap.
    pub const EXPIRED: KnownChanges = KnownChanges { epoch: 0, changes: 0 };
}
