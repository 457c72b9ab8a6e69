//! `cargo xtask evil`: builds the attacking guest that the sandbox tests need in addition to the component.

use crate::{Failure, component, workspace};

/// Builds `host-test/evil` and puts it into the folder of the component.
///
/// # Errors
/// When it cannot be built.
pub fn task() -> Result<(), Failure> {
    component::publish(&component::built("evil")?, &workspace::evil())
}
