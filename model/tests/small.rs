//! Every state of the small configurations.

use fuseboard_model::checking::{Checked, Search, check};
use fuseboard_model::{CONFIGURATIONS, When, figures, memory, report};
use std::time::Duration;

/// Far more than they need, also on a busy machine.
const TIME_MAX: Duration = Duration::from_secs(150);

#[test]
fn every_promise_holds_in_every_state_of_the_small_configurations() {
    let small = CONFIGURATIONS.iter().filter(|configuration| configuration.when == When::EveryTest);
    let mut all: Vec<Checked> = Vec::new();
    for configuration in small {
        let checked = check(configuration, Search::BreadthFirst, TIME_MAX, |_| {});
        println!("{}", report::result(&checked));
        assert!(checked.is_proof(), "{}", report::result(&checked));
        all.push(checked);
    }
    figures::write("model_small", &all, memory::peak_mib()).expect("target/proof can be written");
}
