//! How a configuration reaches every engine of a board.

use super::fake_engine::TestBoard;
use fuseboard::{Sources, Target};
use std::collections::BTreeMap;

fn sources(prefix: &str) -> Sources {
    Sources { prefix: prefix.to_owned(), ..Sources::default() }
}

/// The configuration that each engine received last.
fn last_configurations(log: &[String]) -> BTreeMap<String, String> {
    let configured = log.iter().filter_map(|line| line.strip_prefix("configure ")?.split_once(' '));
    configured.map(|(slot, rest)| (slot.to_owned(), rest.split(' ').next().unwrap_or_default().to_owned())).collect()
}

#[test]
fn concurrent_configurations_leave_all_engines_with_the_same_one() {
    for _ in 0..50 {
        let board = TestBoard::new(4);
        std::thread::scope(|scope| {
            for prefix in ["A", "B", "C"] {
                let inner = &board.inner;
                scope.spawn(move || (0..20).for_each(|_| drop(inner.reconfigure(sources(prefix)))));
            }
        });
        let last = last_configurations(&board.log());
        let first = last.get("0").expect("configured");
        assert!(last.values().all(|prefix| prefix == first), "{last:?}");
    }
}

#[test]
fn a_configuration_is_not_lost_if_the_first_engine_stops_over_it() {
    let board = TestBoard::new(1);
    board.script.stops.lock().unwrap().push(0);
    board.inner.reconfigure(sources("P")).expect("it is given again");
    assert_eq!(board.log(), ["configure 0 P writer 1", "restart", "configure 0  writer 2", "configure 0 P writer 2"]);
}

#[test]
fn an_engine_that_stops_over_a_configuration_has_it_before_its_next_request() {
    let board = TestBoard::new(2);
    board.script.stops.lock().unwrap().push(1);
    board.inner.reconfigure(sources("P")).expect("the first engine has it");
    board.log();
    let of_slot_one = (0..1_000).map(|n| Target::name(format!("n{n}"))).find(|target| board.target(target).slot == 1).unwrap();
    board.allow(&of_slot_one).unwrap();
    let log = board.log();
    assert!(log.first().is_some_and(|line| line == "restart") && log.iter().any(|line| line.starts_with("configure 1 P ")), "{log:?}");
}
