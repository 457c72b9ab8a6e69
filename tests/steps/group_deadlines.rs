//! An outcome does not wait for the swap of a writer that has more time than its own caller, nor for one that its time is too short for.

use crate::answers::{token, verdict};
use crate::driver::{Driver, Progress, report};
use fuseboard::time::Millis;
use fuseboard::{CallerTime, Operation, Outcome, Permit, Reply, StoreError, Target, Token, Written};

const CONFIG: &str = r#"{"defaults": {"fail_max": 1000, "sharing": {"lease_ms": 0, "storage_budget_ms": 250}}}"#;

fn db() -> Target {
    Target::name("db")
}

/// A driver whose target's record is stored, and a permit.
fn with_permit() -> (Driver, Permit) {
    let mut driver = Driver::new(CONFIG);
    let permit = driver.permit(&db());
    let progress = driver.settle(&db(), Some(&permit), Outcome::Failure);
    driver.end(progress);
    (driver, permit)
}

/// Settles a failure of a caller who has waited for so long.
fn settle_after(driver: &mut Driver, permit: &Permit, waited: Millis) -> Token {
    let time = CallerTime { now: driver.now(), waited };
    let step = driver.steps.settle(time, &db(), Some(permit), &report(Outcome::Failure)).expect("a valid target");
    token(&driver.take(step))
}

/// Begins two settles, and writes the first one's outcome. The second one is the writer then.
fn second_of_two(driver: &mut Driver, permit: &Permit) -> Token {
    let [first, second] = [(); 2].map(|()| settle_after(driver, permit, Millis(0)));
    driver.carry_out(first);
    driver.deliver(first);
    assert_eq!(driver.woken, [second]);
    second
}

#[test]
fn outcomes_whose_time_ends_at_most_10_ms_earlier_are_written_together() {
    let (mut driver, permit) = with_permit();
    let second = second_of_two(&mut driver, &permit);
    let others = [11, 10, 0].map(|waited| settle_after(&mut driver, &permit, Millis(waited)));
    let swap = driver.go_on(second);
    driver.carry_out(token(&swap));
    driver.deliver(second);
    assert_eq!(driver.woken, [others[1], others[2], others[0]], "two are written, and the first is the writer now");
    let progress = driver.go_on(others[0]);
    assert_eq!(verdict(driver.end(progress)).circuit.written, Written::Stored);
}

#[test]
fn an_outcome_does_not_wait_beyond_its_time_for_a_writer_with_more_time() {
    let (mut driver, permit) = with_permit();
    let second = second_of_two(&mut driver, &permit);
    let late = settle_after(&mut driver, &permit, Millis(240));
    let swap = driver.go_on(second);
    assert!(matches!(driver.operations[&token(&swap)], Operation::Swap { .. }));
    driver.advance(Millis(10));
    let Progress::Ended(answer) = driver.go_on(late) else { panic!("its time is over") };
    assert_eq!(verdict(answer).circuit.written, Written::Kept);
}

/// Two settles, of which the first one's swap takes 50 ms. The second one has so much time left then.
fn after_a_swap_of_50_ms(left: Millis) -> (Driver, Token, Progress) {
    let (mut driver, permit) = with_permit();
    let first = settle_after(&mut driver, &permit, Millis(0));
    let second = settle_after(&mut driver, &permit, Millis(200 - left.0));
    driver.carry_out(first);
    driver.advance(Millis(50));
    driver.deliver(first);
    let progress = driver.go_on(second);
    (driver, second, progress)
}

/// Asserts that an outcome was kept, and that the store counts as working.
fn assert_kept(driver: &mut Driver, progress: Progress) {
    let Progress::Ended(answer) = progress else { panic!("{progress:?}") };
    assert_eq!(verdict(answer).circuit.written, Written::Kept);
    assert_eq!(driver.steps.health().expect("configured").storage_lost_since_ms, None, "the store works");
}

#[test]
fn no_swap_begins_with_less_time_than_the_last_one_took() {
    let (mut driver, _, progress) = after_a_swap_of_50_ms(Millis(49));
    assert_kept(&mut driver, progress);

    let (mut driver, _, progress) = after_a_swap_of_50_ms(Millis(50));
    assert_eq!(verdict(driver.end(progress)).circuit.written, Written::Stored);
}

#[test]
fn a_swap_cut_short_by_a_wait_for_others_is_no_outage() {
    let (mut driver, second, _) = after_a_swap_of_50_ms(Millis(60));
    let Operation::Swap { within, .. } = driver.operations[&second] else { panic!("it swaps") };
    assert_eq!(within, Millis(60), "what is left of its budget");
    driver.advance(within);
    let progress = driver.fail(second, Reply::Failed(StoreError::Unavailable("slow".into())));
    assert_kept(&mut driver, progress);
}

#[test]
fn a_slow_swap_concerns_only_those_who_waited_for_it() {
    let (mut driver, _, progress) = after_a_swap_of_50_ms(Millis(49));
    assert!(matches!(progress, Progress::Ended(_)));
    let permit = driver.permit(&db());
    let third = settle_after(&mut driver, &permit, Millis(240));
    assert!(matches!(driver.operations[&third], Operation::Swap { .. }));
}
