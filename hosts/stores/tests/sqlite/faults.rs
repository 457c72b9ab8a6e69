use crate::folder::{Folder, WITHIN, create, value};
use fuseboard::{Store, StoreError};
use fuseboard_stores::SqliteStore;
use std::fs;

fn refusal(store: &SqliteStore) -> String {
    let load = store.load("n:a", None, WITHIN);
    let Err(StoreError::Refused(why)) = load else { panic!("the file is refused: {load:?}") };
    assert_eq!(store.compare_and_swap("n:a", None, "v", None, WITHIN), Err(StoreError::Refused(why.clone())));
    assert_eq!(store.list_keys("", None, 10, WITHIN), Err(StoreError::Refused(why.clone())));
    assert_eq!(store.check(WITHIN), Err(StoreError::Refused(why.clone())));
    why
}

#[test]
fn the_folder_of_the_file_is_created() {
    let folder = Folder::new("create");
    let file = folder.path().join("a/b/breakers.db");
    let store = SqliteStore::new(&file);
    assert!(!file.exists(), "making a store opens nothing");
    store.check(WITHIN).unwrap();
    assert!(file.exists());
    create(&store, "n:a", "v");
}

#[test]
fn a_file_of_a_newer_schema_is_refused() {
    let folder = Folder::new("newer");
    create(&SqliteStore::new(folder.file()), "n:a", "v");
    folder.connection().pragma_update(None, "user_version", 2).unwrap();
    let why = refusal(&SqliteStore::new(folder.file()));
    let expected = format!(
        "the SQLite file {} has schema version 2, this library supports 1; upgrade this program, or give it another file",
        folder.file().display()
    );
    assert_eq!(why, expected);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    let folder = Folder::new("foreign");
    folder.connection().execute_batch("CREATE TABLE people (name TEXT)").unwrap();
    let before = fs::read(folder.file()).unwrap();
    let why = refusal(&SqliteStore::new(folder.file()));
    assert!(why.contains("was not made by Fuseboard (application_id 0, user_version 0)"), "{why}");
    assert_eq!(fs::read(folder.file()).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let folder = Folder::new("no-database");
    let text = "hosts:\n  api.crossref.org:\n    fail_max: 5\n".repeat(50);
    fs::write(folder.file(), &text).unwrap();
    let why = refusal(&SqliteStore::new(folder.file()));
    assert!(why.ends_with("choose a path where no other file is"), "{why}");
    assert_eq!(fs::read_to_string(folder.file()).unwrap(), text);
}

#[test]
fn a_folder_that_is_a_file_is_refused() {
    let folder = Folder::new("not-a-folder");
    fs::write(folder.path().join("data"), "").unwrap();
    let why = refusal(&SqliteStore::new(folder.path().join("data/breakers.db")));
    assert!(why.starts_with("cannot create the folder "), "{why}");
}

#[test]
fn a_path_that_is_a_folder_is_an_error() {
    let folder = Folder::new("is-a-folder");
    let load = SqliteStore::new(folder.path()).load("n:a", None, WITHIN);
    let Err(StoreError::Unavailable(why)) = load else { panic!("a folder cannot be opened: {load:?}") };
    assert!(why.contains(&folder.path().display().to_string()), "{why}");
}

#[test]
fn a_file_name_is_never_read_as_a_uri() {
    let folder = Folder::new("uri");
    let file = folder.path().join("breakers.db?mode=memory");
    create(&SqliteStore::new(&file), "n:a", "v");
    assert!(file.exists());
    assert_eq!(value(&SqliteStore::new(&file), "n:a").as_deref(), Some("v"));
}

#[test]
fn keys_and_values_that_are_too_long_are_refused() {
    let folder = Folder::new("lengths");
    let store = SqliteStore::new(folder.file());
    let swap = store.compare_and_swap("n:a", None, &"x".repeat(65_537), None, WITHIN);
    assert_eq!(swap, Err(StoreError::Refused("the value has 65537 bytes, at most 65536 are allowed".to_owned())));
    let load = store.load(&"k".repeat(513), None, WITHIN);
    assert_eq!(load, Err(StoreError::Refused("the key has 513 bytes, at most 512 are allowed".to_owned())));
}
