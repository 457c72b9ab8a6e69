use super::super::limits::PAGE_KEYS_MAX;
use super::error::{Stage, store_error};
use super::load::stored_ms;
use fuseboard::time::Wall;
use fuseboard::{Page, StoreError};
use rusqlite::Connection;
use std::path::Path;

/// Whether a key has expired is a column, not a condition: otherwise one page could read the whole file.
const KEYS: &str = "SELECT key, expires_ms IS NULL OR expires_ms > ?1 FROM records WHERE key >= ?2 AND key > ?3 AND key < ?4
    ORDER BY key LIMIT ?5";

/// Lists keys in their order. The cursor is the last key examined. A page may be short, or empty, where keys have expired.
pub(super) fn list_keys(
    sql: &Connection,
    file: &Path,
    prefix: &str,
    cursor: Option<&str>,
    limit: u32,
    now: Wall,
) -> Result<Page, StoreError> {
    let limit = limit.clamp(1, PAGE_KEYS_MAX);
    let rows = read(sql, prefix, cursor, limit, now).map_err(|error| store_error(Stage::Read, file, &error))?;
    let (examined, more) = rows.split_at_checked(usize::try_from(limit).unwrap_or(usize::MAX)).unwrap_or((&rows, &[]));
    let next = if more.is_empty() { None } else { examined.last().map(|(key, _)| key.clone()) };
    let keys = examined.iter().filter(|(_, is_present)| *is_present).map(|(key, _)| key.clone()).collect();
    Ok(Page { keys, next })
}

/// Reads one row more than the page has, to find out whether there is another page.
fn read(sql: &Connection, prefix: &str, cursor: Option<&str>, limit: u32, now: Wall) -> rusqlite::Result<Vec<(String, bool)>> {
    // No character sorts after this one, so it ends the keys with the prefix.
    let end = format!("{prefix}{}", char::MAX);
    let mut statement = sql.prepare_cached(KEYS)?;
    let rows = statement.query_map((stored_ms(now), prefix, cursor.unwrap_or_default(), end, limit.saturating_add(1)), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    rows.collect()
}
