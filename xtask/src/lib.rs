//! The tasks of `cargo xtask`, and what they are made of. A task is in the file of its name.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

pub mod bench;
pub mod component;
pub mod demo;
pub mod evil;
pub mod faults;
pub mod imports;
pub mod lint;
pub mod machine;
pub mod mutants;
pub mod reliability;
pub mod test;
pub mod way;

mod debian;
mod failure;
mod figures;
mod generated;
mod guest;
mod linker;
mod remap;
mod run;
mod steps;
mod workspace;

pub use failure::Failure;
