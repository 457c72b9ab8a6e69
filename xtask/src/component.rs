//! `cargo xtask component`: builds the guest, checks what it imports, and compiles it to machine code.

use crate::{Failure, guest, imports, run, toolchain, workspace};
use std::path::Path;

/// The largest size of the component that is accepted, in bytes.
pub const COMPONENT_BYTES_MAX: usize = 900_000;

/// Builds the component and its machine code, writes them where the host library finds them, and prints size, imports and path.
///
/// # Errors
/// When the component cannot be built or compiled, is too large, or imports something else than `wit/imports.golden` lists.
pub fn task() -> Result<(), Failure> {
    let bytes = built("fuseboard")?;
    let names = imports::of_component(&bytes)?;
    println!("component: {} bytes (at most {COMPONENT_BYTES_MAX})", bytes.len());
    for name in &names {
        println!("imports:   {name}");
    }
    imports::check(&names, &workspace::root().join("wit/imports.golden"))?;
    check_size(bytes.len())?;
    let path = workspace::component();
    publish(&bytes, &path)?;
    precompile(&path)?;
    println!("path:      {}", path.display());
    Ok(())
}

/// Compiles the component for this machine's target, into a folder next to it that is named for the target. Uses the wasmtime and the
/// profile of the tests, so nothing is compiled for this alone.
fn precompile(component: &Path) -> Result<(), Failure> {
    let folder = component.parent().unwrap_or(component);
    let mut cargo = run::cargo();
    cargo.args(["run", "--package", "fuseboard-precompile", "--"]).arg(component).arg(folder);
    run::stream(&mut cargo, "see the compiler's or wasmtime's own message above")
}

/// The bytes of a package's component.
pub(crate) fn built(package: &str) -> Result<Vec<u8>, Failure> {
    read(&guest::build(package, toolchain::find()?)?)
}

fn check_size(bytes: usize) -> Result<(), Failure> {
    if bytes <= COMPONENT_BYTES_MAX {
        return Ok(());
    }
    Err(Failure::new(
        format!("the component has {bytes} bytes, at most {COMPONENT_BYTES_MAX} are allowed"),
        "look for a new dependency (`cargo tree -p fuseboard -e normal`), or for formatting code that came in with one",
    ))
}

/// Writes the file only if it differs: a new modification time makes cargo compile the hosts again.
pub(crate) fn publish(bytes: &[u8], to: &Path) -> Result<(), Failure> {
    if std::fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let written = to.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(to, bytes));
    written.map_err(|error| Failure::new(format!("{} cannot be written: {error}", to.display()), "is the folder yours, the disk full?"))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let remedy = "the build said that it succeeded: is the target folder cleaned by another program?";
    std::fs::read(path).map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display()), remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_may_have_the_limit_and_no_byte_more() {
        assert_eq!(check_size(COMPONENT_BYTES_MAX), Ok(()));
        assert!(check_size(COMPONENT_BYTES_MAX + 1).unwrap_err().to_string().contains("900001 bytes"));
    }
}
