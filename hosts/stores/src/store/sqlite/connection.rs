use super::budget::{Budget, CurrentBudget, Pause};
use super::error::{Stage, store_error};
use super::file_access;
use super::file_identity::FileIdentity;
use super::options::{SqliteOptions, Synchronous};
use super::process::OpenConnection;
use super::schema;
use fuseboard::StoreError;
use rusqlite::OpenFlags;
use std::path::Path;

/// The first SQLite without the "WAL-reset" bug, by which two connections that write and checkpoint at once can damage a file.
const LIBRARY_VERSION_MIN: i32 = 3_051_003;

/// SQLite's default size of a page. It counts [`SqliteOptions::file_bytes_max`] in pages.
const PAGE_BYTES: u64 = 4_096;
/// A commit that finds more pages in the log copies them into the file: a checkpoint.
const CHECKPOINT_PAGES: u32 = 1_000;
/// After a checkpoint a longer log is cut to this.
const LOG_BYTES_KEPT: u64 = 8 << 20;
/// Pages that a connection keeps in memory, in KiB.
const CACHE_KIB: u32 = 512;

/// How often opening starts again when the file is replaced meanwhile.
const OPEN_ATTEMPTS_MAX: u32 = 4;

/// An open connection to the store's file, set up and with its tables.
#[derive(Debug)]
pub(super) struct FileConnection {
    // Closed before `_open` stops counting it: fields are dropped in their order.
    sql: rusqlite::Connection,
    budget: CurrentBudget,
    identity: Option<FileIdentity>,
    _open: OpenConnection,
}

impl FileConnection {
    /// Opens the file. Creates it and its folder where they are missing.
    ///
    /// # Errors
    /// With the reason, and what to do.
    pub(super) fn open(options: &SqliteOptions, budget: Budget) -> Result<FileConnection, StoreError> {
        check_library(rusqlite::version_number())?;
        file_access::create_folder(&options.file)?;
        for _ in 0..OPEN_ATTEMPTS_MAX {
            let before = FileIdentity::of(&options.file);
            let connection = FileConnection::open_once(options, budget, before)?;
            // A file that was just made, or replaced meanwhile, is opened again: its identity must be the opened file's.
            if before.is_some() && before == FileIdentity::of(&options.file) || !FileIdentity::IS_KNOWN {
                return Ok(connection);
            }
        }
        Err(StoreError::Unavailable(format!("the SQLite file {} is replaced again and again", options.file.display())))
    }

    fn open_once(options: &SqliteOptions, budget: Budget, identity: Option<FileIdentity>) -> Result<FileConnection, StoreError> {
        let file = &options.file;
        let open = OpenConnection::register()?;
        // Every connection is used by one thread at a time, so SQLite needs no mutex of its own for it.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let sql = rusqlite::Connection::open_with_flags(file, flags).map_err(|error| file_access::open_error(file, &error))?;
        let mut connection = FileConnection { sql, budget: CurrentBudget::new(budget), identity, _open: open };
        connection.wait_when_busy(file)?;
        connection.prepare(options)?;
        Ok(connection)
    }

    /// SQLite's own handler sleeps for at least a millisecond. Most writes take a fraction of that.
    fn wait_when_busy(&mut self, file: &Path) -> Result<(), StoreError> {
        let budget = self.budget.clone();
        let handler = move |attempt: i32| budget.get().pause(attempt.unsigned_abs()) == Pause::TryAgain;
        self.sql.busy_handler(Some(handler)).map_err(|error| store_error(Stage::Open, file, &error))
    }

    fn prepare(&self, options: &SqliteOptions) -> Result<(), StoreError> {
        let file = &options.file;
        let set_up = |statements: &str| self.sql.execute_batch(statements).map_err(|error| store_error(Stage::Open, file, &error));
        // Memory maps turn a passing disagreement about the log into a damaged file, so there are none.
        set_up("PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF")?;
        if self.sql.is_readonly("main").map_err(|error| store_error(Stage::Open, file, &error))? {
            return Err(StoreError::Refused(format!(
                "the SQLite file {} can only be read; this user must be allowed to write the file and its folder",
                file.display()
            )));
        }
        self.prepare_tables(file)?;
        let synchronous = match options.synchronous {
            Synchronous::Normal => "NORMAL",
            Synchronous::Full => "FULL",
        };
        set_up(&format!(
            "PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}; PRAGMA cache_size = -{CACHE_KIB}; \
             PRAGMA journal_size_limit = {LOG_BYTES_KEPT}; PRAGMA max_page_count = {}",
            (options.file_bytes_max / PAGE_BYTES).clamp(1, u64::from(u32::MAX) - 1)
        ))
    }

    /// Waits by itself: SQLite calls no busy handler where two connections start the log of a new file at once.
    fn prepare_tables(&self, file: &Path) -> Result<(), StoreError> {
        let mut attempt = 0;
        loop {
            match schema::prepare(&self.sql, file) {
                Err(StoreError::Unavailable(_)) if self.budget.get().pause(attempt) == Pause::TryAgain => attempt += 1,
                done => return done,
            }
        }
    }

    /// Whether the path still leads to the file that this connection has open.
    pub(super) fn is_current(&self, file: &Path) -> bool {
        self.identity == FileIdentity::of(file)
    }

    /// Bounds the waiting of the next operation.
    pub(super) fn set_budget(&self, budget: Budget) {
        self.budget.set(budget);
    }

    pub(super) fn sql(&self) -> &rusqlite::Connection {
        &self.sql
    }
}

fn check_library(version: i32) -> Result<(), StoreError> {
    if version >= LIBRARY_VERSION_MIN {
        return Ok(());
    }
    let (major, minor, patch) = (version / 1_000_000, version / 1_000 % 1_000, version % 1_000);
    Err(StoreError::Refused(format!(
        "this program uses SQLite {major}.{minor}.{patch}, which can damage a file that several connections write to; build it with \
         SQLite 3.51.3 or newer (the `bundled` one is)"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_can_damage_a_file_is_refused() {
        assert!(matches!(check_library(3_051_002), Err(StoreError::Refused(why)) if why.contains("SQLite 3.51.2,")));
        assert!(matches!(check_library(3_040_001), Err(StoreError::Refused(_))));
        assert_eq!(check_library(3_051_003), Ok(()));
        assert_eq!(check_library(rusqlite::version_number()), Ok(()));
    }
}
