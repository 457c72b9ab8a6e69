//! A store in one SQLite file, for the processes of one machine.

mod budget;
mod process;
mod error;
mod options;
mod file_identity;
mod file_access;
mod transaction;
mod schema;
mod connection;
mod pool;
mod load;
mod sweep;
mod swap;
mod list;

pub use options::{SqliteOptions, Synchronous};
pub use pool::ForkGuard;

use super::limits::VALUE_BYTES_MAX;
use budget::Budget;
use fuseboard::key::KEY_BYTES_MAX;
use fuseboard::time::Millis;
use fuseboard::{Lookup, Page, Revision, Store, StoreError, Swap};
use pool::{Pool, Purpose};
use std::path::Path;
use std::sync::Arc;
use swap::SwapInput;
use sweep::Sweeper;

/// A store in one SQLite file. All processes of a machine that open the file share its keys. Clones share their connections.
///
/// The file, and its folder, are created when they are first used. Making a store opens nothing; [`SqliteStore::check`] does.
///
/// - *Concurrency*: any number of threads and processes. Readers do not wait; writers take turns. An operation that gets no turn
///   within its budget returns [`StoreError::Unavailable`]. The budget bounds the waiting for others. Nothing bounds the disk itself.
/// - *Time*: times to live end by the time of day, since processes share the file. A clock that jumps forward by more than a key's
///   time to live loses the key. One that jumps back keeps it longer.
/// - *Crashes*: see [`Synchronous`].
/// - *Fork*: call [`SqliteStore::before_fork`] first, or use the store only after the fork.
/// - *Namespace*: the file is the namespace. Give each application its own.
///
/// While the file is in use, open it through Fuseboard only: another version of SQLite may damage it.
///
/// ```
/// use fuseboard::{Lookup, Store, StoreError, time::Millis};
/// use fuseboard_stores::SqliteStore;
///
/// let file = std::env::temp_dir().join(format!("fuseboard-example-{}/breakers.db", std::process::id()));
/// let store = SqliteStore::new(&file);
/// store.compare_and_swap("h:api.crossref.org", None, "{}", None, Millis(2_000))?;
/// let same_file = SqliteStore::new(&file);
/// assert!(matches!(same_file.load("h:api.crossref.org", None, Millis(2_000))?, Lookup::Found(_)));
/// # drop((store, same_file));
/// # std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pool: Arc<Pool>,
    sweeper: Arc<Sweeper>,
}

impl SqliteStore {
    /// A store in this file, with the default options.
    pub fn new(file: impl AsRef<Path>) -> SqliteStore {
        SqliteStore::with_options(SqliteOptions::new(file))
    }

    /// A store with these options.
    #[must_use]
    pub fn with_options(options: SqliteOptions) -> SqliteStore {
        SqliteStore { pool: Arc::new(Pool::new(options)), sweeper: Arc::new(Sweeper::new()) }
    }

    /// The version of SQLite in this program.
    #[must_use]
    pub fn library_version() -> &'static str {
        rusqlite::version()
    }

    /// Opens the file, and creates it where it is missing: for programs that shall not start without their store.
    ///
    /// The connection stays open. Where the process forks later, see [`SqliteStore::before_fork`].
    ///
    /// # Errors
    /// Why the file cannot be used, and what to do.
    pub fn check(&self, within: Millis) -> Result<(), StoreError> {
        self.pool.with_connection(Purpose::Read, Budget::of(within), |_| Ok(()))
    }

    /// Closes all connections, and opens none until the returned guard is dropped. Call it right before a fork, and drop the guard
    /// after the fork, in both processes.
    ///
    /// SQLite forbids the use of a connection in a forked child. In a child of a process that forked with open connections, all
    /// stores return [`StoreError::Unavailable`]. A process whose stores were not used before the fork needs no guard.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where operations of other threads take longer than `within`.
    pub fn before_fork(&self, within: Millis) -> Result<ForkGuard, StoreError> {
        self.pool.before_fork(Budget::of(within))
    }
}

impl Store for SqliteStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        check_length("key", key, KEY_BYTES_MAX)?;
        let options = self.pool.options();
        let work = |sql: &rusqlite::Connection| load::load(sql, &options.file, key, known, options.clock.wall());
        self.pool.with_connection(Purpose::Read, Budget::of(within), work)
    }

    fn load_many(&self, keys: &[String], within: Millis) -> Result<Vec<Lookup>, StoreError> {
        keys.iter().try_for_each(|key| check_length("key", key, KEY_BYTES_MAX))?;
        let options = self.pool.options();
        // What was read by half of the time is worth more than an error.
        let last_read = Budget::of(Millis(within.0 / 2));
        let work = |sql: &rusqlite::Connection| load::load_many(sql, &options.file, keys, options.clock.wall(), last_read);
        self.pool.with_connection(Purpose::Read, Budget::of(within), work)
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        check_length("key", key, KEY_BYTES_MAX)?;
        check_length("value", value, VALUE_BYTES_MAX)?;
        let options = self.pool.options();
        let input = SwapInput { key, expected, value, ttl };
        let work = |sql: &rusqlite::Connection| swap::compare_and_swap(sql, &options.file, input, &*options.clock, &self.sweeper);
        self.pool.with_connection(Purpose::Write, Budget::of(within), work)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        let options = self.pool.options();
        let work = |sql: &rusqlite::Connection| list::list_keys(sql, &options.file, prefix, cursor, limit, options.clock.wall());
        self.pool.with_connection(Purpose::Read, Budget::of(within), work)
    }
}

fn check_length(what: &str, text: &str, bytes_max: usize) -> Result<(), StoreError> {
    if text.len() <= bytes_max {
        return Ok(());
    }
    Err(StoreError::Refused(format!("the {what} has {} bytes, at most {bytes_max} are allowed", text.len())))
}
