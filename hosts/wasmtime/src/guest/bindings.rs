//! The contract's types and exports, generated from `wit/`.
#![allow(missing_docs, clippy::all, clippy::pedantic)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "breaker",
    ownership: Borrowing { duplicate_if_necessary: true },
});

pub(super) use exports::fuseboard::breaker::board::Problem;
