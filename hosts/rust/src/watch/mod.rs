//! Watches files on a thread of its own, and reports when one may have changed.

mod debouncer;
mod files;
mod signals;
mod snapshot;

use debouncer::{Debouncer, Next};
use files::Files;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use signals::{Signal, Signals};
use snapshot::Snapshot;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Watched files. Dropping it ends the watching.
pub(crate) struct Watch(Arc<Shared>);

struct Shared {
    signals: Signals,
    files: Mutex<Files>,
}

/// What a watcher reports.
pub(crate) enum WatchEvent {
    /// A file may have changed, and may be read now.
    Changed,
    /// Some files cannot be watched.
    Failed(String),
}

impl Watch {
    /// Reports each change, and one at the start: the files may have changed since they were read.
    pub(crate) fn start(paths: Vec<PathBuf>, report: impl FnMut(WatchEvent) + Send + 'static) -> Result<Watch, String> {
        let shared = Arc::new(Shared { signals: Signals::default(), files: Mutex::new(Files::new(paths)) });
        let receiver = Arc::clone(&shared);
        let watcher = notify::recommended_watcher(move |event| receiver.receive(event)).map_err(|error| text(&error))?;
        let mut folders = Folders { watcher, watched: Vec::new() };
        folders.watch(shared.files().folders())?;
        shared.signals.change(shared.files().all_written());
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("fuseboard-watch".to_owned());
        thread.spawn(move || for_thread.run(folders, report)).map_err(|error| error.to_string())?;
        Ok(Watch(shared))
    }
}

impl Drop for Watch {
    /// Does not wait for the thread: the thread itself may drop the last handle of a board, and so this.
    fn drop(&mut self) {
        self.0.signals.end();
    }
}

impl Shared {
    /// Runs on notify's thread.
    fn receive(&self, event: notify::Result<Event>) {
        match event {
            Ok(event) => {
                let changes = self.files().changes_of(&event);
                self.signals.change(changes);
            }
            Err(error) => self.signals.fail(text(&error)),
        }
    }

    fn run(&self, mut folders: Folders, mut report: impl FnMut(WatchEvent)) {
        let mut debouncer = Debouncer::default();
        let mut wait_max = None;
        loop {
            match self.signals.wait(wait_max) {
                Signal::Ended => return,
                Signal::Failed(why) => report(WatchEvent::Failed(why)),
                Signal::Changed(changes) => changes.into_iter().for_each(|change| debouncer.add(change)),
                Signal::TimedOut => {}
            }
            wait_max = match debouncer.next(Instant::now(), |file| self.snapshot(file)) {
                Next::Nothing => None,
                Next::Wait(wait) => Some(wait),
                Next::Read => {
                    if let Err(why) = folders.watch(self.resolve()) {
                        report(WatchEvent::Failed(why));
                    }
                    report(WatchEvent::Changed);
                    None
                }
            };
        }
    }

    fn snapshot(&self, file: usize) -> Snapshot {
        // The files are not locked while one is read: notify's thread needs them.
        let path = self.files().path(file);
        path.map_or(Snapshot::Missing, |path| Snapshot::of(&path))
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
