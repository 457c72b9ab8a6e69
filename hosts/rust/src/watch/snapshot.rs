//! The state of a file at one moment.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

/// More than a document may have. What follows is not compared.
const BYTES_MAX: u64 = (1 << 20) + 1;

/// If two snapshots are equal, the file was still between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Snapshot {
    /// There is no file, or it cannot be read.
    Missing,
    File {
        modified: Option<SystemTime>,
        size: u64,
        bytes: Vec<u8>,
    },
}

impl Snapshot {
    pub(super) fn of(path: &Path) -> Snapshot {
        Snapshot::read(path).unwrap_or(Snapshot::Missing)
    }

    fn read(path: &Path) -> Option<Snapshot> {
        // Opening a pipe could wait for ever.
        let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let mut bytes = Vec::new();
        File::open(path).ok()?.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
        Some(Snapshot::File { modified: metadata.modified().ok(), size: metadata.len(), bytes })
    }
}
