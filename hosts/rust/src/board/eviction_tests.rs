//! Evictions from the cache of targets, which do not concern the caller whose target takes the place.

use super::fake_answers::{admitted, db};
use super::fake_engine::TestBoard;
use super::fake_script::Scripted;
use fuseboard::{End, Target};
use std::time::Duration;

/// A board whose cache has evicted a target with an unreported tally.
fn board_after_an_eviction() -> TestBoard {
    let board = TestBoard::new(1);
    board.lease(&db());
    board.settle(&db(), End::Returned);
    for n in 0..24_000 {
        board.target(&Target::name(format!("n{n}")));
    }
    board
}

#[test]
fn a_lookup_that_evicts_a_target_sends_no_request() {
    assert_eq!(board_after_an_eviction().log(), [""; 0]);
}

#[test]
fn the_tally_of_an_evicted_target_is_reported_with_the_next_request() {
    let board = board_after_an_eviction();
    board.allow(&Target::name("next")).unwrap();
    assert_eq!(board.log(), ["allow next", "tally 1 slow 0 age 0"]);
    board.allow(&Target::name("next")).unwrap();
    assert_eq!(board.log(), ["allow next"], "no tally is reported twice");
}

#[test]
fn flush_reports_the_tallies_of_evicted_targets() {
    let board = board_after_an_eviction();
    board.inner.flush(Duration::from_secs(20)).unwrap();
    assert_eq!(board.log(), ["tally 1 slow 0 age 0", "flush 0"]);
}

#[test]
fn a_tally_of_an_evicted_target_that_fails_does_not_fail_the_next_request() {
    let board = board_after_an_eviction();
    board.script(Scripted::Decide(Box::new(admitted(None))));
    board.script(Scripted::Stop);
    assert!(board.allow(&Target::name("next")).is_ok());
    assert_eq!(board.log(), ["allow next", "tally 1 slow 0 age 0"]);
}
