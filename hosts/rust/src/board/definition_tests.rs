//! The rules of definitions on a board.

use super::fake_answers::db;
use super::fake_engine::TestBoard;
use super::fake_script::Scripted;
use super::handle::Board;
use fuseboard::{Scope, Sources, Target};
use std::sync::Arc;

const SETTINGS: &str = r#"{"fail_max": 9}"#;

fn board_of(board: &TestBoard) -> Board {
    Board { inner: Arc::clone(&board.inner) }
}

#[test]
fn a_definition_ends_the_leases_of_its_circuit_and_of_no_other() {
    let board = TestBoard::new(2);
    let other = Target::name("other");
    let leased = |target: &Target| board.is_leased(target);
    for settings in [Some(SETTINGS), None] {
        board.lease(&db());
        board.lease(&other);
        match settings {
            Some(settings) => board_of(&board).define(&Scope::name("db"), settings).unwrap(),
            None => board_of(&board).forget(&Scope::name("db")).unwrap(),
        }
        board.log();
        assert_eq!([leased(&db()), leased(&other)], [false, true]);
    }
}

#[test]
fn a_resolver_is_defined_in_every_engine_and_a_name_in_its_own() {
    let board = TestBoard::new(3);
    board_of(&board).define(&Scope::resolver("r"), SETTINGS).unwrap();
    assert_eq!(board.log().len(), 3);
    board_of(&board).define(&Scope::name("db"), SETTINGS).unwrap();
    assert_eq!(board.log().len(), 1);
}

#[test]
fn a_restarted_engine_receives_its_definitions_again_and_a_running_one_keeps_them() {
    let board = TestBoard::new(1);
    board_of(&board).define(&Scope::name("db"), SETTINGS).unwrap();
    board_of(&board).define(&Scope::name("gone"), SETTINGS).unwrap();
    board_of(&board).forget(&Scope::name("gone")).unwrap();
    board.log();
    board.inner.reconfigure(Sources::default()).unwrap();
    assert_eq!(board.log(), ["configure 0  writer 1"]);
    board.script(Scripted::Stop);
    assert!(board.allow(&db()).is_err());
    board.allow(&db()).unwrap();
    let defined = format!("define 0 {} {SETTINGS}", Scope::name("db"));
    assert_eq!(board.log(), ["allow db", "restart", "configure 0  writer 2", defined.as_str(), "allow db"]);
}

#[test]
fn a_forked_child_keeps_the_definitions() {
    let board = TestBoard::new(1);
    board_of(&board).define(&Scope::name("db"), SETTINGS).unwrap();
    board.inner.replace_in_child();
    board.log();
    board_of(&board).allow(&db()).unwrap();
    assert!(board.log().contains(&format!("define 0 {} {SETTINGS}", Scope::name("db"))));
}
