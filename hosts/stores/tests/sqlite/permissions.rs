//! As a user that may not write. A superuser may write anywhere, so where the tests run as one, this runs as another user.

use crate::folder::{Folder, WITHIN, create, value};
use crate::worker;
use fuseboard::{Store, StoreError};
use fuseboard_stores::SqliteStore;
use std::env;
use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::thread;

const SUPERUSER: u32 = 0;
/// `nobody` on most systems. It need not exist.
const OTHER_USER: u32 = 65_534;

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs one test again as a user that may not write the folder.
fn as_other_user(test: &str, folder: &Folder, file: &Path) {
    let binary = Folder::new(&test.replace("::", "-"));
    let copy = binary.path().join("tests");
    fs::copy(env::current_exe().unwrap(), &copy).unwrap();
    allow(&copy, 0o755);
    allow(binary.path(), 0o755);
    allow(folder.path(), 0o555);
    let mut command = worker::command_of(&copy, test, file);
    if fs::metadata(folder.path()).unwrap().uid() == SUPERUSER {
        command.uid(OTHER_USER);
    }
    // A test that starts a process at the moment has the copy open for writing until its process runs.
    let output = (0..10_000).find_map(|_| match command.output() {
        Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
            thread::yield_now();
            None
        }
        output => Some(output.unwrap()),
    });
    allow(folder.path(), 0o755);
    let output = output.expect("the copy can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn refusal(file: &str) -> String {
    let store = SqliteStore::new(file);
    let swap = store.compare_and_swap("n:a", None, "v", None, WITHIN);
    let Err(StoreError::Refused(why)) = swap else { panic!("a swap is refused: {swap:?}") };
    why
}

#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    if let Some(file) = worker::file() {
        let why = refusal(&file);
        assert!(why.ends_with("Permission denied (os error 13); this user must be allowed to write its folder"), "{why}");
        return;
    }
    let folder = Folder::new("read-only-folder");
    as_other_user("permissions::a_folder_that_cannot_be_written_is_refused", &folder, &folder.file());
    assert!(!folder.file().exists());
}

#[test]
fn a_file_that_can_only_be_read_is_refused() {
    if let Some(file) = worker::file() {
        let why = refusal(&file);
        assert!(why.contains("this user must be allowed to write the file and its folder"), "{why}");
        return;
    }
    let folder = Folder::new("read-only-file");
    create(&SqliteStore::new(folder.file()), "n:a", "v");
    allow(&folder.file(), 0o444);
    as_other_user("permissions::a_file_that_can_only_be_read_is_refused", &folder, &folder.file());
    allow(&folder.file(), 0o644);
    assert_eq!(value(&SqliteStore::new(folder.file()), "n:a").as_deref(), Some("v"));
}

#[test]
fn a_writable_file_in_a_folder_that_cannot_be_written_is_refused() {
    if let Some(file) = worker::file() {
        let why = refusal(&file);
        assert!(why.contains("this user must be allowed to write the file and its folder"), "{why}");
        return;
    }
    let folder = Folder::new("read-only-folder-of-file");
    create(&SqliteStore::new(folder.file()), "n:a", "v");
    allow(&folder.file(), 0o666);
    as_other_user("permissions::a_writable_file_in_a_folder_that_cannot_be_written_is_refused", &folder, &folder.file());
}

#[test]
fn a_folder_above_that_cannot_be_written_is_refused() {
    if let Some(file) = worker::file() {
        let why = refusal(&file);
        assert!(why.starts_with("cannot create the folder ") && why.contains("Permission denied"), "{why}");
        return;
    }
    let folder = Folder::new("read-only-folder-above");
    let file = folder.path().join("data/breakers.db");
    as_other_user("permissions::a_folder_above_that_cannot_be_written_is_refused", &folder, &file);
}
