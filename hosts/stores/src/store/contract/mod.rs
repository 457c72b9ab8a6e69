//! The storage contract as a check that the tests of any store can run.
//!
//! It checks every duty of `wit/storage.wit`, one file for each kind.
//!
//! ```
//! use fuseboard_stores::{ManualClock, MemoryStore, contract};
//!
//! let clock = ManualClock::default();
//! let store = MemoryStore::with_clock(clock.clone());
//! let wipe = store.clone();
//! contract::check(&store, contract::Controls { pass: &|by| clock.advance(by), wipe: &|| wipe.wipe() })?;
//! # Ok::<(), contract::Violation>(())
//! ```

mod violation;
mod operations;
mod loads;
mod many_loads;
mod swaps;
mod expiry;
mod revisions;
mod lengths;
mod budget;
mod listing;

pub use violation::Violation;

use fuseboard::Store;
use fuseboard::time::Millis;
use violation::Checked;

/// How the check controls the time and the contents of a store.
#[derive(Clone, Copy)]
pub struct Controls<'a> {
    /// Lets this much time pass for the store: on its clock, or by waiting.
    pub pass: &'a dyn Fn(Millis),
    /// Deletes all keys, as a restarted or emptied server does.
    pub wipe: &'a dyn Fn(),
}

/// Checks an empty store. Leaves keys under `contract:` in it. The store is called from several threads at once.
///
/// # Errors
/// Returns the first rule that the store violated.
pub fn check(store: &(dyn Store + Sync), controls: Controls<'_>) -> Checked {
    loads::check(store)?;
    swaps::check(store)?;
    expiry::check(store, controls.pass)?;
    many_loads::check(store, controls.pass)?;
    revisions::check(store, controls.pass, controls.wipe)?;
    lengths::check(store)?;
    budget::check(store)?;
    listing::check(store, controls.pass)
}
