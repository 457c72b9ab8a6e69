//! Boards that are dropped or closed.

use super::fake_answers::db;
use super::fake_engine::TestBoard;
use super::fake_script::Scripted;
use super::handle::Board;
use fuseboard::time::Millis;
use fuseboard::{End, Target};
use std::sync::Arc;
use std::time::Duration;

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

/// What the engines were asked to write. Restarts of stopped engines are left out.
fn written(mut log: Vec<String>) -> Vec<String> {
    log.retain(|line| line.starts_with("tally") || line.starts_with("flush") || line.starts_with("health"));
    log.sort();
    log
}

#[test]
fn an_engine_that_stops_while_a_board_is_dropped_does_not_keep_the_others_from_writing() {
    let board = TestBoard::new(2);
    for name in ["a", "b"] {
        board.lease(&Target::name(name));
        board.settle(&Target::name(name), End::Returned);
    }
    board.script(Scripted::Stop);
    let TestBoard { inner, script, .. } = board;
    drop(inner);
    let log = std::mem::take(&mut *script.log.lock().unwrap());
    assert_eq!(written(log), ["flush 0", "flush 1", "tally 1 slow 0 age 0", "tally 1 slow 0 age 0"]);
}

#[test]
fn a_flush_returns_the_first_error_after_every_engine_had_its_turn() {
    let test = TestBoard::new(3);
    for (limit, request) in [(Duration::from_secs(1), "flush"), (Duration::ZERO, "health")] {
        test.script(Scripted::Stop);
        assert!(test.inner.flush(limit).is_err_and(|error| error.is_engine_stopped()));
        assert_eq!(written(test.log()), [0, 1, 2].map(|slot| format!("{request} {slot}")));
    }
}

#[test]
fn a_board_whose_close_failed_writes_the_rest_when_it_is_dropped() {
    for (stops, requests_of_the_drop) in [(0, 0), (1, 2)] {
        let test = TestBoard::new(2);
        (0..stops).for_each(|_| test.script(Scripted::Stop));
        let board = Board { inner: Arc::clone(&test.inner) };
        assert_eq!(futures_lite::future::block_on(board.close()).is_err(), stops > 0);
        test.log();
        let TestBoard { inner, script, .. } = test;
        drop(inner);
        let log = std::mem::take(&mut *script.log.lock().unwrap());
        assert_eq!(written(log).len(), requests_of_the_drop);
    }
}
