//! A copy of the checkout in which faults are planted. The checkout itself is never changed.

use super::fault::Fault;
use crate::{Failure, run, workspace};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct CheckoutCopy {
    root: PathBuf,
}

impl CheckoutCopy {
    /// Copies the tracked files and the untracked ones that git does not ignore. A copy of an earlier run is updated: only files that
    /// differ are written, so that cargo rebuilds little.
    pub fn make() -> Result<CheckoutCopy, Failure> {
        let copy = CheckoutCopy { root: workspace::builds().join("faults/checkout") };
        fs::create_dir_all(&copy.root).map_err(|error| unwritable(&copy.root, &error))?;
        copy.refresh()?;
        Ok(copy)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the copy equal to the checkout.
    fn refresh(&self) -> Result<(), Failure> {
        let files = tracked()?;
        for file in &files {
            let (from, to) = (workspace::root().join(file), self.root.join(file));
            let text = fs::read(&from)
                .map_err(|error| Failure::new(format!("{}: {error}", from.display()), "git lists this file: restore or remove it"))?;
            if fs::read(&to).ok().as_ref() != Some(&text) {
                let folder = to.parent().map_or(Ok(()), fs::create_dir_all);
                folder.and_then(|()| fs::write(&to, text)).map_err(|error| unwritable(&to, &error))?;
            }
        }
        remove_others(&self.root, &self.root, &files)
    }

    /// Checks that each patch applies. The error lists all that do not.
    pub fn check(&self, faults: &[Fault]) -> Result<(), Failure> {
        let failing: Vec<&str> = faults
            .iter()
            .filter(|fault| run::read(&mut self.git(&["apply", "--check", "-C1"], fault)).is_none())
            .map(|fault| fault.name.as_str())
            .collect();
        if failing.is_empty() {
            return Ok(());
        }
        let remedy = "the code has changed: make the same fault in the new code by hand and replace the patch with its `git diff`, or remove a fault that can no longer be made";
        Err(Failure::new(format!("these patches of faults/ do not apply:\n{}", failing.join("\n")), remedy))
    }

    /// Applies the patch of a fault.
    pub fn plant(&self, fault: &Fault) -> Result<(), Failure> {
        self.apply(&["apply", "-C1"], fault)
    }

    /// Reverts the patch of a fault. The files are not copied again, since the checkout may have changed meanwhile.
    pub fn remove(&self, fault: &Fault) -> Result<(), Failure> {
        self.apply(&["apply", "-C1", "--reverse"], fault)
    }

    fn apply(&self, arguments: &[&str], fault: &Fault) -> Result<(), Failure> {
        run::stream(&mut self.git(arguments, fault), "check that no other `cargo xtask faults` runs in this checkout")
    }

    fn git(&self, arguments: &[&str], fault: &Fault) -> Command {
        let mut git = run::program("git");
        // The copy is inside the checkout: git must not look for a repository above it.
        git.current_dir(&self.root).env("GIT_CEILING_DIRECTORIES", self.root.parent().unwrap_or(&self.root)).env_remove("GIT_DIR");
        git.args(arguments).arg(&fault.path);
        git
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} cannot be written: {error}", path.display()), "check the permissions of the folder and the free space")
}

fn tracked() -> Result<BTreeSet<PathBuf>, Failure> {
    let mut git = run::program("git");
    git.current_dir(workspace::root()).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let remedy = "the copy is made of the files that git lists: run this in a git checkout";
    let list = run::read(&mut git).ok_or_else(|| Failure::new("`git ls-files` failed", remedy))?;
    Ok(list.lines().map(PathBuf::from).filter(|file| workspace::root().join(file).is_file()).collect())
}

/// Removes files that the checkout no longer has, which cargo could take for tests.
fn remove_others(folder: &Path, root: &Path, files: &BTreeSet<PathBuf>) -> Result<(), Failure> {
    let unreadable = |error| Failure::new(format!("{}: {error}", folder.display()), "remove the folder target/faults");
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            remove_others(&path, root, files)?;
        } else if path.strip_prefix(root).is_ok_and(|file| !files.contains(file)) {
            fs::remove_file(&path).map_err(|error| unwritable(&path, &error))?;
        }
    }
    Ok(())
}
