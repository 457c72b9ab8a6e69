//! How the backlog is written while other requests run.

use crate::answers::{admitted, token};
use crate::driver::{Driver, Progress, report};
use fuseboard::time::Millis;
use fuseboard::{Operation, Outcome, Reply, StepAnswer, StoreError, Swap, Tally, Target, Token};

const CONFIG: &str = r#"{"defaults": {"fail_max": 1000, "sharing": {"lease_ms": 0}}}"#;

/// A driver whose backlog has one failure of each target.
fn with_backlog(targets: &[&str]) -> Driver {
    let mut driver = Driver::new(CONFIG);
    for name in targets {
        let target = Target::name(*name);
        let settled = driver.steps.settle(driver.now(), &target, None, &report(Outcome::Failure)).expect("a valid target");
        let loading = driver.take(settled);
        driver.abandon(token(&loading));
    }
    assert_eq!(kept(&mut driver), u32::try_from(targets.len()).expect("few"));
    driver
}

fn kept(driver: &mut Driver) -> u32 {
    driver.steps.health().expect("configured").kept
}

fn flush(driver: &mut Driver) -> Progress {
    let step = driver.steps.flush(driver.now()).expect("configured");
    driver.take(step)
}

fn failures(driver: &mut Driver, name: &str) -> u32 {
    let step = driver.steps.status(driver.now(), &Target::name(name)).expect("a valid target");
    let progress = driver.take(step);
    let StepAnswer::Status(report) = driver.end(progress) else { panic!("a status") };
    report.circuit.failure_streak
}

#[test]
fn one_request_at_a_time_writes_the_backlog_and_health_counts_what_it_writes() {
    let mut driver = with_backlog(&["one", "two"]);
    let first = flush(&mut driver);
    assert_eq!(kept(&mut driver), 2);
    let Progress::Ended(StepAnswer::Flushed(flushed)) = flush(&mut driver) else { panic!("the first flush writes all") };
    assert_eq!(flushed.kept, 2);
    driver.end(first);
    assert_eq!(kept(&mut driver), 0);
    assert_eq!((failures(&mut driver, "one"), failures(&mut driver, "two")), (1, 1));
}

#[test]
fn a_record_that_is_always_contended_does_not_delay_others() {
    let mut driver = with_backlog(&["contended", "two", "three"]);
    for _ in 0..2 {
        let mut progress = flush(&mut driver);
        while let Progress::Store(token) = progress {
            progress = carry_out_unless_contended(&mut driver, token);
        }
    }
    assert_eq!(kept(&mut driver), 1);
    assert_eq!((failures(&mut driver, "two"), failures(&mut driver, "three")), (1, 1));
}

/// Every swap of one key conflicts.
fn carry_out_unless_contended(driver: &mut Driver, token: Token) -> Progress {
    match &driver.operations[&token] {
        Operation::Swap { key, .. } if &**key == "n:contended" => driver.fail(token, Reply::Swapped(Swap::Conflict(None))),
        _ => {
            driver.carry_out(token);
            driver.deliver(token)
        }
    }
}

#[test]
fn a_flush_writes_more_circuits_than_another_request_may_swap() {
    let names: Vec<String> = (0..100).map(|n| format!("db-{n}")).collect();
    let mut driver = with_backlog(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let progress = flush(&mut driver);
    driver.end(progress);
    assert_eq!(kept(&mut driver), 0);
}

#[test]
fn a_flush_that_is_abandoned_loses_nothing() {
    let mut driver = with_backlog(&["one", "two"]);
    let loading = token(&flush(&mut driver));
    driver.abandon(loading);
    assert_eq!(kept(&mut driver), 2);
    driver.advance(Millis(1));
    let progress = flush(&mut driver);
    driver.end(progress);
    assert_eq!((failures(&mut driver, "one"), failures(&mut driver, "two")), (1, 1));
}

#[test]
fn a_tally_that_is_kept_counts_at_the_end_of_its_lease() {
    let mut driver = Driver::new(r#"{"defaults": {"window": {"kind": "time", "size": 60, "failure_count": 5}}}"#);
    let target = Target::name("db");
    let progress = driver.allow(&target);
    let lease = *admitted(driver.end(progress)).lease.expect("a healthy target gets a lease");
    let tally = Tally { successes: 7, slow: 0, age_ms: 50_000 };
    let step = driver.steps.settle_leased(driver.now(), &lease, tally).expect("a valid lease");
    let swapping = driver.take(step);
    driver.fail(token(&swapping), Reply::Failed(StoreError::Unavailable("down".into())));
    assert_eq!(kept(&mut driver), 1);
    driver.advance(Millis(20_000));
    let progress = flush(&mut driver);
    driver.end(progress);
    let step = driver.steps.status(driver.now(), &target).expect("a valid target");
    let progress = driver.take(step);
    let StepAnswer::Status(report) = driver.end(progress) else { panic!("a status") };
    let successes = report.circuit.window.map_or(0, |window| window.successes);
    assert_eq!(successes, 0, "it ended 70 s ago, and the window holds 60 s");
}

#[test]
fn a_kept_outcome_that_the_store_wrote_after_all_counts_once() {
    let mut driver = Driver::new(CONFIG);
    let target = Target::name("db");
    let permit = driver.permit(&target);
    let swapping = driver.settle(&target, Some(&permit), Outcome::Failure);
    driver.operations[&token(&swapping)].run(&driver.store);
    driver.fail(token(&swapping), Reply::Failed(StoreError::Unavailable("the answer was lost on the way".into())));
    assert_eq!(kept(&mut driver), 1);
    driver.advance(Millis(20_000));
    let stand = flush(&mut driver);
    driver.end(stand);
    assert_eq!((kept(&mut driver), failures(&mut driver, "db")), (0, 1));
}
