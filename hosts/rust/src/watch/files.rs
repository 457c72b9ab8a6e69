//! The watched files, and how events change them.

use notify::event::{Event, EventKind, ModifyKind, RenameMode};
use std::path::{Path, PathBuf};

/// A file's path, and its path with all links resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
struct WatchedFile {
    path: PathBuf,
    real: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub(super) struct Files(Vec<WatchedFile>);

/// A change of one watched file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileChange {
    /// Index of the file.
    pub(super) file: usize,
    pub(super) kind: ChangeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    /// It may have been written, and the writer may not be done.
    Written,
    /// Another file was renamed onto it, or onto a link on its path. It is complete.
    Replaced,
}

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

    pub(super) fn path(&self, file: usize) -> Option<PathBuf> {
        self.0.get(file).map(|file| file.path.clone())
    }

    /// A change of each file.
    pub(super) fn all_written(&self) -> Vec<FileChange> {
        (0..self.0.len()).map(|file| FileChange { file, kind: ChangeKind::Written }).collect()
    }

    /// Returns the files that an event may have changed, and keeps where their links lead now.
    pub(super) fn changes_of(&mut self, event: &Event) -> Vec<FileChange> {
        if event.need_rescan() {
            return self.all_written();
        }
        let kind = match event.kind {
            // Reading a file is no change. Linux reports a rename within a folder as `To`, and once more as `Both`.
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => return Vec::new(),
            EventKind::Modify(ModifyKind::Name(RenameMode::To)) => ChangeKind::Replaced,
            _ => ChangeKind::Written,
        };
        let changes = self.0.iter_mut().enumerate().map(|(index, file)| Some((index, file.changed_by(event, kind)?)));
        changes.flatten().map(|(file, kind)| FileChange { file, kind }).collect()
    }
}

impl WatchedFile {
    fn changed_by(&mut self, event: &Event, kind: ChangeKind) -> Option<ChangeKind> {
        let is_named = event.paths.iter().any(|path| self.path == *path || self.real.as_ref() == Some(path));
        let real = real(&self.path);
        let has_moved = real != self.real;
        // A file that was missing may be an unfinished one, even if the event is about a renamed one.
        let is_complete = real.is_some() && (is_named || self.real.is_some());
        self.real = real;
        (is_named || has_moved).then_some(if is_complete { kind } else { ChangeKind::Written })
    }
}

fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
