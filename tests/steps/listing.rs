//! Listings: in batches, and of slow stores.

use crate::answers::token;
use crate::driver::{Driver, Progress};
use fuseboard::time::Millis;
use fuseboard::{Filter, Listing, Lookup, Operation, Outcome, Page, Reply, Revision, StepAnswer, Store, StoreError, Swap, Target};
use fuseboard_stores::MemoryStore;
use std::collections::BTreeSet;

const RECORDS: usize = 100;

/// A driver whose store has [`RECORDS`] records of names.
fn driver() -> Driver {
    let mut driver = Driver::new("{}");
    for n in 0..RECORDS {
        let progress = driver.settle(&Target::name(format!("db-{n}")), None, Outcome::Failure);
        driver.end(progress);
    }
    driver
}

/// A store that loads one key at a time.
struct OneByOne(MemoryStore);

impl Store for OneByOne {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.0.load(key, known, within)
    }

    fn compare_and_swap(&self, _: &str, _: Option<Revision>, _: &str, _: Option<Millis>, _: Millis) -> Result<Swap, StoreError> {
        panic!("a listing writes nothing")
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.0.list_keys(prefix, cursor, limit, within)
    }
}

/// Reads one page. `answer` carries out each operation.
fn page(driver: &mut Driver, cursor: Option<&str>, answer: &mut dyn FnMut(&mut Driver, &Operation) -> Reply) -> StepAnswer {
    let step = driver.steps.list(driver.now(), &Filter::default(), cursor, 1_000).expect("configured");
    let mut progress = driver.take(step);
    loop {
        if let Progress::Ended(answer) = progress {
            return answer;
        }
        let token = token(&progress);
        let operation = driver.operations[&token].clone();
        let reply = answer(driver, &operation);
        progress = driver.fail(token, reply);
    }
}

/// Reads all pages, and checks that each record is listed once. Returns the number of pages.
fn pages(driver: &mut Driver, mut answer: impl FnMut(&mut Driver, &Operation) -> Reply) -> usize {
    let (mut names, mut pages, mut cursor) = (BTreeSet::new(), 0, None::<String>);
    loop {
        let answer = page(driver, cursor.as_deref(), &mut answer);
        let StepAnswer::Listed(Listing { circuits, next, .. }) = answer else { panic!("a page: {answer:?}") };
        for status in circuits {
            assert!(names.insert(status.circuit.name), "a record is listed twice");
        }
        (pages, cursor) = (pages + 1, next);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(names.len(), RECORDS);
    assert_eq!(driver.steps.health().expect("configured").storage_lost_since_ms, None, "a slow listing is no outage");
    pages
}

#[test]
fn a_page_of_a_slow_store_ends_early_with_a_cursor_and_is_no_outage() {
    let mut driver = driver();
    let one_by_one = OneByOne(driver.store.clone());
    let pages = pages(&mut driver, |driver, operation| {
        driver.advance(Millis(5));
        operation.run(&one_by_one)
    });
    assert!((5..=10).contains(&pages), "a page takes half of the budget of 250 ms: {pages} pages");
}

#[test]
fn records_are_loaded_in_batches_of_growing_size() {
    let (mut driver, mut batches) = (driver(), Vec::new());
    pages(&mut driver, |driver, operation| {
        if let Operation::LoadMany { keys, .. } = operation {
            batches.push(keys.len());
        }
        operation.run(&driver.store)
    });
    assert_eq!(batches, [10, 10, 20, 40, 20]);
}

#[test]
fn a_store_that_answers_for_one_key_is_asked_for_two() {
    let mut driver = driver();
    let (one_by_one, mut batches) = (OneByOne(driver.store.clone()), Vec::new());
    pages(&mut driver, |_, operation| {
        if let Operation::LoadMany { keys, .. } = operation {
            batches.push(keys.len());
        }
        operation.run(&one_by_one)
    });
    assert_eq!(batches.len(), RECORDS);
    assert!(batches[1..].iter().all(|keys| *keys <= 2), "{batches:?}");
}

/// A batch has at most as many keys as those that were read in half of the budget.
#[test]
fn a_batch_that_takes_its_time_for_each_key_fits_into_the_budget() {
    for ms_per_key in 1..=12 {
        let mut driver = driver();
        pages(&mut driver, |driver, operation| {
            if let Operation::LoadMany { keys, within } = operation {
                let time = Millis(ms_per_key * keys.len() as u64);
                assert!(time <= *within, "{} keys of {ms_per_key} ms in {} ms", keys.len(), within.0);
                driver.advance(time);
            }
            operation.run(&driver.store)
        });
    }
}

#[test]
fn an_answer_for_no_key_or_for_too_many_is_an_outage() {
    for answered in [0, 11] {
        let mut driver = driver();
        let answer = page(&mut driver, Some("n:"), &mut |driver, operation| match operation {
            Operation::LoadMany { .. } => Reply::LoadedMany(vec![Lookup::Missing; answered]),
            _ => operation.run(&driver.store),
        });
        let StepAnswer::Failed(problem) = answer else { panic!("no page: {answer:?}") };
        assert!(problem.detail.contains("the reply does not fit its operation"), "{problem:?}");
        assert!(driver.steps.health().expect("configured").storage_lost_since_ms.is_some());
    }
}
