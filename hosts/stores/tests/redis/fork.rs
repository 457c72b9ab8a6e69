//! A forked child has its own connection.

use super::server::{Connect, RedisServer};
use fork::{Fork, fork, waitpid};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, Swap};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, exit};

const WITHIN: Millis = Millis(5_000);
const ALONE: &str = "FUSEBOARD_TEST_FORK";
const TEST: &str = "fork::a_forked_child_uses_a_connection_of_its_own";

/// Prefork servers load the program, use it, and fork. The child must not read from its parent's connection, and not wait for a
/// thread that exists in the parent only.
#[test]
fn a_forked_child_uses_a_connection_of_its_own() {
    if std::env::var_os(ALONE).is_some() {
        return fork_and_swap();
    }
    // A process that forks must have no other tests under way.
    let program = std::env::current_exe().expect("this test is a program");
    let status = Command::new(program).args(["--exact", TEST, "--test-threads", "1"]).env(ALONE, "1").status();
    assert!(status.is_ok_and(|status| status.success()));
}

fn fork_and_swap() {
    let server = RedisServer::start();
    let store = server.store();
    let Ok(Swap::Stored(first)) = store.compare_and_swap("k", None, "parent", None, WITHIN) else { panic!("it is stored") };
    let child = match fork().expect("the process forks") {
        Fork::Child => {
            let swapped = store.compare_and_swap("k", Some(first), "child", None, WITHIN);
            drop(store);
            // The server is the parent's.
            std::mem::forget(server);
            exit(i32::from(!matches!(swapped, Ok(Swap::Stored(_)))));
        }
        Fork::Parent(child) => child,
    };
    let status = ExitStatus::from_raw(waitpid(child).expect("the child ends"));
    assert!(status.success(), "the child's swap is stored: {status}");
    assert_eq!(store.load("fence", None, WITHIN), Ok(Lookup::Missing));
    let read = store.load("k", None, WITHIN);
    assert!(matches!(&read, Ok(Lookup::Found(entry)) if entry.value == "child"), "the parent's connection still works: {read:?}");
}
