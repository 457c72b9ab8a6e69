use super::load::stored_ms;
use fuseboard::time::Wall;
use rusqlite::Connection;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

/// One in this many writes of a store sweeps, beginning with the first.
const WRITES_PER_SWEEP: u32 = 16;
/// Rows that one sweep examines. Four times as many as were written since, so expired rows stay under about a third of the file.
const ROWS_PER_SWEEP: i64 = 64;

/// Removes expired keys as part of writes, a few rows at a time. It examines the table in the order of row numbers, and starts at a
/// random row, so that short-lived processes sweep different parts. An index of expiries would make every write slower than this.
#[derive(Debug)]
pub(super) struct Sweeper {
    writes: AtomicU32,
    /// The last row examined. Negative: none yet.
    after: AtomicI64,
}

impl Sweeper {
    pub(super) fn new() -> Sweeper {
        Sweeper { writes: AtomicU32::new(0), after: AtomicI64::new(-1) }
    }

    /// Sweeps if it is time to, in the transaction under way.
    pub(super) fn sweep(&self, sql: &Connection, now: Wall) -> rusqlite::Result<()> {
        if !self.writes.fetch_add(1, Ordering::Relaxed).is_multiple_of(WRITES_PER_SWEEP) {
            return Ok(());
        }
        // Writers of a process take turns, so no other sweep is under way.
        let after = match self.after.load(Ordering::Relaxed) {
            row if row >= 0 => row,
            _ => random_row(sql)?,
        };
        let (examined, last) = examine(sql, after)?;
        if examined > 0 {
            sql.prepare_cached("DELETE FROM records WHERE id > ?1 AND id <= ?2 AND expires_ms <= ?3")?.execute((
                after,
                last,
                stored_ms(now),
            ))?;
        }
        let next = if examined < ROWS_PER_SWEEP { 0 } else { last };
        self.after.store(next, Ordering::Relaxed);
        Ok(())
    }

    /// The next write sweeps: the file was full.
    pub(super) fn sweep_soon(&self) {
        self.writes.store(0, Ordering::Relaxed);
    }
}

fn random_row(sql: &Connection) -> rusqlite::Result<i64> {
    sql.query_row("SELECT abs(random() % (coalesce(max(id), 0) + 1)) FROM records", [], |row| row.get(0))
}

/// How many rows come next, and the number of the last of them.
fn examine(sql: &Connection, after: i64) -> rusqlite::Result<(i64, i64)> {
    let mut statement =
        sql.prepare_cached("SELECT count(*), coalesce(max(id), 0) FROM (SELECT id FROM records WHERE id > ?1 ORDER BY id LIMIT ?2)")?;
    statement.query_row((after, ROWS_PER_SWEEP), |row| Ok((row.get(0)?, row.get(1)?)))
}
