use crate::clock::SystemClock;
use fuseboard::Clock;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Fewest connections of one store: while one writes, another reads.
const CONNECTIONS_MIN: usize = 2;
/// Most connections of one store. Each holds two open files, and more readers than processors gain nothing.
const CONNECTIONS_MAX: usize = 16;
/// [`SqliteOptions::connections`] where nothing else is set: one for each processor, but no more than this.
const CONNECTIONS_DEFAULT_MAX: usize = 8;

/// [`SqliteOptions::file_bytes_max`] where nothing else is set: about a million records of 1 KB.
const FILE_BYTES_MAX_DEFAULT: u64 = 1 << 30;

/// How a [`SqliteStore`](crate::SqliteStore) uses its file.
///
/// ```
/// use fuseboard_stores::{SqliteOptions, SqliteStore, Synchronous};
///
/// let options = SqliteOptions::new("/var/lib/crawler/breakers.db").synchronous(Synchronous::Full).file_bytes_max(64 << 20);
/// let store = SqliteStore::with_options(options);
/// # let _ = store;
/// ```
#[derive(Clone)]
pub struct SqliteOptions {
    pub(super) file: PathBuf,
    pub(super) synchronous: Synchronous,
    pub(super) connections: usize,
    pub(super) file_bytes_max: u64,
    pub(super) clock: Arc<dyn Clock + Send + Sync>,
}

/// What survives a crash.
///
/// With both settings, a crash of the *program* (a panic, a kill) loses nothing that was reported as stored, and a crash of the
/// *machine* (power loss, kernel panic) leaves a file that is not damaged. They differ in what a crash of the machine may undo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// After a crash of the machine, the last writes may be undone: the store returns to an earlier state of all keys together,
    /// but never older than the last checkpoint. A write does not wait for the disk, except that one in several hundred does a
    /// checkpoint.
    #[default]
    Normal,
    /// After a crash of the machine, every write that was reported as stored is there. Every write waits for the disk.
    Full,
}

impl SqliteOptions {
    /// The defaults for this file. A relative path is resolved now, so a later change of the working folder does not matter.
    pub fn new(file: impl AsRef<Path>) -> SqliteOptions {
        let file = file.as_ref();
        let processors = std::thread::available_parallelism().map_or(CONNECTIONS_MIN, usize::from);
        SqliteOptions {
            file: std::path::absolute(file).unwrap_or_else(|_| file.to_owned()),
            synchronous: Synchronous::default(),
            connections: processors.clamp(CONNECTIONS_MIN, CONNECTIONS_DEFAULT_MAX),
            file_bytes_max: FILE_BYTES_MAX_DEFAULT,
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// What a crash of the machine may undo. Default: [`Synchronous::Normal`].
    #[must_use]
    pub fn synchronous(mut self, synchronous: Synchronous) -> SqliteOptions {
        self.synchronous = synchronous;
        self
    }

    /// How many connections the store opens at most, from 2 to 16. Default: one for each processor, from 2 to 8.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> SqliteOptions {
        self.connections = connections.clamp(CONNECTIONS_MIN, CONNECTIONS_MAX);
        self
    }

    /// How large the file may grow. A write that needs more is refused. Default: 1 GiB.
    ///
    /// The log beside the file (`-wal`) is not included. It is usually about 4 MB.
    #[must_use]
    pub fn file_bytes_max(mut self, bytes: u64) -> SqliteOptions {
        self.file_bytes_max = bytes;
        self
    }

    /// The clock whose time of day ends times to live. Default: the machine's. Tests can set another.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + Send + Sync + 'static) -> SqliteOptions {
        self.clock = Arc::new(clock);
        self
    }
}

impl fmt::Debug for SqliteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteOptions")
            .field("file", &self.file)
            .field("synchronous", &self.synchronous)
            .field("connections", &self.connections)
            .field("file_bytes_max", &self.file_bytes_max)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_is_resolved_at_once() {
        assert!(SqliteOptions::new("breakers.db").file.is_absolute());
    }

    #[test]
    fn the_number_of_connections_is_bounded() {
        assert_eq!(SqliteOptions::new("b").connections(0).connections, CONNECTIONS_MIN);
        assert_eq!(SqliteOptions::new("b").connections(1_000).connections, CONNECTIONS_MAX);
    }
}
