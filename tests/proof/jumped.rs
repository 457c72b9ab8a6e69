//! Clocks that jumped: what another process wrote lies far ahead of an own clock.

use crate::observer::Clocks;
use crate::settings::Settings;
use crate::world::{World, report};
use fuseboard::{Answer, Outcome, Reason, Target};

#[test]
fn an_open_wait_that_is_cut_to_nothing_ends_in_a_stagger_from_now() {
    let settings = Settings { fail_max: Some(1), reset: 0, stagger: 400, skew: 0, ..Settings::default() };
    let mut world = World::new(&[settings.clone(), settings]);
    world.observer.clocks = Clocks::Astray;
    world.set_ahead(0, -3_600_000);
    let target = Target::name("db");
    world.settle(1, &target, None, &report(Outcome::Failure)).expect("a verdict");
    let Answer::Refused(refused) = world.allow(0, &target).expect("a decision").answer else { panic!("admitted without its stagger") };
    let refusal = refused.circuit.expect("the circuit's refusal");
    assert_eq!(refusal.reason, Reason::Staggered);
    assert!(refusal.retry_after_ms.is_some_and(|wait| wait <= 400), "promise 6: {refusal:?}");
    // What it was cut to is stored, or each question would begin the wait anew.
    world.advance(400);
    let decision = world.allow(0, &target).expect("a decision");
    assert!(matches!(decision.answer, Answer::Admitted(_)), "promise 5: {decision:?}");
}
