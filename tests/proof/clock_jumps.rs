//! Wall clocks that jumped: another process's deadline lies far ahead of this board's clock.

use crate::observer::Clocks;
use crate::settings::Settings;
use crate::simulation::{Simulation, report};
use fuseboard::{Answer, Outcome, Reason, Target};

#[test]
fn the_stagger_counts_from_now_after_an_open_wait_is_shortened_to_zero() {
    let settings = Settings { fail_max: Some(1), reset: 0, stagger: 400, skew: 0, ..Settings::default() };
    let mut simulation = Simulation::new(&[settings.clone(), settings]);
    simulation.observer.clocks = Clocks::Jumped;
    simulation.set_ahead(0, -3_600_000);
    let target = Target::name("db");
    simulation.settle(1, &target, None, &report(Outcome::Failure)).expect("a verdict");
    let Answer::Refused(refused) = simulation.allow(0, &target).expect("a decision").answer else { panic!("admitted without its stagger") };
    let refusal = refused.circuit.expect("the circuit's refusal");
    assert_eq!(refusal.reason, Reason::Staggered);
    assert!(refusal.retry_after_ms.is_some_and(|wait| wait <= 400), "promise 6: {refusal:?}");
    // The shortened wait is stored. Otherwise each request would start the stagger again.
    simulation.advance(400);
    let decision = simulation.allow(0, &target).expect("a decision");
    assert!(matches!(decision.answer, Answer::Admitted(_)), "promise 5: {decision:?}");
}
