//! `cargo xtask evil`: builds the guest of attacks, which the tests of the sandbox need beside the component.

use crate::{Failure, component, workspace};

/// Builds `host-test/evil`, and puts it beside the component. It may import what the component may: nothing else would link.
///
/// # Errors
/// When it cannot be built.
pub fn task() -> Result<(), Failure> {
    component::publish(&component::built("evil")?, &workspace::evil())
}
