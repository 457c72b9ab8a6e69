use super::error::{Stage, store_error};
use fuseboard::StoreError;
use std::fs;
use std::io;
use std::path::Path;

/// Creates the file's folder, and those above it.
pub(super) fn create_folder(file: &Path) -> Result<(), StoreError> {
    let Some(folder) = file.parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|cause| {
        let text = format!("cannot create the folder {} for the SQLite file: {cause}; create it, or choose another path", folder.display());
        io_error(&cause, text)
    })
}

/// The reason why SQLite could not open a file. SQLite itself gives none, so for a new file another entry is tried in its folder.
pub(super) fn open_error(file: &Path, error: &rusqlite::Error) -> StoreError {
    match probe_folder(file) {
        Ok(()) => store_error(Stage::Open, file, error),
        Err(cause) => {
            let text = format!("cannot create the SQLite file {}: {cause}; this user must be allowed to write its folder", file.display());
            io_error(&cause, text)
        }
    }
}

fn probe_folder(file: &Path) -> io::Result<()> {
    if file.try_exists()? {
        return Ok(());
    }
    let probe = file.with_extension(format!("probe-{}", std::process::id()));
    fs::create_dir(&probe)?;
    fs::remove_dir(&probe)
}

fn io_error(cause: &io::Error, text: String) -> StoreError {
    use io::ErrorKind::{AlreadyExists, InvalidInput, NotADirectory, PermissionDenied, ReadOnlyFilesystem};
    match cause.kind() {
        AlreadyExists | InvalidInput | NotADirectory | PermissionDenied | ReadOnlyFilesystem => StoreError::Refused(text),
        _ => StoreError::Unavailable(text),
    }
}
