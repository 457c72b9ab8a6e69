//! A listing of a slow store.

use crate::driver::{Driver, Progress};
use fuseboard::time::Millis;
use fuseboard::{Filter, Outcome, StepAnswer, Target};
use std::collections::BTreeSet;

const RECORDS: usize = 100;

#[test]
fn a_page_of_a_slow_store_ends_early_with_a_cursor_and_is_no_outage() {
    let mut driver = Driver::new("{}");
    for n in 0..RECORDS {
        let progress = driver.settle(&Target::name(format!("db-{n}")), None, Outcome::Failure);
        driver.end(progress);
    }
    let (mut names, mut pages, mut cursor) = (BTreeSet::new(), 0, None);
    loop {
        let step = driver.steps.list(driver.now(), &Filter::default(), cursor.as_deref(), 1_000).expect("configured");
        let mut progress = driver.take(step);
        while let Progress::Store(token) = progress {
            driver.advance(Millis(5));
            driver.carry_out(token);
            progress = driver.deliver(token);
        }
        let Progress::Ended(StepAnswer::Listed(listing)) = progress else { panic!("a page: {progress:?}") };
        let before = names.len();
        names.extend(listing.circuits.iter().map(|status| status.circuit.name.clone()));
        assert_eq!(names.len() - before, listing.circuits.len(), "no record is listed twice");
        (pages, cursor) = (pages + 1, listing.next);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(names.len(), RECORDS);
    assert!((5..=10).contains(&pages), "a page takes half of the budget of 250 ms: {pages} pages");
    assert_eq!(driver.steps.health().expect("configured").storage_lost_since_ms, None);
}
