//! Paths of the workspace.

use std::path::{Path, PathBuf};

/// Arguments for cargo: the whole workspace, with the optional features that are linted and tested too.
pub(crate) const ALL: [&str; 3] = ["--workspace", "--features", "fuseboard-stores/redis-tls,fuseboard-stores/sqlite"];

/// The root of the checkout. Without cargo's variable, the one that this program was built in.
#[must_use]
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(|| package.clone(), Path::to_path_buf)
}

/// The target folder of cargo, which may be outside the checkout.
pub fn builds() -> PathBuf {
    let configured = std::env::var_os("CARGO_TARGET_DIR").or_else(|| std::env::var_os("CARGO_BUILD_TARGET_DIR"));
    configured.map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The component. The path does not depend on cargo's target folder: hosts read this file, unless `FUSEBOARD_COMPONENT` names another.
pub fn component() -> PathBuf {
    root().join("target/component/fuseboard.wasm")
}

/// The attacking guest of the sandbox tests.
pub fn evil() -> PathBuf {
    component().with_file_name("evil.wasm")
}
