//! A folder of one test, deleted with its contents when it is dropped.

use std::path::{Path, PathBuf};

pub struct Folder(PathBuf);

impl Folder {
    /// # Panics
    /// If the folder cannot be made.
    #[must_use]
    pub fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("fuseboard-processes-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the folder is made");
        Folder(path)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file of a store in it.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.0.join("breakers.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
