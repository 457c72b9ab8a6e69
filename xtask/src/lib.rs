//! The tasks of `cargo xtask`, each in the file of its name, and the modules that they share.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

pub mod bench;
pub mod bench_redis;
pub mod build_machine;
pub mod component;
pub mod conformance;
pub mod demo;
pub mod evil;
pub mod faults;
pub mod imports;
pub mod lint;
pub mod model;
pub mod mutants;
pub mod package;
pub mod plain_hosts;
pub mod python;
pub mod reliability;
pub mod test;
pub mod toolchain;
pub mod torture;
pub mod valkey;
pub mod wheel;

mod copy_tree;
mod debian;
mod failure;
mod figures;
mod generated;
mod guest;
mod linker;
mod python_environment;
mod run;
mod rustc_flags;
mod steps;
mod workspace;

pub use failure::Failure;
