//! The watched files, and which events affect them.

use notify::{Event, EventKind};
use std::path::{Path, PathBuf};

/// A file's path, and its path with all links resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
struct WatchedFile {
    path: PathBuf,
    real: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub(super) struct Files(Vec<WatchedFile>);

impl Files {
    pub(super) fn new(paths: Vec<PathBuf>) -> Files {
        // An empty path stays as it is: it cannot be read either.
        let file = |path: PathBuf| WatchedFile { real: None, path: std::path::absolute(&path).unwrap_or(path) };
        let mut files = Files(paths.into_iter().map(file).collect());
        files.resolve();
        files
    }

    /// Resolves the links again.
    pub(super) fn resolve(&mut self) {
        self.0.iter_mut().for_each(|file| file.real = real(&file.path));
    }

    /// The folders to watch. A file may be replaced by renaming another one; its folder stays the same.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let paths = self.0.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.real));
        let mut folders: Vec<PathBuf> = paths.filter_map(|path| path.parent()).map(Path::to_owned).collect();
        folders.sort();
        folders.dedup();
        folders
    }

    /// Whether a file may have changed. Reading a file is an event too, but not a change.
    pub(super) fn are_affected_by(&self, event: &Event) -> bool {
        if event.need_rescan() {
            return true;
        }
        let is_ours = |path: &PathBuf| self.0.iter().any(|file| file.path == *path || file.real.as_ref() == Some(path));
        !matches!(event.kind, EventKind::Access(_))
            && (event.paths.iter().any(is_ours) || self.0.iter().any(|file| real(&file.path) != file.real))
    }
}

fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}
