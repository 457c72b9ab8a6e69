//! Whether the store failed when it was last used.

use fuseboard::{Reply, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// While the store fails, the board checks no records: the engine alone decides whether the store is used, because it knows the back-off
/// of an outage. Clones share the state.
#[derive(Clone, Debug, Default)]
pub(super) struct StoreFailing(Arc<AtomicBool>);

impl StoreFailing {
    #[inline]
    pub(super) fn is_failing(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Notes the reply to any operation. A store that refuses an operation has answered.
    #[inline]
    pub(super) fn note(&self, reply: &Reply) {
        let fails = matches!(reply, Reply::Failed(StoreError::Unavailable(_) | StoreError::Unknown(_)));
        // Read first: threads that only read share the memory's cache line.
        if fails != self.is_failing() {
            self.0.store(fails, Ordering::Relaxed);
        }
    }
}
