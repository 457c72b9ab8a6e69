use super::error::{Stage, store_error};
use super::transaction::WriteTransaction;
use fuseboard::StoreError;
use rusqlite::Connection;
use std::path::Path;

/// `PRAGMA application_id` of a file of this store: the letters `Fuse`.
const APPLICATION_ID: i32 = 0x4675_7365;

/// `PRAGMA user_version` of a file of this store: the version of its tables. Raise it whenever they change.
const SCHEMA_VERSION: i32 = 1;

/// `expires_ms` is a time of day, in milliseconds since 1970. It precedes the value, so that a sweep reads no long values.
const TABLES: &str = "CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    expires_ms INTEGER,
    value TEXT NOT NULL
) STRICT";

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contents {
    Nothing,
    Tables,
}

/// Creates the tables in an empty file, and refuses a file that is not this store's, or that a newer version made.
///
/// # Errors
/// [`StoreError::Refused`] where the file cannot be used; otherwise why it cannot be read or written.
pub(super) fn prepare(sql: &Connection, file: &Path) -> Result<(), StoreError> {
    // Before anything is changed: another program's file is left as it is.
    let contents = inspect_at_one_moment(sql, file)?;
    enter_wal_mode(sql, file)?;
    match contents {
        Contents::Tables => Ok(()),
        Contents::Nothing => create(sql, file),
    }
}

/// In a transaction of its own: another process may create the tables between two reads.
fn inspect_at_one_moment(sql: &Connection, file: &Path) -> Result<Contents, StoreError> {
    let transaction = sql.unchecked_transaction().map_err(|error| store_error(Stage::Read, file, &error))?;
    let contents = inspect(sql, file)?;
    transaction.finish().map_err(|error| store_error(Stage::Read, file, &error))?;
    Ok(contents)
}

fn inspect(sql: &Connection, file: &Path) -> Result<Contents, StoreError> {
    let number = |query: &str| sql.query_row(query, [], |row| row.get::<_, i32>(0)).map_err(|error| store_error(Stage::Read, file, &error));
    let (application, version) = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
    match (application, version) {
        (APPLICATION_ID, SCHEMA_VERSION) => Ok(Contents::Tables),
        (0, 0) if number("SELECT count(*) FROM sqlite_schema")? == 0 => Ok(Contents::Nothing),
        (APPLICATION_ID, newer) if newer > SCHEMA_VERSION => Err(StoreError::Refused(format!(
            "the SQLite file {} has schema version {newer}, this library supports {SCHEMA_VERSION}; upgrade this program, or give it \
             another file",
            file.display()
        ))),
        _ => Err(StoreError::Refused(format!(
            "the SQLite file {} was not made by Fuseboard (application_id {application}, user_version {version}); choose another path",
            file.display()
        ))),
    }
}

fn enter_wal_mode(sql: &Connection, file: &Path) -> Result<(), StoreError> {
    let mode = sql.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
    let mode = mode.map_err(|error| store_error(Stage::Open, file, &error))?;
    if mode.eq_ignore_ascii_case("wal") {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "the SQLite file {} cannot have a write-ahead log (its journal mode stays `{mode}`); put it on a local disk, not on a network \
         file system",
        file.display()
    )))
}

fn create(sql: &Connection, file: &Path) -> Result<(), StoreError> {
    let transaction = WriteTransaction::begin(sql, file)?;
    // Another process may have created them since.
    if inspect(sql, file)? == Contents::Nothing {
        let create = format!("{TABLES}; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}");
        sql.execute_batch(&create).map_err(|error| store_error(Stage::Write, file, &error))?;
    }
    transaction.commit()
}
