//! Watches files on a thread of its own, and reports when one may have changed.

mod debouncer;
mod files;

use debouncer::{Debouncer, Signal};
use files::Files;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Watched files. Dropping it ends the watching.
pub(crate) struct Watch(Arc<Shared>);

struct Shared {
    debouncer: Debouncer,
    files: Mutex<Files>,
}

/// What a watcher reports.
pub(crate) enum WatchEvent {
    /// A file may have changed.
    Changed,
    /// Some files cannot be watched.
    Failed(String),
}

impl Watch {
    /// Reports each change, and one at the start: the files may have changed since they were read.
    pub(crate) fn start(paths: Vec<PathBuf>, report: impl FnMut(WatchEvent) + Send + 'static) -> Result<Watch, String> {
        let shared = Arc::new(Shared { debouncer: Debouncer::default(), files: Mutex::new(Files::new(paths)) });
        let receiver = Arc::clone(&shared);
        let watcher = notify::recommended_watcher(move |event| receiver.receive(event)).map_err(|error| text(&error))?;
        let mut folders = Folders { watcher, watched: Vec::new() };
        folders.watch(shared.files().folders())?;
        shared.debouncer.change();
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("fuseboard-watch".to_owned());
        thread.spawn(move || for_thread.run(folders, report)).map_err(|error| error.to_string())?;
        Ok(Watch(shared))
    }
}

impl Drop for Watch {
    /// Does not wait for the thread: the thread itself may drop the last handle of a board, and so this.
    fn drop(&mut self) {
        self.0.debouncer.end();
    }
}

impl Shared {
    /// Runs on notify's thread.
    fn receive(&self, event: notify::Result<Event>) {
        match event {
            Ok(event) if self.files().are_affected_by(&event) => self.debouncer.change(),
            Ok(_) => {}
            Err(error) => self.debouncer.fail(text(&error)),
        }
    }

    fn run(&self, mut folders: Folders, mut report: impl FnMut(WatchEvent)) {
        loop {
            match self.debouncer.wait() {
                Signal::Ended => return,
                Signal::Failed(why) => report(WatchEvent::Failed(why)),
                Signal::Changed => {
                    let wanted = self.resolve();
                    if let Err(why) = folders.watch(wanted) {
                        report(WatchEvent::Failed(why));
                    }
                    report(WatchEvent::Changed);
                }
            }
        }
    }

    fn resolve(&self) -> Vec<PathBuf> {
        let mut files = self.files();
        files.resolve();
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
    /// Watches these folders and no others.
    fn watch(&mut self, wanted: Vec<PathBuf>) -> Result<(), String> {
        for folder in self.watched.extract_if(.., |folder| !wanted.contains(folder)) {
            // This fails if the folder was removed, which ended its watch already.
            let _ = self.watcher.unwatch(&folder);
        }
        for folder in wanted {
            if !self.watched.contains(&folder) {
                self.watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(|error| text(&error))?;
                self.watched.push(folder);
            }
        }
        Ok(())
    }
}

/// The error with its paths. Its own `Display` shows them in debug format.
fn text(error: &notify::Error) -> String {
    let paths = error.paths.iter().map(|path| format!("{}: ", path.display())).collect::<Vec<_>>().concat();
    match &error.kind {
        notify::ErrorKind::Io(error) => format!("{paths}{error}"),
        notify::ErrorKind::MaxFilesWatch => format!("{paths}the system's limit of watched files is reached"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
