//! Which files are watched, and what concerns them.

use notify::{Event, EventKind};
use std::path::{Path, PathBuf};

/// A file's own path, and where it really lies, links followed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    path: PathBuf,
    real: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub(super) struct Files(Vec<Place>);

impl Files {
    pub(super) fn new(paths: Vec<PathBuf>) -> Files {
        // What is no path at all stays as it is: it cannot be read either.
        let place = |path: PathBuf| Place { real: None, path: std::path::absolute(&path).unwrap_or(path) };
        let mut files = Files(paths.into_iter().map(place).collect());
        files.follow();
        files
    }

    /// Looks anew where the files really lie.
    pub(super) fn follow(&mut self) {
        self.0.iter_mut().for_each(|place| place.real = real(&place.path));
    }

    /// The folders to watch: a file that is replaced by renaming is another one, but its folder stays.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let paths = self.0.iter().flat_map(|place| std::iter::once(&place.path).chain(&place.real));
        let mut folders: Vec<PathBuf> = paths.filter_map(|path| path.parent()).map(Path::to_owned).collect();
        folders.sort();
        folders.dedup();
        folders
    }

    /// Whether a file may have changed. Reading one is an event too, and must not be taken for a change.
    pub(super) fn concern(&self, event: &Event) -> bool {
        if event.need_rescan() {
            return true;
        }
        let is_ours = |path: &PathBuf| self.0.iter().any(|place| place.path == *path || place.real.as_ref() == Some(path));
        !matches!(event.kind, EventKind::Access(_))
            && (event.paths.iter().any(is_ours) || self.0.iter().any(|place| real(&place.path) != place.real))
    }
}

fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}
