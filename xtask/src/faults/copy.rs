//! A copy of the checkout, in which faults are planted: the checkout itself is never touched.

use super::fault::Fault;
use crate::{Failure, run, workspace};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Copy {
    root: PathBuf,
}

impl Copy {
    /// Copies what git tracks and what it would. The folder stays for the next time: only what differs is written, so that cargo
    /// builds no more than it must.
    pub fn make() -> Result<Copy, Failure> {
        let copy = Copy { root: workspace::builds().join("faults/checkout") };
        fs::create_dir_all(&copy.root).map_err(|error| unwritable(&copy.root, &error))?;
        copy.refresh()?;
        Ok(copy)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes it like the checkout.
    fn refresh(&self) -> Result<(), Failure> {
        let files = tracked()?;
        for file in &files {
            let (from, to) = (workspace::root().join(file), self.root.join(file));
            let text = fs::read(&from).map_err(|error| Failure::new(format!("{}: {error}", from.display()), "is it tracked and gone?"))?;
            if fs::read(&to).ok().as_ref() != Some(&text) {
                let folder = to.parent().map_or(Ok(()), fs::create_dir_all);
                folder.and_then(|()| fs::write(&to, text)).map_err(|error| unwritable(&to, &error))?;
            }
        }
        remove_others(&self.root, &self.root, &files)
    }

    /// Whether each fault can be planted; all those that cannot, at once.
    pub fn check(&self, faults: &[Fault]) -> Result<(), Failure> {
        let astray: Vec<&str> = faults
            .iter()
            .filter(|fault| run::read(&mut self.git(&["apply", "--check", "-C1"], fault)).is_none())
            .map(|fault| fault.name.as_str())
            .collect();
        if astray.is_empty() {
            return Ok(());
        }
        let remedy = "the code has moved on: make the same fault there by hand, and `git diff` the new patch; a fault that cannot be made any more goes";
        Err(Failure::new(format!("these patches of faults/ do not apply:\n{}", astray.join("\n")), remedy))
    }

    /// Puts a fault in.
    pub fn plant(&self, fault: &Fault) -> Result<(), Failure> {
        self.apply(&["apply", "-C1"], fault)
    }

    /// Takes it out again: the checkout may have changed meanwhile, and is not looked at.
    pub fn heal(&self, fault: &Fault) -> Result<(), Failure> {
        self.apply(&["apply", "-C1", "--reverse"], fault)
    }

    fn apply(&self, words: &[&str], fault: &Fault) -> Result<(), Failure> {
        run::stream(&mut self.git(words, fault), "is another `cargo xtask faults` at work here?")
    }

    fn git(&self, words: &[&str], fault: &Fault) -> Command {
        let mut git = run::program("git");
        // The copy stands inside of the checkout, and is to be no part of it for git.
        git.current_dir(&self.root).env("GIT_CEILING_DIRECTORIES", self.root.parent().unwrap_or(&self.root)).env_remove("GIT_DIR");
        git.args(words).arg(&fault.path);
        git
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} cannot be written: {error}", path.display()), "is the folder yours, the disk full?")
}

fn tracked() -> Result<BTreeSet<PathBuf>, Failure> {
    let mut git = run::program("git");
    git.current_dir(workspace::root()).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let remedy = "the copy takes what git lists: is this a git checkout?";
    let list = run::read(&mut git).ok_or_else(|| Failure::new("`git ls-files` failed", remedy))?;
    Ok(list.lines().map(PathBuf::from).filter(|file| workspace::root().join(file).is_file()).collect())
}

/// Removes what a later checkout has no more: cargo would find it as a test.
fn remove_others(folder: &Path, root: &Path, files: &BTreeSet<PathBuf>) -> Result<(), Failure> {
    let unreadable = |error| Failure::new(format!("{}: {error}", folder.display()), "remove target/faults by hand");
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
