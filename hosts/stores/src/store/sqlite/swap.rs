use super::error::{Stage, store_error};
use super::load::{current, revision, stored_ms};
use super::sweep::Sweeper;
use super::transaction::WriteTransaction;
use fuseboard::time::{Millis, Wall};
use fuseboard::{Clock, Entry, Revision, StoreError, Swap};
use rusqlite::{Connection, Row};
use std::path::Path;

/// What a compare-and-swap writes, and what must be there for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct SwapInput<'a> {
    pub(super) key: &'a str,
    pub(super) expected: Option<Revision>,
    pub(super) value: &'a str,
    pub(super) ttl: Option<Millis>,
}

/// The revision is 64 random bits. A counter would repeat values after a crash that undoes writes, or after the file was deleted and
/// created again.
const WRITE: &str = "INSERT INTO records (key, revision, expires_ms, value) VALUES (?1, random(), ?2, ?3)
    ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, expires_ms = excluded.expires_ms, value = excluded.value
    RETURNING revision";

/// Writes in one transaction, if the key's revision is the expected one.
pub(super) fn compare_and_swap(
    sql: &Connection,
    file: &Path,
    input: SwapInput<'_>,
    clock: &dyn Clock,
    sweeper: &Sweeper,
) -> Result<Swap, StoreError> {
    let transaction = WriteTransaction::begin(sql, file)?;
    // Read now, since waiting for the lock may have taken long.
    let now = clock.wall();
    let error = |error| store_error(Stage::Write, file, &error);
    if let Some(conflict) = conflict(sql, input, now).map_err(error)? {
        return Ok(conflict);
    }
    sweeper.sweep(sql, now).map_err(error)?;
    let revision = write(sql, input, now).map_err(|cause| {
        sweeper.sweep_soon();
        error(cause)
    })?;
    transaction.commit()?;
    Ok(Swap::Stored(revision))
}

/// `None` where the key's revision is the expected one.
fn conflict(sql: &Connection, input: SwapInput<'_>, now: Wall) -> rusqlite::Result<Option<Swap>> {
    let read = |row: &Row<'_>| {
        let revision = revision(row)?;
        if input.expected == Some(revision) { Ok(None) } else { Ok(Some(Entry { revision, value: row.get(1)? })) }
    };
    Ok(match current(sql, input.key, now, read)? {
        Some(None) => None,
        Some(Some(entry)) => Some(Swap::Conflict(Some(entry))),
        None if input.expected.is_none() => None,
        None => Some(Swap::Conflict(None)),
    })
}

fn write(sql: &Connection, input: SwapInput<'_>, now: Wall) -> rusqlite::Result<Revision> {
    let expires = input.ttl.map(|ttl| stored_ms(now.plus(ttl)));
    sql.prepare_cached(WRITE)?.query_row((input.key, expires, input.value), revision)
}
