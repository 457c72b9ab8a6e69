use crate::folder::{Folder, WITHIN, create, value};
use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{Store, StoreError, Swap};
use fuseboard_stores::{ManualClock, SqliteOptions, SqliteStore};

const TTL: Millis = Millis(1_000);

fn write(store: &SqliteStore, key: &str, value: &str) -> Result<Swap, StoreError> {
    store.compare_and_swap(key, None, value, Some(TTL), WITHIN)
}

fn rows(connection: &rusqlite::Connection) -> u32 {
    connection.query_row("SELECT count(*) FROM records", [], |row| row.get(0)).unwrap()
}

#[test]
fn expired_keys_are_swept_a_few_at_a_time() {
    let folder = Folder::new("sweep");
    let clock = ManualClock::at(Wall(1_000_000), Mono(0));
    let store = SqliteStore::with_options(SqliteOptions::new(folder.file()).clock(clock.clone()));
    for n in 0..300 {
        write(&store, &format!("n:{n}"), "v").unwrap();
    }
    create(&store, "n:stays", "v");
    clock.advance(TTL);
    let connection = folder.connection();
    let mut before = rows(&connection);
    assert_eq!(before, 301);
    for n in 0..400 {
        create(&store, &format!("n:new-{n}"), "v");
        let after = rows(&connection);
        assert!(after + 64 > before, "one write sweeps at most 64 rows: {before}, then {after}");
        before = after;
    }
    assert_eq!(before, 401, "all expired rows are gone");
    assert_eq!(value(&store, "n:stays").as_deref(), Some("v"));
}

#[test]
fn every_process_sweeps_with_its_first_write() {
    let folder = Folder::new("sweep-first");
    let clock = ManualClock::at(Wall(1_000_000), Mono(0));
    let options = SqliteOptions::new(folder.file()).clock(clock.clone());
    let first = SqliteStore::with_options(options.clone());
    for n in 0..32 {
        write(&first, &format!("n:{n}"), "v").unwrap();
    }
    clock.advance(TTL);
    // Each starts at a random row, so a few of them are sure to find some.
    for n in 0..20 {
        create(&SqliteStore::with_options(options.clone()), &format!("n:new-{n}"), "v");
    }
    assert!(rows(&folder.connection()) < 52);
}

#[test]
fn a_wall_clock_stepped_back_keeps_keys_longer_and_one_stepped_forward_ends_them() {
    let folder = Folder::new("clock");
    let clock = ManualClock::at(Wall(1_000_000), Mono(0));
    let store = SqliteStore::with_options(SqliteOptions::new(folder.file()).clock(clock.clone()));
    write(&store, "n:a", "v").unwrap();
    clock.step_wall(-500);
    clock.advance(TTL);
    assert_eq!(value(&store, "n:a").as_deref(), Some("v"));
    clock.step_wall(500);
    assert_eq!(value(&store, "n:a"), None);
}

#[test]
fn a_full_file_refuses_writes_until_keys_expire() {
    let folder = Folder::new("full");
    let clock = ManualClock::at(Wall(1_000_000), Mono(0));
    let store = SqliteStore::with_options(SqliteOptions::new(folder.file()).file_bytes_max(256 << 10).clock(clock.clone()));
    let long = "x".repeat(8_000);
    let refusal = (0..100).find_map(|n| write(&store, &format!("n:{n}"), &long).err());
    let Some(StoreError::Refused(why)) = refusal else { panic!("a full file refuses: {refusal:?}") };
    assert!(why.contains("SqliteOptions::file_bytes_max"), "{why}");
    assert_eq!(value(&store, "n:0").as_deref(), Some(long.as_str()), "what is stored can still be read");
    clock.advance(TTL);
    for n in 0..20 {
        assert!(matches!(write(&store, &format!("n:new-{n}"), &long), Ok(Swap::Stored(_))), "expired keys make room");
    }
}
