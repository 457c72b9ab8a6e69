//! The background thread that drives the connection.

use std::future::Future;
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

    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.handle.spawn(task));
    }
}
