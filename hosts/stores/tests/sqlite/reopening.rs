use crate::folder::{Folder, WITHIN, create, value};
use fuseboard::{Lookup, Store, Swap};
use fuseboard_stores::SqliteStore;
use std::fs;

#[test]
fn what_is_stored_is_there_after_all_connections_closed() {
    let folder = Folder::new("closed");
    let revision = create(&SqliteStore::new(folder.file()), "n:a", "v");
    let entries: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(entries, ["breakers.db"], "one file, while nobody has it open");
    assert_eq!(SqliteStore::new(folder.file()).load("n:a", Some(revision), WITHIN), Ok(Lookup::Unchanged));
}

#[test]
fn a_deleted_file_is_made_again_and_its_revisions_are_new() {
    let folder = Folder::new("deleted");
    let store = SqliteStore::new(folder.file());
    let before = create(&store, "n:a", "one");
    folder.delete_file();
    assert_eq!(store.load("n:a", Some(before), WITHIN), Ok(Lookup::Missing));
    assert_eq!(store.compare_and_swap("n:a", Some(before), "x", None, WITHIN), Ok(Swap::Conflict(None)));
    let after = create(&store, "n:a", "two");
    assert_ne!(before, after);
    assert_eq!(value(&SqliteStore::new(folder.file()), "n:a").as_deref(), Some("two"), "the file at the path is the one in use");
}

#[test]
fn a_deleted_folder_is_made_again() {
    let folder = Folder::new("folder-deleted");
    let store = SqliteStore::new(folder.path().join("data/breakers.db"));
    create(&store, "n:a", "one");
    fs::remove_dir_all(folder.path().join("data")).unwrap();
    create(&store, "n:a", "two");
    assert_eq!(value(&store, "n:a").as_deref(), Some("two"));
}

#[test]
fn a_replaced_file_is_opened_again() {
    let (folder, backup) = (Folder::new("replaced"), Folder::new("replacement"));
    let store = SqliteStore::new(folder.file());
    create(&store, "n:a", "now");
    create(&SqliteStore::new(backup.file()), "n:a", "restored");
    folder.delete_file();
    fs::rename(backup.file(), folder.file()).unwrap();
    assert_eq!(value(&store, "n:a").as_deref(), Some("restored"));
}
