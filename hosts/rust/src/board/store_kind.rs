//! How the store of a board behaves.

use fuseboard_stores::{AsyncStore, StoreGuard};
use std::sync::Arc;

pub(super) type SharedAsyncStore = StoreGuard<Arc<dyn AsyncStore>>;

/// Whether a store answers at once, may block its caller, or is asynchronous.
#[derive(Clone)]
pub(super) enum StoreKind {
    Immediate,
    Blocking,
    Async(SharedAsyncStore),
}
