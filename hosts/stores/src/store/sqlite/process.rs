//! Keeps SQLite connections out of forked children.
//!
//! SQLite keeps a table of the files that the process has open, with the locks that it holds on them. `fork` copies the table, but
//! the operating system gives the locks to the parent alone. So an inherited connection must not be used or closed in the child. A
//! *new* connection of the child is no better while the table names the file: it finds "already locked" there, and takes no lock
//! at all. Another process may then reset the log under it. The child is safe only if no connection was open at the fork.

use fuseboard::StoreError;
use std::process;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Connections that all stores of this process have open. A child inherits the number as it was at the fork.
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// The process that opened them; 0: none yet.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// Counts one open connection, from before it is opened until after it is closed.
#[derive(Debug)]
pub(super) struct OpenConnection(());

impl OpenConnection {
    /// # Errors
    /// [`StoreError::Unavailable`] in a child of a process that had connections open when it forked.
    pub(super) fn register() -> Result<OpenConnection, StoreError> {
        check()?;
        OPEN.fetch_add(1, Ordering::SeqCst);
        Ok(OpenConnection(()))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::SeqCst);
    }
}

fn check() -> Result<(), StoreError> {
    let own = process::id();
    let owner = OWNER.load(Ordering::SeqCst);
    if owner == own {
        return Ok(());
    }
    let inherited = OPEN.load(Ordering::SeqCst);
    if inherited > 0 {
        return Err(StoreError::Unavailable(format!(
            "process {own} was forked from process {owner} while {inherited} SQLite connections were open there, so it cannot lock \
             files reliably; call `SqliteStore::before_fork` before each fork, or use the store only after the fork"
        )));
    }
    // Only threads of one process get here at once, and all store the same number.
    OWNER.store(own, Ordering::SeqCst);
    Ok(())
}
