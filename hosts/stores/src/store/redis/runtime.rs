//! The background thread that drives the connection.

use std::future::Future;
use std::time::Instant;
use std::{io, thread};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// An asynchronous runtime on one thread of its own. Dropping it ends the thread and every task on it, without waiting for either.
pub struct Runtime {
    handle: Handle,
    /// The thread ends when this is dropped.
    _running: oneshot::Sender<()>,
}

impl Runtime {
    pub fn start() -> io::Result<Runtime> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel::<()>();
        thread::Builder::new().name("fuseboard-redis".to_owned()).spawn(move || {
            // An error means that the sender was dropped, which is the only way to end.
            let _ = runtime.block_on(ended);
            runtime.shutdown_background();
        })?;
        Ok(Runtime { handle, _running: running })
    }

    /// Ends at this time, for a future of any executor.
    pub fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> + Send + use<> {
        let (sender, receiver) = oneshot::channel::<()>();
        self.spawn(async move {
            tokio::time::sleep_until(deadline.into()).await;
            // An error means that nobody waits any more.
            let _ = sender.send(());
        });
        async {
            // An error means that the thread has ended: no answer can come then.
            let _ = receiver.await;
        }
    }

    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.handle.spawn(task));
    }
}
