//! Explores every state of the small configurations.

use fuseboard_model::exploration::{Exploration, Search, explore};
use fuseboard_model::{CONFIGURATIONS, Explored, figures, memory, report};
use std::time::Duration;

/// The longest time for one configuration. Each needs a few seconds.
const TIME_MAX: Duration = Duration::from_secs(150);

#[test]
fn every_promise_holds_in_every_state_of_the_small_configurations() {
    let small = CONFIGURATIONS.iter().filter(|configuration| configuration.explored == Explored::InEveryTest);
    let mut all: Vec<Exploration> = Vec::new();
    for configuration in small {
        let exploration = explore(configuration, Search::BreadthFirst, TIME_MAX, |_| {});
        println!("{}", report::result(&exploration));
        assert!(exploration.is_proof(), "{}", report::result(&exploration));
        all.push(exploration);
    }
    figures::write("model_small", &all, memory::peak_mib()).expect("target/proof can be written");
}
