//! Watches files, on a thread of its own, and says when one may have changed.

mod bell;
mod files;

use bell::{Bell, Rung};
use files::Files;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Ends the watching when dropped.
pub(crate) struct Watch(Arc<Shared>);

struct Shared {
    bell: Bell,
    files: Mutex<Files>,
}

/// What a watcher tells.
pub(crate) enum Seen {
    /// A file may have changed.
    Change,
    /// It cannot watch, or not all.
    Trouble(String),
}

impl Watch {
    /// Tells of each change, and once at the start, since the files may have changed before.
    pub(crate) fn start(paths: Vec<PathBuf>, tell: impl FnMut(Seen) + Send + 'static) -> Result<Watch, String> {
        let shared = Arc::new(Shared { bell: Bell::default(), files: Mutex::new(Files::new(paths)) });
        let ear = Arc::clone(&shared);
        let watcher = notify::recommended_watcher(move |event| ear.hear(event)).map_err(|error| told(&error))?;
        let mut folders = Folders { watcher, watched: Vec::new() };
        folders.watch(shared.files().folders())?;
        shared.bell.change();
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("fuseboard-watch".to_owned());
        thread.spawn(move || of_thread.run(folders, tell)).map_err(|error| error.to_string())?;
        Ok(Watch(shared))
    }
}

impl Drop for Watch {
    /// Without waiting for the thread: it may be the one that drops the last of a board.
    fn drop(&mut self) {
        self.0.bell.end();
    }
}

impl Shared {
    /// On the library's thread.
    fn hear(&self, event: notify::Result<Event>) {
        match event {
            Ok(event) if self.files().concern(&event) => self.bell.change(),
            Ok(_) => {}
            Err(error) => self.bell.trouble(told(&error)),
        }
    }

    fn run(&self, mut folders: Folders, mut tell: impl FnMut(Seen)) {
        loop {
            match self.bell.wait() {
                Rung::Ended => return,
                Rung::Trouble(why) => tell(Seen::Trouble(why)),
                Rung::Changed => {
                    let wanted = self.follow();
                    if let Err(why) = folders.watch(wanted) {
                        tell(Seen::Trouble(why));
                    }
                    tell(Seen::Change);
                }
            }
        }
    }

    fn follow(&self) -> Vec<PathBuf> {
        let mut files = self.files();
        files.follow();
        files.folders()
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Folders {
    watcher: RecommendedWatcher,
    watched: Vec<PathBuf>,
}

impl Folders {
    /// From now on these, and no others.
    fn watch(&mut self, wanted: Vec<PathBuf>) -> Result<(), String> {
        for folder in self.watched.extract_if(.., |folder| !wanted.contains(folder)) {
            // It may be gone, and with it the watch.
            let _ = self.watcher.unwatch(&folder);
        }
        for folder in wanted {
            if !self.watched.contains(&folder) {
                self.watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(|error| told(&error))?;
                self.watched.push(folder);
            }
        }
        Ok(())
    }
}

/// With the paths, which its `Display` shows as a debugging aid.
fn told(error: &notify::Error) -> String {
    let paths = error.paths.iter().map(|path| format!("{}: ", path.display())).collect::<Vec<_>>().concat();
    match &error.kind {
        notify::ErrorKind::Io(error) => format!("{paths}{error}"),
        notify::ErrorKind::MaxFilesWatch => format!("{paths}the system watches as many files as it can"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
