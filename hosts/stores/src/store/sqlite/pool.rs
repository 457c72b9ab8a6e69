use super::budget::Budget;
use super::connection::FileConnection;
use super::options::SqliteOptions;
use fuseboard::StoreError;
use std::mem;
use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// What a connection is needed for. A file has many readers at once, and one writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

/// The connections of a store, opened when they are first needed.
///
/// There are several, so that reads run at once. Writers of this process queue here: SQLite lets one write at a time, and a thread
/// that waits here starts as soon as the one before it ends, where SQLite would have it sleep and try again.
#[derive(Debug)]
pub(super) struct Pool {
    options: SqliteOptions,
    first: ProcessPool,
}

/// The connections of one process. A forked child has its own: the parent's lock may be held in it by a thread that is not there.
#[derive(Debug)]
struct ProcessPool {
    process: u32,
    state: Mutex<State>,
    changed: Condvar,
    child: OnceLock<Box<ProcessPool>>,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<FileConnection>,
    /// Connections that operations have now, those being opened included.
    leased: usize,
    writing: bool,
    /// [`ForkGuard`]s that keep the pool empty.
    fork_guards: usize,
}

/// One operation's place among the [`SqliteOptions::connections`]. Dropping it frees the place.
#[derive(Debug)]
struct Place<'a> {
    pool: &'a ProcessPool,
    purpose: Purpose,
}

/// Keeps a store without open connections, so that the process can fork. Operations of other threads wait within their budgets.
#[derive(Debug)]
#[must_use = "connections may be opened again as soon as it is dropped"]
pub struct ForkGuard {
    pool: Arc<Pool>,
    process: u32,
}

impl Pool {
    pub(super) fn new(options: SqliteOptions) -> Pool {
        Pool { options, first: ProcessPool::new() }
    }

    pub(super) fn options(&self) -> &SqliteOptions {
        &self.options
    }

    /// Runs an operation on a connection to the file that is at the path now.
    ///
    /// # Errors
    /// The operation's, or why it got no connection in time.
    pub(super) fn with_connection<T>(
        &self,
        purpose: Purpose,
        budget: Budget,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (place, connection) = self.current().lease(purpose, budget, &self.options)?;
        let done = work(connection.sql());
        let is_sound = match &done {
            Ok(_) => true,
            Err(StoreError::Unavailable(_)) => connection.sql().is_autocommit(),
            Err(StoreError::Unknown(_) | StoreError::Refused(_)) => false,
        };
        if is_sound {
            place.release(connection);
        }
        done
    }

    /// Waits until no operation is under way, and closes all connections.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where operations are still under way when the budget ends.
    pub(super) fn before_fork(self: &Arc<Pool>, budget: Budget) -> Result<ForkGuard, StoreError> {
        let pool = self.current();
        let mut state = pool.lock();
        state.fork_guards += 1;
        // From here on dropping the guard takes the count back.
        let guard = ForkGuard { pool: Arc::clone(self), process: pool.process };
        while state.leased > 0 {
            let Some(left) = budget.remaining() else {
                drop(state);
                return Err(StoreError::Unavailable("operations are still under way; fork again when they have ended".to_owned()));
            };
            state = pool.wait(state, left);
        }
        let idle = mem::take(&mut state.idle);
        drop(state);
        drop(idle);
        Ok(guard)
    }

    /// This process's connections.
    fn current(&self) -> &ProcessPool {
        let own = process::id();
        let mut pool = &self.first;
        while pool.process != own {
            pool = pool.child.get_or_init(|| Box::new(ProcessPool::new()));
        }
        pool
    }
}

impl ProcessPool {
    fn new() -> ProcessPool {
        ProcessPool { process: process::id(), state: Mutex::default(), changed: Condvar::new(), child: OnceLock::new() }
    }

    fn lease(&self, purpose: Purpose, budget: Budget, options: &SqliteOptions) -> Result<(Place<'_>, FileConnection), StoreError> {
        let (place, idle) = self.take_place(purpose, budget, options.connections)?;
        let connection = match idle.filter(|connection| connection.is_current(&options.file)) {
            Some(connection) => connection,
            None => FileConnection::open(options, budget)?,
        };
        connection.set_budget(budget);
        Ok((place, connection))
    }

    fn take_place(&self, purpose: Purpose, budget: Budget, places: usize) -> Result<(Place<'_>, Option<FileConnection>), StoreError> {
        let mut state = self.lock();
        while !state.is_free(purpose, places) {
            let Some(left) = budget.remaining() else {
                return Err(StoreError::Unavailable(state.busy_text(places)));
            };
            state = self.wait(state, left);
        }
        state.leased += 1;
        state.writing |= purpose == Purpose::Write;
        let idle = state.idle.pop();
        Ok((Place { pool: self, purpose }, idle))
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, left: std::time::Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_free(&self, purpose: Purpose, places: usize) -> bool {
        self.fork_guards == 0 && self.leased < places && !(purpose == Purpose::Write && self.writing)
    }

    fn busy_text(&self, places: usize) -> String {
        if self.fork_guards > 0 {
            return "this process is about to fork, and has not done so within the budget of the operation".to_owned();
        }
        format!("other threads used the SQLite file for the whole budget of the operation: {} of {places} connections", self.leased)
    }
}

impl Place<'_> {
    fn release(self, connection: FileConnection) {
        self.pool.lock().idle.push(connection);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.leased = state.leased.saturating_sub(1);
        if self.purpose == Purpose::Write {
            state.writing = false;
        }
        drop(state);
        self.pool.changed.notify_all();
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        if self.process != process::id() {
            // SQLite forbids to close a connection in a forked child. Its memory is lost until the child ends.
            let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
            mem::forget(mem::take(&mut state.idle));
        }
    }
}

impl Drop for ForkGuard {
    fn drop(&mut self) {
        // The child has its own pool, so there is nothing to release.
        if self.process == process::id() {
            let pool = self.pool.current();
            let mut state = pool.lock();
            state.fork_guards = state.fork_guards.saturating_sub(1);
            drop(state);
            pool.changed.notify_all();
        }
    }
}
