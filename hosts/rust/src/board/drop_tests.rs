//! Boards that are dropped or closed.

use super::fake_answers::db;
use super::fake_engine::TestBoard;
use super::handle::Board;
use fuseboard::End;
use fuseboard::time::Millis;
use std::sync::Arc;

#[test]
fn boards_that_are_dropped_one_after_another_have_two_seconds_in_all() {
    let first = TestBoard::new(5);
    let others = [first.beside(5), first.beside(5)];
    let script = Arc::clone(&first.script);
    *script.flush_takes.lock().unwrap() = Millis(300);
    let requests = || std::mem::take(&mut *script.log.lock().unwrap()).iter().filter(|line| line.starts_with("flush")).count();
    drop(first);
    assert_eq!(requests(), 5, "1.5 s");
    let dropped = others.map(|other| {
        drop(other);
        requests()
    });
    assert_eq!(dropped, [2, 0], "0.6 s, and no time is left");
}

#[test]
fn closing_a_board_and_dropping_another_have_two_seconds_in_all() {
    let closed = TestBoard::new(5);
    let dropped = closed.beside(5);
    let script = Arc::clone(&closed.script);
    *script.flush_takes.lock().unwrap() = Millis(450);
    let board = Board { inner: closed.inner };
    assert_eq!(futures_lite::future::block_on(board.close()).unwrap().kept, 5);
    drop(dropped);
    let requests = std::mem::take(&mut *script.log.lock().unwrap());
    assert_eq!(requests.iter().filter(|line| line.starts_with("flush")).count(), 5, "2.25 s, all by the board that was closed");
}

#[test]
fn dropping_the_last_clone_reports_the_tallies() {
    let board = TestBoard::new(1);
    board.lease(&db());
    board.settle(&db(), End::Returned);
    let TestBoard { inner, script, .. } = board;
    drop(inner);
    assert_eq!(*script.log.lock().unwrap(), ["tally 1 slow 0 age 0", "flush 0"]);
}

#[test]
fn a_flush_before_the_exit_spends_the_time_of_the_drop() {
    let flushed = TestBoard::new(5);
    let script = Arc::clone(&flushed.script);
    *script.flush_takes.lock().unwrap() = Millis(450);
    let board = Board { inner: flushed.inner };
    assert_eq!(board.flush_before_exit().unwrap().kept, 5);
    script.log.lock().unwrap().clear();
    drop(board);
    assert!(!script.log.lock().unwrap().iter().any(|line| line.starts_with("flush")));
}
