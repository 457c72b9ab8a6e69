//! Runs operations on the background thread, and lets callers wait for them.

use super::failure::Failure;
use super::operations::Operations;
use super::progress::{Progress, Sent};
use super::runtime::Runtime;
use super::settings::RedisSettings;
use crate::store::wait::wait_until;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// One process's thread, connection and cache.
pub struct Client {
    operations: Arc<Operations>,
    runtime: Runtime,
}

impl Client {
    pub fn start(settings: Arc<RedisSettings>) -> io::Result<Client> {
        Ok(Client { operations: Arc::new(Operations::new(settings)), runtime: Runtime::start()? })
    }

    pub fn operations(&self) -> &Operations {
        &self.operations
    }

    /// Starts an operation. It goes on when its caller stops waiting, so that a late answer still counts as one; but it sends nothing
    /// more then.
    pub fn start_operation<T, F, O>(&self, operation: O) -> PendingAnswer<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
        O: FnOnce(Arc<Operations>, Arc<Progress>) -> F,
    {
        let (sender, receiver) = oneshot::channel();
        let progress = Arc::new(Progress::default());
        let running = operation(Arc::clone(&self.operations), Arc::clone(&progress));
        self.runtime.spawn(async move {
            // An error means that the caller does not wait any more.
            let _ = sender.send(running.await);
        });
        PendingAnswer { receiver, progress }
    }

    /// Ends at this time, for a future of any executor.
    pub fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> + Send + use<> {
        self.runtime.sleep_until(deadline)
    }

    /// Starts an operation that nobody waits for. It is dropped if it takes longer than `within`.
    pub fn run_in_background<F, O>(&self, within: Duration, operation: O)
    where
        F: Future<Output = ()> + Send + 'static,
        O: FnOnce(Arc<Operations>, Arc<Progress>) -> F,
    {
        let running = operation(Arc::clone(&self.operations), Arc::default());
        self.runtime.spawn(async move {
            // An error means that it took too long.
            let _ = tokio::time::timeout(within, running).await;
        });
    }
}

/// The answer to come. It is a future for any executor; [`PendingAnswer::wait`] blocks the thread instead.
pub struct PendingAnswer<T> {
    receiver: oneshot::Receiver<Result<T, Failure>>,
    progress: Arc<Progress>,
}

impl<T> PendingAnswer<T> {
    /// The answer, or after the deadline a failure that says whether anything was sent.
    pub fn wait(mut self, deadline: Instant) -> Result<T, Failure> {
        wait_until(&mut self, deadline).unwrap_or_else(|| self.give_up())
    }

    /// As [`PendingAnswer::wait`], without blocking the thread. `late` ends at the deadline.
    pub async fn until(mut self, late: impl Future<Output = ()>) -> Result<T, Failure> {
        let mut late = pin!(late);
        let answered = poll_fn(|context| match Pin::new(&mut self).poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => late.as_mut().poll(context).map(|()| None),
        });
        match answered.await {
            Some(answer) => answer,
            None => self.give_up(),
        }
    }

    fn give_up(&mut self) -> Result<T, Failure> {
        let sent = self.progress.give_up();
        // The answer may have come between the deadline and here.
        if let Ok(answer) = self.receiver.try_recv() {
            return answer;
        }
        Err(match sent {
            Sent::No => Failure::NotSent("it was not connected within the time allowed".to_owned()),
            Sent::Perhaps => Failure::Lost("it did not answer within the time allowed".to_owned()),
        })
    }
}

impl<T> Future for PendingAnswer<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let stopped = |_| Err(Failure::Lost("its background thread has ended".to_owned()));
        Pin::new(&mut self.receiver).poll(context).map(|received| received.unwrap_or_else(stopped))
    }
}

impl<T> Drop for PendingAnswer<T> {
    fn drop(&mut self) {
        self.progress.give_up();
    }
}
