//! The rules of a forked child's board. Real forks are in `tests/fork.rs`.

use super::fake_answers::db;
use super::fake_engine::TestBoard;
use super::fake_script::Scripted;
use super::handle::Board;
use super::on_engine_error::OnEngineError;
use super::store_kind::StoreKind;
use crate::board::event_dispatcher::EventDispatcher;
use fuseboard::time::Now;
use fuseboard::{CallerTime, End, Reply, Sources, StepRequest, Target, Token};
use futures_lite::future::block_on;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);
/// Several times as long as a thread takes to go on if nothing holds it.
const A_WHILE: Duration = Duration::from_millis(200);

fn board_of(board: &TestBoard) -> Board {
    Board { inner: Arc::clone(&board.inner) }
}

#[test]
fn a_child_settles_and_reports_nothing_that_its_parent_admitted() {
    let board = TestBoard::with(1, StoreKind::Blocking, EventDispatcher::default(), OnEngineError::Refuse);
    let parents = board_of(&board);
    let guards = [parents.guard(&db()).unwrap(), parents.guard(&db()).unwrap()];
    let waiting = block_on(parents.guard_async(&db())).unwrap();
    board.lease(&Target::name("leased"));
    board.settle(&Target::name("leased"), End::Returned);
    board.log();
    board.inner.replace_in_child();
    for guard in guards {
        guard.success();
    }
    block_on(waiting.success());
    let script = Arc::clone(&board.script);
    drop((parents, board));
    let log = script.log.lock().unwrap().clone();
    assert!(!log.iter().any(|line| line.starts_with("tally") || line.starts_with("settle")), "{log:?}");
}

#[test]
fn a_flush_of_the_parent_that_fails_in_a_child_asks_no_further_engine() {
    let board = TestBoard::new(2);
    board.script(Scripted::Stop);
    board.inner.replace_in_child();
    assert!(board.inner.flush(SOON).is_err());
    assert_eq!(board.log(), ["flush 0"]);
}

#[test]
fn a_child_has_no_lease_new_engines_and_the_configuration_of_its_parent() {
    let board = TestBoard::new(1);
    let parents = board_of(&board);
    let handle = parents.target(&db()).unwrap();
    board.inner.reconfigure(Sources { prefix: "P".to_owned(), ..Sources::default() }).unwrap();
    board.lease(&db());
    board.inner.replace_in_child();
    handle.allow().unwrap();
    let log = board.log();
    let [configured, allowed] = log.as_slice() else { panic!("{log:?}") };
    assert!(configured.starts_with("configure 0 P writer ") && configured != "configure 0 P writer 1", "{configured}");
    assert_eq!(allowed, "allow db");
}

#[test]
fn requests_wait_from_before_a_fork_until_after_it() {
    let board = TestBoard::new(1);
    let parent = board_of(&board);
    parent.before_fork();
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| sender.send(parent.allow(&db()).map(drop)).unwrap());
        parent.flush(SOON).expect("the forking thread passes");
        assert!(receiver.recv_timeout(A_WHILE).is_err(), "the other thread waits");
        assert_eq!(board.log(), ["flush 0"]);
        parent.after_fork_in_parent();
        receiver.recv_timeout(SOON).expect("it goes on").unwrap();
    });
    assert_eq!(board.log(), ["allow db"]);
}

#[test]
fn a_fork_waits_for_a_request_that_is_under_way() {
    let board = TestBoard::new(1);
    let parent = board_of(&board);
    let (entered, leaves) = (channel(), channel());
    std::thread::scope(|scope| {
        let inner = &board.inner;
        scope.spawn(move || {
            inner.engines.with_engine(0, |_| {
                entered.0.send(()).unwrap();
                leaves.1.recv_timeout(SOON).unwrap();
                Ok(())
            })
        });
        entered.1.recv_timeout(SOON).unwrap();
        let (quiet, forks) = channel();
        let parent = &parent;
        scope.spawn(move || {
            parent.before_fork();
            quiet.send(()).unwrap();
            parent.after_fork_in_parent();
        });
        assert!(forks.recv_timeout(A_WHILE).is_err(), "it waits");
        leaves.0.send(()).unwrap();
        forks.recv_timeout(SOON).unwrap();
    });
}

#[test]
fn a_fork_waits_until_no_thread_is_in_the_store() {
    let board = TestBoard::new(1);
    let parent = board_of(&board);
    let (entered, leaves, quiet) = (channel(), channel(), channel());
    std::thread::scope(|scope| {
        let (inner, parent) = (&board.inner, &parent);
        scope.spawn(move || {
            inner.engines.in_store(|| {
                entered.0.send(()).unwrap();
                leaves.1.recv_timeout(SOON).unwrap();
            })
        });
        entered.1.recv_timeout(SOON).unwrap();
        scope.spawn(move || {
            parent.before_fork();
            quiet.0.send(()).unwrap();
            parent.after_fork_in_parent();
        });
        assert!(quiet.1.recv_timeout(A_WHILE).is_err(), "it waits");
        leaves.0.send(()).unwrap();
        quiet.1.recv_timeout(SOON).unwrap();
    });
}

#[test]
fn a_request_does_not_go_on_in_another_run_of_its_engine() {
    let board = TestBoard::new(1);
    let engines = &board.inner.engines;
    let open = engines.begin(0, CallerTime::from(Now::default()), &StepRequest::Flush, &|_| {}).unwrap();
    engines.stop_all();
    engines.with_engine(0, |_| Ok(())).unwrap();
    let gone_on = engines.go_on(0, open.run, Now::default(), Token(0), Reply::GoOn, &|_| {});
    assert!(gone_on.err().unwrap().to_string().contains("restarted while this request waited"));
}
