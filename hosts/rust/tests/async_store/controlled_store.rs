//! An asynchronous store in memory whose operations wait until the test lets them go on.

use fuseboard_host::time::Millis;
use fuseboard_host::{AsyncStore, Board, BoxFuture, Lookup, MemoryStore, Operation, Page, Revision, Store, StoreError, Swap, Target};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

#[derive(Clone, Default)]
pub struct ControlledStore {
    pub store: MemoryStore,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// How many held operations may go on.
    let_through: u32,
    has_time_passed: bool,
    begun: Vec<Operation>,
    /// The time that the last operation was given.
    within: Millis,
    waiting: Vec<Waker>,
    /// Each load calls this board.
    own_board: Option<Board>,
    errors: Vec<String>,
}

/// Which operations are held, and where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// All, before they are done.
    All,
    /// The swaps, before they are done.
    Swaps,
    /// The swaps, after they are done.
    Answers,
}

impl ControlledStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test thread panicked")
    }

    pub fn hold(&self, held: Held) {
        self.state().held = Some(held);
    }

    /// Lets this many held operations go on.
    pub fn let_through(&self, operations: u32) {
        self.state().let_through += operations;
        self.wake();
    }

    pub fn release(&self) {
        self.state().held = None;
        self.wake();
    }

    /// Ends every `sleep`, those to come too.
    pub fn let_time_pass(&self) {
        self.state().has_time_passed = true;
        self.wake();
    }

    /// The operations that have begun since the last call.
    pub fn begun(&self) -> Vec<Operation> {
        std::mem::take(&mut self.state().begun)
    }

    pub fn call_in_loads(&self, board: &Board) {
        self.state().own_board = Some(board.clone());
    }

    /// The errors of the calls in loads. The store calls no more.
    pub fn errors_of_calls(&self) -> Vec<String> {
        let mut state = self.state();
        state.own_board = None;
        std::mem::take(&mut state.errors)
    }

    async fn call_own_board(&self) {
        let own_board = self.state().own_board.clone();
        if let Some(board) = own_board
            && let Err(error) = board.allow_async(&Target::name("own")).await
        {
            self.state().errors.push(error.to_string());
        }
    }

    fn wake(&self) {
        let waiting = std::mem::take(&mut self.state().waiting);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// The time that the last operation was given.
    pub fn within(&self) -> Millis {
        self.state().within
    }

    fn begin(&self, operation: Operation, within: Millis) {
        let mut state = self.state();
        state.begun.push(operation);
        state.within = within;
    }

    async fn pass(&self, holds: impl Fn(Held) -> bool + Send) {
        poll_fn(|context| {
            let mut state = self.state();
            if !state.held.is_some_and(&holds) {
                return Poll::Ready(());
            }
            match state.let_through.checked_sub(1) {
                Some(left) => {
                    state.let_through = left;
                    Poll::Ready(())
                }
                None => wait(&mut state, context),
            }
        })
        .await;
    }
}

fn wait(state: &mut State, context: &Context<'_>) -> Poll<()> {
    state.waiting.push(context.waker().clone());
    Poll::Pending
}

impl AsyncStore for ControlledStore {
    fn load<'a>(&'a self, key: &'a str, known: Option<Revision>, within: Millis) -> BoxFuture<'a, Result<Lookup, StoreError>> {
        Box::pin(async move {
            self.begin(Operation::Load, within);
            self.call_own_board().await;
            self.pass(|held| held == Held::All).await;
            self.store.load(key, known, within)
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: Option<Revision>,
        value: &'a str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> BoxFuture<'a, Result<Swap, StoreError>> {
        Box::pin(async move {
            self.begin(Operation::Swap, within);
            self.pass(|held| held != Held::Answers).await;
            let swap = self.store.compare_and_swap(key, expected, value, ttl, within);
            self.pass(|held| held == Held::Answers).await;
            swap
        })
    }

    fn list_keys<'a>(
        &'a self,
        prefix: &'a str,
        cursor: Option<&'a str>,
        limit: u32,
        within: Millis,
    ) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move {
            self.begin(Operation::List, within);
            self.pass(|held| held == Held::All).await;
            self.store.list_keys(prefix, cursor, limit, within)
        })
    }

    fn sleep(&self, _: Millis) -> BoxFuture<'_, ()> {
        Box::pin(poll_fn(|context| {
            let mut state = self.state();
            if state.has_time_passed { Poll::Ready(()) } else { wait(&mut state, context) }
        }))
    }
}
