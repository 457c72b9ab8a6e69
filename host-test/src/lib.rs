//! The component under test in wasmtime, beside the native engine.

pub mod story;
