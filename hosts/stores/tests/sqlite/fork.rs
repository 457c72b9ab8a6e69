//! Real forks, each in a process of its own: a process that forks must have no other tests under way.

use crate::folder::{Folder, WITHIN, count_up, create, increment, value};
use crate::worker;
use fork::{Fork, fork, waitpid};
use fuseboard::{Lookup, Store, StoreError};
use fuseboard_stores::SqliteStore;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{self, ExitStatus};

const CHILDREN: usize = 3;
const INCREMENTS: u64 = 50;
/// How a child ends that found what it expected.
const AS_EXPECTED: i32 = 42;

/// A forked child that runs the work and ends.
struct Child(i32);

impl Child {
    fn start(work: impl FnOnce() -> bool) -> Child {
        match fork().unwrap() {
            Fork::Parent(child) => Child(child),
            Fork::Child => process::exit(if work() { AS_EXPECTED } else { 1 }),
        }
    }

    fn found_what_it_expected(self) -> bool {
        ExitStatus::from_raw(waitpid(self.0).unwrap()).code() == Some(AS_EXPECTED)
    }
}

/// Runs `work` in a process of its own, on a new file.
fn in_own_process(test: &str, work: impl FnOnce(SqliteStore)) {
    if let Some(file) = worker::file() {
        return work(SqliteStore::new(file));
    }
    let folder = Folder::new(&test.replace("::", "-"));
    let output = worker::command(test, &folder.file()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn count_in_children(store: &SqliteStore) {
    let children: Vec<Child> = (0..CHILDREN)
        .map(|_| {
            Child::start(|| {
                count_up(store, "n:count", INCREMENTS);
                true
            })
        })
        .collect();
    for child in children {
        assert!(child.found_what_it_expected());
    }
}

#[test]
fn a_store_made_before_the_fork_and_first_used_after_it_is_shared_by_all_children() {
    in_own_process("fork::a_store_made_before_the_fork_and_first_used_after_it_is_shared_by_all_children", |store| {
        count_in_children(&store);
        assert_eq!(value(&store, "n:count").as_deref(), Some("150"));
    });
}

#[test]
fn a_store_used_before_the_fork_is_shared_by_all_children_under_a_fork_guard() {
    in_own_process("fork::a_store_used_before_the_fork_is_shared_by_all_children_under_a_fork_guard", |store| {
        assert_eq!(increment(&store, "n:count"), 1);
        let guard = store.before_fork(WITHIN).unwrap();
        count_in_children(&store);
        drop(guard);
        assert_eq!(increment(&store, "n:count"), 152);
    });
}

#[test]
fn a_child_of_a_process_with_open_connections_has_no_store_and_the_parent_keeps_its_own() {
    in_own_process("fork::a_child_of_a_process_with_open_connections_has_no_store_and_the_parent_keeps_its_own", |store| {
        let revision = create(&store, "n:a", "v");
        let mut store = Some(store);
        let child = Child::start(|| {
            let Some(inherited) = store.take() else { return false };
            let file = worker::file().unwrap_or_default();
            let is_refused = |store: &SqliteStore| {
                let load = store.load("n:a", None, WITHIN);
                matches!(load, Err(StoreError::Unavailable(why)) if why.contains("SqliteStore::before_fork"))
            };
            // Nor may another store of the child open the file: SQLite would take no locks for it.
            let found = is_refused(&inherited) && is_refused(&SqliteStore::new(file));
            drop(inherited);
            found
        });
        assert!(child.found_what_it_expected());
        let store = store.unwrap();
        assert_eq!(store.load("n:a", Some(revision), WITHIN), Ok(Lookup::Unchanged), "the child closed nothing of the parent's");
        assert_eq!(increment(&store, "n:count"), 1);
    });
}

#[test]
fn a_childs_connections_hold_locks_of_their_own() {
    if !fs::exists("/proc/locks").unwrap_or(false) {
        // Only Linux lists locks; elsewhere the tests above show that swaps are not lost.
        return;
    }
    in_own_process("fork::a_childs_connections_hold_locks_of_their_own", |store| {
        create(&store, "n:a", "v");
        let guard = store.before_fork(WITHIN).unwrap();
        let child = Child::start(|| {
            store.check(WITHIN).unwrap();
            let own = process::id().to_string();
            let locks = fs::read_to_string("/proc/locks").unwrap();
            locks.lines().any(|lock| lock.split_whitespace().any(|word| word == own))
        });
        drop(guard);
        assert!(child.found_what_it_expected());
    });
}
