//! The component under test in wasmtime, beside the native engine.

pub mod evil;
pub mod proof;
pub mod sequence;
pub mod story;
