//! `cargo xtask package`: makes the packages that a registry would get, and runs a program that is built from them.

use crate::copy_tree::{copy, unusable};
use crate::{Failure, component, run, workspace};
use std::fs;
use std::path::{Path, PathBuf};

/// The published crates.
const PACKAGES: &[&str] = &["fuseboard", "fuseboard-stores", "fuseboard-wasmtime", "fuseboard-host"];
/// The crate whose package holds the component, its folder, and what is copied there.
const EMBEDDING: &str = "fuseboard-wasmtime";
const EMBEDDING_FOLDER: &str = "hosts/wasmtime";
const COMPONENT_FOLDER: &str = "component";
const COMPONENT: &str = "component/fuseboard.wasm";
const CONTRACT: &str = "wit";
/// The example that is run, and its crate.
const EXAMPLE: (&str, &str) = ("fuseboard-host", "readme");

/// Packages the crates, unpacks them into `target/package-check`, and builds and runs an example there.
///
/// # Errors
/// When a crate cannot be packaged, its package lacks a file that it needs, or the example fails.
pub fn task() -> Result<(), Failure> {
    component::task()?;
    let packages = packages()?;
    let check = workspace::builds().join("package-check");
    unpack(&packages, &check)?;
    if !check.join(folder_of(EMBEDDING)).join(COMPONENT).is_file() {
        return Err(Failure::new(format!("the package of {EMBEDDING} lacks {COMPONENT}"), "`include` in its Cargo.toml must list it"));
    }
    write_workspace(&check)?;
    let mut example = run::cargo();
    // With the builds of the workspace's dependencies: the packages have the same.
    example.current_dir(&check).args(["run", "--package", EXAMPLE.0, "--example", EXAMPLE.1, "--target-dir"]).arg(workspace::builds());
    run::stream(&mut example, "a file may be missing in a package: see `include` in the Cargo.toml of its crate")?;
    for package in &packages {
        println!("package:   {}", package.display());
    }
    Ok(())
}

/// Makes the packages. The paths are theirs.
fn packages() -> Result<Vec<PathBuf>, Failure> {
    let _copies = Copies::make()?;
    let mut cargo = run::cargo();
    // Not verified: cargo would build each alone, and they need one another. The check builds them together.
    cargo.args(["package", "--no-verify", "--allow-dirty", "--target-dir"]).arg(workspace::builds());
    for package in PACKAGES {
        cargo.args(["--package", package]);
    }
    run::stream(&mut cargo, "see cargo's own message above")?;
    let folder = workspace::builds().join("package");
    Ok(PACKAGES.iter().map(|package| folder.join(format!("{}.crate", folder_of(package)))).collect())
}

/// A package's folder when it is unpacked.
fn folder_of(package: &str) -> String {
    format!("{package}-{}", env!("CARGO_PKG_VERSION"))
}

/// Copies of what a crate's package needs and its folder lacks. They exist only while the crate is packaged.
struct Copies {
    /// Files or folders.
    paths: Vec<PathBuf>,
}

impl Copies {
    /// Copies the component and the contract into the folder of the crate that embeds the component.
    fn make() -> Result<Copies, Failure> {
        let folder = workspace::root().join(EMBEDDING_FOLDER);
        let copies = Copies { paths: vec![folder.join(COMPONENT_FOLDER), folder.join(CONTRACT)] };
        copy(&workspace::component(), &folder.join(COMPONENT))?;
        copy(&workspace::root().join(CONTRACT), &folder.join(CONTRACT))?;
        Ok(copies)
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        for path in &self.paths {
            if let Err(error) = fs::remove_dir_all(path) {
                eprintln!("{} cannot be removed: {error}; remove it by hand", path.display());
            }
        }
    }
}

fn unpack(packages: &[PathBuf], into: &Path) -> Result<(), Failure> {
    let _ = fs::remove_dir_all(into);
    fs::create_dir_all(into).map_err(|error| unusable(into, &error))?;
    for package in packages {
        // With the present time as the files' own: all packages have the same old one, by which cargo would see no change.
        run::stream(run::program("tar").arg("-xmzf").arg(package).arg("-C").arg(into), "is `tar` installed?")?;
    }
    Ok(())
}

/// A workspace of the unpacked crates, with our lock file and profile. Each takes the others from there instead of from the registry.
fn write_workspace(folder: &Path) -> Result<(), Failure> {
    let members: Vec<String> = PACKAGES.iter().map(|package| format!("{:?}", folder_of(package))).collect();
    let patches: Vec<String> = PACKAGES.iter().map(|package| format!("{package} = {{ path = {:?} }}\n", folder_of(package))).collect();
    let root = workspace::root();
    let ours = fs::read_to_string(root.join("Cargo.toml")).map_err(|error| unusable(&root.join("Cargo.toml"), &error))?;
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[patch.crates-io]\n{}\n{}",
        members.join(", "),
        patches.concat(),
        profiles(&ours)
    );
    let written =
        fs::write(folder.join("Cargo.toml"), manifest).and_then(|()| fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")));
    written.map(drop).map_err(|error| unusable(folder, &error))
}

/// The tables of the profile that programs are built with in a checkout.
fn profiles(manifest: &str) -> String {
    let tables = manifest.split("\n[").filter(|table| table.starts_with("profile.dev"));
    tables.map(|table| format!("[{table}\n")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dev_profile_is_taken_with_its_parts() {
        let manifest =
            "[package]\nname = \"x\"\n\n[profile.dev]\nopt-level = 1\n\n[profile.dev.package.\"*\"]\ndebug = false\n\n[profile.other]\n";
        assert_eq!(profiles(manifest), "[profile.dev]\nopt-level = 1\n\n[profile.dev.package.\"*\"]\ndebug = false\n\n");
    }
}
