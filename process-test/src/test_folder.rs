//! A folder for one test. It is deleted with its contents when it is dropped.

use std::path::{Path, PathBuf};

pub struct TestFolder(PathBuf);

impl TestFolder {
    /// # Panics
    /// If the folder cannot be made.
    #[must_use]
    pub fn new(test: &str) -> TestFolder {
        let path = std::env::temp_dir().join(format!("fuseboard-processes-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the folder is made");
        TestFolder(path)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of a SQLite store in the folder.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.0.join("breakers.db")
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
