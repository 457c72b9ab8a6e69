use std::path::Path;

/// Which file a path leads to: a deleted and remade file is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code, reason = "made only where files have numbers"))]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// Whether this platform has identities of files. Windows needs none, because an open file cannot be deleted there.
    pub(super) const IS_KNOWN: bool = cfg!(unix);

    /// `None` if there is no file, or if the platform has no identities.
    ///
    /// Reads the folder, not the file: closing a file descriptor of SQLite's file would give up the process's locks on it.
    pub(super) fn of(file: &Path) -> Option<FileIdentity> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let metadata = std::fs::metadata(file).ok()?;
            Some(FileIdentity { device: metadata.dev(), inode: metadata.ino() })
        }
        #[cfg(not(unix))]
        {
            let _ = file;
            None
        }
    }
}
