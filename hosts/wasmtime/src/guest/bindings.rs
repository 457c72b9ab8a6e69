//! The contract's types and exports, generated from `wit/`.
#![allow(missing_docs, clippy::all, clippy::pedantic)]

macro_rules! generate {
    ($wit:literal) => {
        wasmtime::component::bindgen!({
            path: $wit,
            world: "breaker",
            ownership: Borrowing { duplicate_if_necessary: true },
        });
    };
}

// A package has its own copy. build.rs sets which one is used.
#[cfg(not(packaged))]
generate!("../../wit");
#[cfg(packaged)]
generate!("wit");

pub(super) use exports::fuseboard::breaker::board::Problem;
