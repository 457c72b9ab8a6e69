use super::operations::{WITHIN, entry, stored};
use super::violation::{Checked, expect};
use fuseboard::{Lookup, Revision, Store, StoreError, Swap};
use std::thread;

const RACES: u32 = 10;
const RIVALS: u32 = 4;

pub(super) fn check(store: &(dyn Store + Sync)) -> Checked {
    swaps_require_the_current_revision(store)?;
    one_of_many_concurrent_swaps_is_stored(store)
}

fn swaps_require_the_current_revision(store: &dyn Store) -> Checked {
    let key = "contract:swap";
    let nothing = store.compare_and_swap(key, Some(Revision(1)), "x", None, WITHIN);
    expect("a swap of an absent key conflicts and returns no entry", &nothing, nothing == Ok(Swap::Conflict(None)))?;
    let absent = store.load(key, None, WITHIN);
    expect("a swap of an absent key writes nothing", &absent, absent == Ok(Lookup::Missing))?;
    let first = stored(store, key, None, "one", None)?;
    let present = store.compare_and_swap(key, None, "x", None, WITHIN);
    let rule = "creating a present key conflicts and returns the current entry";
    expect(rule, &present, present == Ok(Swap::Conflict(Some(entry(first, "one")))))?;
    let second = stored(store, key, Some(first), "two", None)?;
    let late = store.compare_and_swap(key, Some(first), "x", None, WITHIN);
    let rule = "a swap with an older revision conflicts and returns the current entry";
    expect(rule, &late, late == Ok(Swap::Conflict(Some(entry(second, "two")))))?;
    let found = store.load(key, None, WITHIN);
    expect("a conflict writes nothing", &found, found == Ok(Lookup::Found(entry(second, "two"))))
}

/// Several threads swap the same revision at once. The first race is for an absent key.
fn one_of_many_concurrent_swaps_is_stored(store: &(dyn Store + Sync)) -> Checked {
    let key = "contract:race";
    let mut current = None;
    for race in 0..RACES {
        let swap = |rival: u32| store.compare_and_swap(key, current, &value(race, rival), None, WITHIN);
        let swaps: Vec<Result<Swap, StoreError>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..RIVALS).map(|rival| scope.spawn(move || swap(rival))).collect();
            let lost = || Err(StoreError::Unavailable("the store panicked".to_owned()));
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| lost())).collect()
        });
        let mut stored = swaps.iter().zip(0..).filter_map(|(swap, rival)| match swap {
            Ok(Swap::Stored(revision)) => Some(entry(*revision, &value(race, rival))),
            Ok(Swap::Conflict(_)) | Err(_) => None,
        });
        let (winner, second) = (stored.next(), stored.next());
        expect("one of many concurrent swaps is stored", &swaps, winner.is_some() && second.is_none())?;
        let is_expected = |swap: &Result<Swap, StoreError>| match swap {
            Ok(Swap::Conflict(current)) => *current == winner,
            other => other.is_ok(),
        };
        expect("the other concurrent swaps conflict and return the one that was stored", &swaps, swaps.iter().all(is_expected))?;
        current = winner.map(|entry| entry.revision);
    }
    Ok(())
}

fn value(race: u32, rival: u32) -> String {
    format!("race {race}, rival {rival}")
}
