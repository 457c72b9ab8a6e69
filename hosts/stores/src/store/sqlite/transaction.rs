use super::error::{Stage, store_error};
use fuseboard::StoreError;
use rusqlite::Connection;
use std::path::Path;

/// A transaction that holds the file's write lock from its start, so it never fails half-way because others write.
/// Dropped without a commit, it is rolled back.
#[derive(Debug)]
pub(super) struct WriteTransaction<'a> {
    sql: &'a Connection,
    file: &'a Path,
}

impl<'a> WriteTransaction<'a> {
    /// Waits for the write lock until the operation's budget ends.
    ///
    /// # Errors
    /// Where the lock is not free in time.
    pub(super) fn begin(sql: &'a Connection, file: &'a Path) -> Result<WriteTransaction<'a>, StoreError> {
        run(sql, "BEGIN IMMEDIATE").map_err(|error| store_error(Stage::Write, file, &error))?;
        Ok(WriteTransaction { sql, file })
    }

    /// # Errors
    /// [`StoreError::Unknown`] where the transaction may have been written all the same.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        run(self.sql, "COMMIT").map_err(|error| {
            // After most errors SQLite has rolled back already, and the log may hold the commit. Otherwise `drop` rolls back.
            let stage = if self.sql.is_autocommit() { Stage::Commit } else { Stage::Write };
            store_error(stage, self.file, &error)
        })
    }
}

impl Drop for WriteTransaction<'_> {
    fn drop(&mut self) {
        if !self.sql.is_autocommit() {
            // A connection whose rollback fails is closed by the pool, which ends its transaction.
            let _ = run(self.sql, "ROLLBACK");
        }
    }
}

fn run(sql: &Connection, statement: &str) -> rusqlite::Result<()> {
    sql.prepare_cached(statement)?.execute([]).map(drop)
}
