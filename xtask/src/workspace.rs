//! Where things are.

use std::path::{Path, PathBuf};

/// The checkout. Cargo gives it to a program that it runs; a program run by hand has the one it was built in.
#[must_use]
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(|| package.clone(), Path::to_path_buf)
}

/// Where cargo builds, and we the guest: it may be shared or elsewhere.
pub fn builds() -> PathBuf {
    let wished = std::env::var_os("CARGO_TARGET_DIR").or_else(|| std::env::var_os("CARGO_BUILD_TARGET_DIR"));
    wished.map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The component. Always at this place, wherever cargo builds: what embeds it looks here, unless `FUSEBOARD_COMPONENT` names
/// another file.
pub fn component() -> PathBuf {
    root().join("target/component/fuseboard.wasm")
}

/// The guest of attacks, for the tests of the sandbox.
pub fn evil() -> PathBuf {
    component().with_file_name("evil.wasm")
}
