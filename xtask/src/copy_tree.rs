//! Copies files and folders.

use crate::Failure;
use std::fs;
use std::path::Path;

/// Copies a file, or a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    if from.is_dir() {
        for entry in fs::read_dir(from).map_err(|error| unusable(from, &error))? {
            let name = entry.map_err(|error| unusable(from, &error))?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
        return Ok(());
    }
    let folder = to.parent().map_or(Ok(()), fs::create_dir_all);
    folder.and_then(|()| fs::copy(from, to)).map(drop).map_err(|error| unusable(to, &error))
}

/// The failure of an operation on a path.
pub fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()), "is the folder yours, the disk full?")
}
