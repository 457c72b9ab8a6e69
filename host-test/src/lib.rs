//! The component under test in wasmtime, beside the native engine.

#[cfg(feature = "component")]
pub mod evil;
pub mod proof;
pub mod story;
