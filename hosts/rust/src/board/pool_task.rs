//! Work on the pool of threads for blocking stores.

use std::pin::Pin;
use std::task::{Context, Poll};

/// Work on the pool. It completes even if this future is dropped.
pub(super) struct PoolTask<T>(Option<blocking::Task<T>>);

impl<T: Send + 'static> PoolTask<T> {
    pub(super) fn start(work: impl FnOnce() -> T + Send + 'static) -> PoolTask<T> {
        PoolTask(Some(blocking::unblock(work)))
    }
}

impl<T> Future for PoolTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match &mut self.0 {
            Some(task) => Pin::new(task).poll(context),
            None => Poll::Pending,
        }
    }
}

impl<T> Drop for PoolTask<T> {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.detach();
        }
    }
}
