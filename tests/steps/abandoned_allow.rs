//! What an abandoned `allow` leaves behind: a probe's slot that it took, or may have taken, is freed with the backlog.

use crate::answers::token;
use crate::driver::{Driver, Progress};
use fuseboard::{Command, Operation, Scope, Target, Token};

const CONFIG: &str = r#"{"defaults": {"trial_calls": 1, "sharing": {"lease_ms": 0}}}"#;

/// A driver whose circuits of these scopes are half-open.
fn half_open(scopes: &[Scope]) -> Driver {
    let mut driver = Driver::new(CONFIG);
    for scope in scopes {
        let step = driver.steps.command(driver.now(), scope, &Command::HalfOpen).expect("valid");
        let progress = driver.take(step);
        driver.end(progress);
    }
    driver
}

/// Begins an `allow` and carries out its operations until it is about to swap a key.
fn until_swap_of(driver: &mut Driver, target: &Target, swapped: &str) -> Token {
    let mut progress = driver.allow(target);
    loop {
        let token = token(&progress);
        match &driver.operations[&token] {
            Operation::Swap { key, .. } if &**key == swapped => return token,
            _ => driver.carry_out(token),
        }
        progress = driver.deliver(token);
    }
}

fn kept(driver: &mut Driver) -> u32 {
    driver.steps.health().expect("configured").kept
}

#[test]
fn a_slot_that_was_stored_is_free_for_the_next_allow() {
    let mut driver = half_open(&[Scope::name("db")]);
    let db = Target::name("db");
    let swapping = until_swap_of(&mut driver, &db, "n:db");
    driver.carry_out(swapping);
    driver.abandon(swapping);
    assert_eq!(kept(&mut driver), 1, "the slot may be stored");
    driver.permit(&db);
    assert_eq!(kept(&mut driver), 0);
}

#[test]
fn a_slot_that_was_not_stored_leaves_nothing_to_write() {
    let mut driver = half_open(&[Scope::name("db")]);
    let db = Target::name("db");
    let swapping = until_swap_of(&mut driver, &db, "n:db");
    driver.abandon(swapping);
    driver.permit(&db);
    assert_eq!(kept(&mut driver), 0);
}

#[test]
fn a_slot_is_freed_while_the_answer_to_its_swap_is_looked_for() {
    let mut driver = half_open(&[Scope::name("db")]);
    let db = Target::name("db");
    let swapping = until_swap_of(&mut driver, &db, "n:db");
    driver.operations[&swapping].run(&driver.store);
    let lost = fuseboard::StoreError::Unknown("lost".into());
    let looking = token(&driver.fail(swapping, fuseboard::Reply::Failed(lost)));
    driver.abandon(looking);
    driver.permit(&db);
}

#[test]
fn both_slots_are_free_if_the_resolvers_swap_is_abandoned() {
    let mut driver = half_open(&[Scope::name("db"), Scope::resolver("dns")]);
    let db = Target::name("db").resolver("dns");
    let swapping = until_swap_of(&mut driver, &db, "r:dns");
    driver.carry_out(swapping);
    driver.abandon(swapping);
    assert_eq!(kept(&mut driver), 2);
    driver.permit(&db);
    assert_eq!(kept(&mut driver), 0);
}

#[test]
fn a_slot_is_free_if_its_allow_is_abandoned_while_it_waits_for_the_resolvers_record() {
    let mut driver = half_open(&[Scope::name("db"), Scope::resolver("dns")]);
    let db = Target::name("db").resolver("dns");
    let writing = until_swap_of(&mut driver, &Target::name("other").resolver("dns"), "r:dns");
    let swapping = until_swap_of(&mut driver, &db, "n:db");
    driver.carry_out(swapping);
    let waiting = driver.deliver(swapping);
    assert!(matches!(waiting, Progress::Wait(_)), "another request writes the resolver's record: {waiting:?}");
    driver.abandon(token(&waiting));
    driver.abandon(writing);
    driver.permit(&db);
    assert_eq!(kept(&mut driver), 0);
}

#[test]
fn a_slot_is_free_if_its_allow_is_abandoned_while_it_gives_the_slot_back() {
    let mut driver = half_open(&[Scope::name("db"), Scope::resolver("dns")]);
    let db = Target::name("db").resolver("dns");
    let late = until_swap_of(&mut driver, &db, "r:dns");
    // Another process takes the resolver's slot.
    let mut other = Driver::on(&driver.store, &driver.clock, 2, CONFIG);
    let other_permit = other.permit(&Target::name("other").resolver("dns"));
    driver.carry_out(late);
    let giving_back = token(&driver.deliver(late));
    assert!(matches!(&driver.operations[&giving_back], Operation::Swap { key, .. } if &**key == "n:db"));
    driver.abandon(giving_back);
    assert_eq!(kept(&mut driver), 1);
    let settled = other.settle(&Target::name("other").resolver("dns"), Some(&other_permit), fuseboard::Outcome::Success);
    other.end(settled);
    driver.permit(&db);
}
