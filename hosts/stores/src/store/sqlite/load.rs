use super::budget::Budget;
use super::error::{Stage, store_error};
use fuseboard::time::Wall;
use fuseboard::{Entry, Lookup, Revision, StoreError};
use rusqlite::{Connection, OptionalExtension, Row};
use std::path::Path;

/// Reads one key that has not expired at `now`. Copies the value only if its revision is another than `known`.
pub(super) fn load(sql: &Connection, file: &Path, key: &str, known: Option<Revision>, now: Wall) -> Result<Lookup, StoreError> {
    let read = |row: &Row<'_>| {
        let revision = revision(row)?;
        if known == Some(revision) { Ok(Lookup::Unchanged) } else { Ok(Lookup::Found(Entry { revision, value: row.get(1)? })) }
    };
    let found = current(sql, key, now, read).map_err(|error| store_error(Stage::Read, file, &error))?;
    Ok(found.unwrap_or(Lookup::Missing))
}

/// Reads the first of these keys, at one moment: at least one, and those after it until `last_read`.
pub(super) fn load_many(sql: &Connection, file: &Path, keys: &[String], now: Wall, last_read: Budget) -> Result<Vec<Lookup>, StoreError> {
    let unreadable = |error: rusqlite::Error| store_error(Stage::Read, file, &error);
    let transaction = sql.unchecked_transaction().map_err(unreadable)?;
    let mut lookups = Vec::with_capacity(keys.len());
    for key in keys {
        if !lookups.is_empty() && last_read.remaining().is_none() {
            break;
        }
        lookups.push(load(sql, file, key, None, now)?);
    }
    transaction.finish().map_err(unreadable)?;
    Ok(lookups)
}

/// The row of a key that has not expired, as `(revision, value)`.
pub(super) fn current<T>(
    sql: &Connection,
    key: &str,
    now: Wall,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    let mut statement =
        sql.prepare_cached("SELECT revision, value FROM records WHERE key = ?1 AND (expires_ms IS NULL OR expires_ms > ?2)")?;
    statement.query_row((key, stored_ms(now)), read).optional()
}

pub(super) fn revision(row: &Row<'_>) -> rusqlite::Result<Revision> {
    row.get::<_, i64>(0).map(|stored| Revision(stored.cast_unsigned()))
}

/// A time of day as it is stored: SQLite's integers have a sign.
pub(super) fn stored_ms(at: Wall) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}
