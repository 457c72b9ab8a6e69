use crate::folder::{Folder, WITHIN, count_up, create, increment, value};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, StoreError};
use fuseboard_stores::{SqliteOptions, SqliteStore};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

const SHORT: Millis = Millis(50);
/// Far more than [`SHORT`], since other tests may take the processor.
const SOON: Duration = Duration::from_secs(2);

const STORES: usize = 6;

/// An operation whose budget ends ends with it.
fn unavailable<T: std::fmt::Debug>(work: impl FnOnce() -> Result<T, StoreError>) -> String {
    let start = Instant::now();
    let done = work();
    let took = start.elapsed();
    let Err(StoreError::Unavailable(why)) = done else { panic!("it is unavailable: {done:?}") };
    assert!(took >= Duration::from_millis(SHORT.0) && took < SOON, "it took {took:?}");
    why
}

#[test]
fn a_locked_file_makes_swaps_unavailable_within_their_budget_and_reads_go_on() {
    let folder = Folder::new("locked");
    let store = SqliteStore::new(folder.file());
    let revision = create(&store, "n:a", "1");
    let other = folder.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let why = unavailable(|| store.compare_and_swap("n:a", Some(revision), "2", None, SHORT));
    assert!(why.contains("breakers.db: database is locked; other connections held its lock"), "{why}");
    assert_eq!(store.load("n:a", Some(revision), SHORT), Ok(Lookup::Unchanged));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(value(&store, "n:a").as_deref(), Some("1"), "nothing was written");
    assert_eq!(increment(&store, "n:a"), 2);
}

#[test]
fn a_file_in_exclusive_use_is_unavailable_within_the_budget() {
    let folder = Folder::new("exclusive");
    create(&SqliteStore::new(folder.file()), "n:a", "1");
    let other = folder.connection();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let store = SqliteStore::new(folder.file());
    unavailable(|| store.load("n:a", None, SHORT));
    unavailable(|| store.list_keys("", None, 10, SHORT));
    unavailable(|| store.check(SHORT));
    drop(other);
    assert_eq!(value(&store, "n:a").as_deref(), Some("1"));
}

#[test]
fn a_thread_that_gets_no_turn_is_unavailable_within_its_budget() {
    let folder = Folder::new("turns");
    let store = SqliteStore::new(folder.file());
    create(&store, "n:a", "1");
    let guard = store.before_fork(Millis(1_000)).unwrap();
    let why = unavailable(|| store.load("n:a", None, SHORT));
    assert!(why.contains("about to fork"), "{why}");
    drop(guard);
    assert_eq!(value(&store, "n:a").as_deref(), Some("1"));
}

#[test]
fn stores_that_create_one_file_at_once_all_use_it() {
    for round in 0..20 {
        let folder = Folder::new(&format!("creation-{round}"));
        let start = Barrier::new(STORES);
        thread::scope(|scope| {
            for n in 0..STORES {
                let (folder, start) = (&folder, &start);
                scope.spawn(move || {
                    let store = SqliteStore::new(folder.file());
                    start.wait();
                    create(&store, &format!("n:{n}"), "v");
                });
            }
        });
        let store = SqliteStore::new(folder.file());
        let listed = store.list_keys("n:", None, 100, WITHIN).unwrap();
        assert_eq!(listed.keys.len(), STORES);
    }
}

#[test]
fn threads_lose_no_swap_on_few_connections() {
    let folder = Folder::new("threads");
    let store = SqliteStore::with_options(SqliteOptions::new(folder.file()).connections(2));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| count_up(&store, "n:count", 50));
        }
    });
    assert_eq!(value(&store, "n:count").as_deref(), Some("400"));
}
