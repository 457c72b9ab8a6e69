//! Real forks, each test in a process of its own: a process that forks must have no other tests under way.
#![cfg(unix)]

use fork::{Fork, fork, waitpid_nohang};
use fuseboard_host::{Board, CallError, Handle, MemoryStore, Target};
use std::collections::BTreeSet;
use std::fmt::Error;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const ALONE: &str = "FUSEBOARD_TEST_FORK";
const FORKS: usize = 300;
const THREADS: usize = 4;
/// Long enough for a loaded machine. A child that is stuck stays so.
const CHILD_MAX: Duration = Duration::from_secs(30);
/// How a child ends that found what it expected.
const AS_EXPECTED: i32 = 42;
const CONFIG: &str = r#"{"defaults": {"fail_max": 1000, "window": {"kind": "time", "size": 3600}, "sharing": {"lease_ms": 10000}}, "names": {"failing": {"mode": "observe"}}}"#;

/// Runs `work` in a process of its own.
fn in_own_process(test: &str, work: impl FnOnce()) {
    if std::env::var_os(ALONE).is_some() {
        return work();
    }
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ALONE, "1").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

/// Forks with the hooks of the board, and waits for the child, which owns this clone of the board.
fn fork_board(board: Board, in_child: impl FnOnce(Board) -> bool) {
    board.before_fork();
    match fork().expect("the process forks") {
        Fork::Child => {
            board.after_fork_in_child();
            exit(if in_child(board) { AS_EXPECTED } else { 1 });
        }
        Fork::Parent(child) => {
            board.after_fork_in_parent();
            wait_for(child);
        }
    }
}

fn wait_for(child: i32) {
    let start = Instant::now();
    loop {
        if let Some(status) = waitpid_nohang(child).unwrap() {
            assert_eq!(ExitStatus::from_raw(status).code(), Some(AS_EXPECTED), "the child found something else");
            return;
        }
        if start.elapsed() > CHILD_MAX {
            drop(Command::new("kill").args(["-9", &child.to_string()]).status());
            panic!("the child is stuck");
        }
        thread::yield_now();
    }
}

fn board_over(store: &MemoryStore) -> Board {
    Board::builder().document("test.json", CONFIG).store(store.clone()).instances(2).build().unwrap()
}

fn succeed(handle: &Handle) {
    handle.call(|| Ok::<(), Error>(())).unwrap();
}

fn fail(handle: &Handle) {
    assert!(matches!(handle.call(|| Err::<(), Error>(Error)), Err(CallError::Failed(Error))));
}

fn successes(board: &Board, target: &Target) -> u32 {
    board.status(target).unwrap().circuit.window.map_or(0, |window| window.successes)
}

fn streak(board: &Board, name: &str) -> u32 {
    board.status(&Target::name(name)).unwrap().circuit.failure_streak
}

/// Calls of every kind until the end: under a lease, without one, and of ever new targets.
fn load(board: &Board, thread: usize, over: &AtomicBool) {
    let leased = board.target(&Target::name("leased")).unwrap();
    let failing = board.target(&Target::name("failing")).unwrap();
    for turn in 0_usize.. {
        if over.load(Ordering::Relaxed) {
            return;
        }
        succeed(&leased);
        fail(&failing);
        succeed(&board.target(&Target::name(format!("n{thread}-{}", turn % 500))).unwrap());
    }
}

/// Ends the load when it is dropped, also by a panic: a scope waits for its threads.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What every child of a board under load does.
fn child_works(board: &Board, handle: &Handle, store: &MemoryStore) -> bool {
    let before = store.contents();
    board.flush(Duration::from_secs(20)).unwrap();
    let owed_nothing = store.contents() == before;
    succeed(handle);
    fail(&board.target(&Target::name("child")).unwrap());
    owed_nothing && streak(board, "child") == 1
}

#[test]
fn no_child_of_a_board_under_load_is_stuck_or_counts_what_its_parent_counts() {
    in_own_process("no_child_of_a_board_under_load_is_stuck_or_counts_what_its_parent_counts", || {
        let store = MemoryStore::new();
        let board = board_over(&store);
        let (handle, over) = (board.target(&Target::name("leased")).unwrap(), AtomicBool::new(false));
        thread::scope(|scope| {
            let _ending = Ending(&over);
            for thread in 0..THREADS {
                let (board, over) = (&board, &over);
                scope.spawn(move || load(board, thread, over));
            }
            for _ in 0..FORKS {
                fork_board(board.clone(), |board| child_works(&board, &handle, &store));
            }
        });
    });
}

#[test]
fn outcomes_that_the_parent_owes_are_counted_once() {
    in_own_process("outcomes_that_the_parent_owes_are_counted_once", || {
        let (store, target) = (MemoryStore::new(), Target::name("leased"));
        let board = board_over(&store);
        let handle = board.target(&target).unwrap();
        (0..32).for_each(|_| succeed(&handle));
        let guard = handle.guard().unwrap();
        let counted = successes(&board, &target);
        assert!(counted < 32, "some are not reported yet");
        let (mut boards, mut handles, mut guards) = (Some(board), Some(handle), Some(guard));
        for _ in 0..3 {
            fork_board(boards.clone().unwrap(), |board| {
                let before = store.contents();
                guards.take().unwrap().success();
                (boards, handles) = (None, None);
                drop(board);
                store.contents() == before
            });
        }
        let board = boards.take().unwrap();
        guards.take().unwrap().success();
        board.flush(Duration::from_secs(20)).unwrap();
        assert_eq!(successes(&board, &target), 33);
    });
}

/// The numbers of a stored text that are too large for times: writers.
fn writers(text: &str) -> BTreeSet<u64> {
    let numbers = text.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok());
    numbers.filter(|number| *number > 1 << 48).collect()
}

/// So many that both instances serve some of them: which one serves a name is random.
const NAMES: usize = 64;

#[test]
fn a_child_writes_under_writers_of_its_own() {
    in_own_process("a_child_writes_under_writers_of_its_own", || {
        let store = MemoryStore::new();
        let board = board_over(&store);
        (0..NAMES).for_each(|n| fail(&board.target(&Target::name(format!("parent{n}"))).unwrap()));
        let of = |prefix: &str| -> BTreeSet<u64> {
            store.contents().iter().filter(|(key, _)| key.contains(prefix)).flat_map(|(_, text)| writers(text)).collect()
        };
        let parents = of("parent");
        assert_eq!(parents.len(), 2, "one for each instance");
        fork_board(board, |board| {
            (0..NAMES).for_each(|n| fail(&board.target(&Target::name(format!("child{n}"))).unwrap()));
            of("child").len() == 2 && of("child").is_disjoint(&parents)
        });
    });
}

#[test]
fn a_child_may_fork_again() {
    in_own_process("a_child_may_fork_again", || {
        let board = board_over(&MemoryStore::new());
        let handle = board.target(&Target::name("db")).unwrap();
        succeed(&handle);
        fork_board(board, |board| {
            succeed(&handle);
            fork_board(board, |_| {
                succeed(&handle);
                true
            });
            true
        });
    });
}
