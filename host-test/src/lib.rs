//! The component under test in wasmtime, beside the native engine.

#[cfg(feature = "component")]
pub mod evil;
#[cfg(feature = "component")]
pub mod many_threads;
pub mod proof;
#[cfg(feature = "component")]
pub mod sequence;
pub mod story;
