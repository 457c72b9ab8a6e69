//! The SQLite store: its contract, its faults, and several processes on one file.
#![cfg(feature = "sqlite")]

mod folder;
mod worker;
mod contract;
mod engine;
mod expiry;
mod faults;
mod locks;
mod reopening;
mod processes;
#[cfg(unix)]
mod fork;
#[cfg(unix)]
mod permissions;
