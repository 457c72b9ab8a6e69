use fuseboard::StoreError;
use rusqlite::{ErrorCode, ffi};
use std::path::Path;

/// What was being done when SQLite failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    Read,
    /// Nothing of the transaction is in the log yet, or it was rolled back.
    Write,
    /// The transaction may be in the log already.
    Commit,
}

/// Converts an error of SQLite to one of the storage contract, by whether something may have been written, and whether a retry can succeed.
pub(super) fn store_error(stage: Stage, file: &Path, error: &rusqlite::Error) -> StoreError {
    let code = error.sqlite_error_code();
    let text = |advice: &str| format!("cannot {} the SQLite file {}: {error}; {advice}", verb(stage), file.display());
    // A commit that found the disk full has not written its end. After any other error it may have.
    if stage == Stage::Commit && code != Some(ErrorCode::DiskFull) {
        return StoreError::Unknown(text("the write may have happened"));
    }
    if error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_READONLY_DBMOVED) {
        return StoreError::Unavailable(text("it was moved or deleted, and the next operation opens it anew"));
    }
    match code {
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            StoreError::Refused(text("this user must be allowed to write the file and its folder"))
        }
        Some(ErrorCode::DiskFull) => {
            StoreError::Refused(text("free space on the disk, or raise `SqliteOptions::file_bytes_max`; expired keys make room too"))
        }
        Some(ErrorCode::NotADatabase) => StoreError::Refused(text("choose a path where no other file is")),
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Refused(text(
            "stop all processes that use it, then delete it with its `-wal` and `-shm` files: circuits start closed",
        )),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            StoreError::Unavailable(text("other connections held its lock for the whole budget of the operation"))
        }
        Some(ErrorCode::CannotOpen) => {
            StoreError::Unavailable(text("check the permissions of the file and its folder, and the limit on open files"))
        }
        _ => StoreError::Unavailable(text("nothing was written")),
    }
}

fn verb(stage: Stage) -> &'static str {
    match stage {
        Stage::Open => "open",
        Stage::Read => "read",
        Stage::Write => "write to",
        Stage::Commit => "commit to",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::discriminant;

    fn kind(stage: Stage, code: i32) -> std::mem::Discriminant<StoreError> {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        discriminant(&store_error(stage, Path::new("b.db"), &error))
    }

    #[test]
    fn an_error_tells_whether_something_was_written() {
        let unavailable = discriminant(&StoreError::Unavailable(String::new()));
        let unknown = discriminant(&StoreError::Unknown(String::new()));
        let refused = discriminant(&StoreError::Refused(String::new()));
        let cases = [
            (Stage::Write, ffi::SQLITE_BUSY, unavailable),
            (Stage::Read, ffi::SQLITE_BUSY_RECOVERY, unavailable),
            (Stage::Write, ffi::SQLITE_BUSY_SNAPSHOT, unavailable),
            (Stage::Open, ffi::SQLITE_PROTOCOL, unavailable),
            (Stage::Open, ffi::SQLITE_CANTOPEN, unavailable),
            (Stage::Write, ffi::SQLITE_IOERR_WRITE, unavailable),
            (Stage::Write, ffi::SQLITE_READONLY_DBMOVED, unavailable),
            (Stage::Commit, ffi::SQLITE_IOERR_FSYNC, unknown),
            (Stage::Commit, ffi::SQLITE_IOERR_WRITE, unknown),
            (Stage::Commit, ffi::SQLITE_BUSY, unknown),
            (Stage::Commit, ffi::SQLITE_NOMEM, unknown),
            (Stage::Commit, ffi::SQLITE_CORRUPT, unknown),
            (Stage::Commit, ffi::SQLITE_FULL, refused),
            (Stage::Write, ffi::SQLITE_FULL, refused),
            (Stage::Write, ffi::SQLITE_READONLY, refused),
            (Stage::Open, ffi::SQLITE_READONLY_DIRECTORY, refused),
            (Stage::Open, ffi::SQLITE_PERM, refused),
            (Stage::Open, ffi::SQLITE_NOTADB, refused),
            (Stage::Read, ffi::SQLITE_CORRUPT, refused),
        ];
        for (stage, code, expected) in cases {
            assert_eq!(kind(stage, code), expected, "{stage:?} {code}");
        }
    }

    #[test]
    fn an_error_names_the_file_and_what_to_do() {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), Some("database is locked".to_owned()));
        let StoreError::Unavailable(text) = store_error(Stage::Write, Path::new("/srv/b.db"), &error) else { panic!("it is unavailable") };
        let expected = "cannot write to the SQLite file /srv/b.db: database is locked; other connections held its lock for the whole \
                        budget of the operation";
        assert_eq!(text, expected);
    }
}
