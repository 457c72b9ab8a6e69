//! How the store of a board behaves.

/// Whether a store answers at once, or may block its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreKind {
    Immediate,
    Blocking,
}
