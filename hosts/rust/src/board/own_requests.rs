//! The pools of engines to which this thread is making a request.

use std::cell::RefCell;

thread_local! {
    /// The addresses of the pools. A store of one board may call another board, so there may be several.
    static POOLS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// A request of this thread to a pool, as long as it is under way.
pub(super) struct OwnRequest;

impl OwnRequest {
    /// `None` if a request of this thread to the same pool is under way. A second one could wait for the first for ever.
    #[inline]
    pub(super) fn begin<T>(pool: &T) -> Option<OwnRequest> {
        let pool = std::ptr::from_ref(pool).addr();
        POOLS.with_borrow_mut(|pools| {
            let is_first = !pools.contains(&pool);
            is_first.then(|| {
                pools.push(pool);
                OwnRequest
            })
        })
    }
}

impl Drop for OwnRequest {
    fn drop(&mut self) {
        POOLS.with_borrow_mut(Vec::pop);
    }
}
