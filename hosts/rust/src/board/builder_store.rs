//! Sets the store of a board, and how the board waits for it.

use super::builder::Builder;
use super::store_kind::StoreKind;
use fuseboard::Store;
use fuseboard_stores::{AsyncStore, BlockingStore, StoreGuard};
use std::sync::Arc;

impl Builder {
    /// Sets a store that answers at once. Default: a [`MemoryStore`](crate::MemoryStore) for this board alone.
    pub fn store(mut self, store: impl Store + Send + Sync + 'static) -> Builder {
        self.store = Some(Arc::new(store));
        self.store_kind = StoreKind::Immediate;
        self
    }

    /// Sets a store that may block its caller, such as a file or a network: [`Board::call_async`](crate::Board::call_async) uses it on a pool
    /// of threads.
    pub fn blocking_store(mut self, store: impl Store + Send + Sync + 'static) -> Builder {
        self.store = Some(Arc::new(store));
        self.store_kind = StoreKind::Blocking;
        self
    }

    /// Sets an asynchronous store: the board's async functions wait for it as futures, on any executor, and block no thread.
    ///
    /// The other functions block their thread until the store has answered, at most for the call's storage budget. That needs a store that
    /// another thread drives, as [`BlockingStore`] says. Call [`Board::close`](crate::Board::close) before the board is dropped: a drop blocks
    /// too if there is something to write.
    ///
    /// ```
    /// use fuseboard_host::{AsyncStore, Board, Error, Target};
    ///
    /// async fn guarded(store: impl AsyncStore + 'static) -> Result<(), Error> {
    ///     let board = Board::builder().async_store(store).build()?;
    ///     let page = board.call_async(&Target::host("api.example"), async { Ok::<_, std::io::Error>("a page") }).await;
    ///     println!("{page:?}");
    ///     board.close().await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn async_store(mut self, store: impl AsyncStore + 'static) -> Builder {
        let store = StoreGuard::new(Arc::new(store) as Arc<dyn AsyncStore>);
        self.store = Some(Arc::new(BlockingStore::new(store.clone())));
        self.store_kind = StoreKind::Async(store);
        self
    }
}
