//! Requests that are open at once in one instance or in two: every order of their operations and replies. In every such order, every
//! place where an operation fails, a request is abandoned or runs out of time, or the instance receives a new configuration.

use crate::figures::Figures;
use crate::host_action::{Arrangement, Begin, Disturbance, Failure, Replies, SetupBy};
use crate::instances::Instances;
use crate::interleaving_cases::{Case, Expected, RequestResult, cases};
use crate::open_requests::Run;
use crate::stored::{Record, State};
use fuseboard::time::Millis;
use fuseboard::{Answer, Claim, DEFAULT_ROLE, Outcome, StepAnswer, Target, Written};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Plays every run of a case. Returns the number of runs.
fn every_run(case: &Case, arrangement: Arrangement) -> u64 {
    let mut instances = Instances::new(&case.setup.settings, arrangement.instances);
    let (mut schedule, mut runs) = (Vec::new(), 0);
    loop {
        let choices = play(Run::new(case, arrangement, &mut instances), case, &schedule);
        runs += 1;
        // The last choice that was not the last possible one.
        let Some(at) = choices.iter().rposition(|(chosen, possible)| chosen + 1 < *possible) else { return runs };
        schedule = choices[..at].iter().map(|(chosen, _)| *chosen).collect();
        schedule.push(choices[at].0 + 1);
    }
}

/// Plays one run: the host does what the schedule says, and after its end always the first possible action. Returns each choice, and from
/// how many.
fn play(mut run: Run, case: &Case, schedule: &[usize]) -> Vec<(usize, usize)> {
    let (mut choices, mut actions) = (Vec::new(), Vec::new());
    let played = catch_unwind(AssertUnwindSafe(|| {
        loop {
            let possible = run.possible();
            if possible.is_empty() {
                break;
            }
            let chosen = schedule.get(choices.len()).copied().unwrap_or(0);
            choices.push((chosen, possible.len()));
            actions.push(possible[chosen]);
            run.act(possible[chosen]);
        }
        check(case, &mut run);
    }));
    if let Err(panic) = played {
        eprintln!("the run: {actions:?} of {case:?}");
        resume_unwind(panic);
    }
    run.end();
    choices
}

fn check(case: &Case, run: &mut Run) {
    let (results, record) = (run.results(), run.record().clone());
    if run.disturbed.is_empty() {
        case.check(&results, &record);
    }
    check_claims(run, &results);
    check_trips(case, run, &results, &record);
    heal(run);
    check_slots(run, &results);
    check_counts(case, run, &results);
    check_gates_and_recovery(run);
}

/// Promises 1 and 2: each claim is one that the store had, or is local after a failure. No more slots are granted than the policy allows.
fn check_claims(run: &Run, results: &[RequestResult]) {
    let claims = results.iter().filter_map(|result| if let RequestResult::Admitted(claim) = result { Some(claim) } else { None });
    let (local, stored): (Vec<&Claim>, Vec<&Claim>) = claims.partition(|claim| claim.is_local());
    let trial_calls = run.trial_calls();
    for claim in &stored {
        assert!(run.versions.iter().any(|version| accepts(version, claim)), "promise 1: {claim:?} was never stored");
    }
    assert!(local.is_empty() || run.has_failed(), "promise 3: {local:?} although the store works");
    let slots = |claims: &[&Claim]| claims.iter().filter(|claim| claim.probe.is_some()).count() as u64;
    assert!(slots(&local) <= trial_calls, "promise 1: {local:?}");
    for claim in &stored {
        let of_generation: Vec<&Claim> = stored.iter().copied().filter(|other| other.generation == claim.generation).collect();
        assert!(slots(&of_generation) <= trial_calls, "promise 1: {stored:?}");
        let same = stored.iter().filter(|other| other.probe.is_some() && other.probe == claim.probe).count();
        assert!(same <= 1, "promise 2: a slot was given twice: {stored:?}");
    }
}

fn accepts(version: &Record, claim: &Claim) -> bool {
    let circuit = version.circuit(DEFAULT_ROLE);
    let slot = match (&circuit.state, claim.probe) {
        (State::Closed(_), None) => true,
        (State::HalfOpen(trial), Some(slot)) => trial.probes.iter().any(|probe| probe.slot == slot),
        _ => false,
    };
    claim.generation == circuit.began && slot
}

/// Promises 2 and 4, with any disturbance.
fn check_trips(case: &Case, run: &Run, results: &[RequestResult], record: &Record) {
    let stored = RequestResult::Settled(Written::Stored);
    let acknowledged = results.iter().filter(|result| **result == stored).count() as u64;
    match case.expected {
        Expected::Opens if case.setup.failures + acknowledged >= case.setup.settings.fail_max.unwrap_or(u64::MAX) => {
            assert!(record.is_open(DEFAULT_ROLE), "promise 4: {results:?}, {record:?}");
        }
        Expected::StaysOpen if results[0] == RequestResult::Commanded => {
            assert!(record.is_open(DEFAULT_ROLE), "promise 2: {results:?}, {record:?}");
        }
        Expected::LateProbe => {
            // A new configuration may have a free slot, so that none is taken over.
            let both = results[0] == stored && results[1].is_stored_probe();
            assert!(!both || run.trial_calls() > case.setup.settings.trial_calls, "promise 2: {results:?}, {:?}", run.versions);
        }
        Expected::Opens | Expected::StaysOpen | Expected::AllCount | Expected::AnyOrder | Expected::Probes(_) => {}
    }
}

/// The store works again, and the backlog is written.
fn heal(run: &mut Run) {
    for driver in run.drivers() {
        assert_eq!(driver.waiting, [], "no request waits for one that has ended");
        driver.advance(Millis(20_000));
        let step = driver.steps.flush(driver.now()).expect("configured");
        let progress = driver.take(step);
        driver.end(progress);
        assert_eq!(driver.steps.health().expect("configured").kept, 0, "promise 8: the backlog is written");
    }
}

/// Promise 5: each slot is one of a caller that received its permit. A lost answer may leave a slot taken until it expires.
fn check_slots(run: &mut Run, results: &[RequestResult]) {
    if run.has_failed() || run.late.is_after_backlog() || run.arrangement.replies == Replies::Later {
        return;
    }
    let before = run.permit.and_then(|permit| permit.circuit).map(RequestResult::Admitted);
    let State::HalfOpen(trial) = &run.record().circuit(DEFAULT_ROLE).state else { return };
    for probe in &trial.probes {
        let holds = |result: &RequestResult| matches!(result, RequestResult::Admitted(claim) if claim.probe == Some(probe.slot));
        assert!(results.iter().chain(&before).any(holds), "promise 5: a slot stays taken: {probe:?}, {results:?}");
    }
}

/// Promise 7: each outcome counts at most once, and each one that was stored or kept counts.
fn check_counts(case: &Case, run: &mut Run, results: &[RequestResult]) {
    if case.expected != Expected::AllCount {
        return;
    }
    let count = |written| results.iter().filter(|result| **result == RequestResult::Settled(written)).count() as u64;
    let abandoned = results.iter().filter(|result| **result == RequestResult::Abandoned).count() as u64;
    let least = case.setup.failures + count(Written::Stored) + count(Written::Kept) + run.abandoned_and_certain;
    let most = case.setup.failures + count(Written::Stored) + count(Written::Kept) + count(Written::Unknown) + abandoned;
    let streak = run.record().streak(DEFAULT_ROLE);
    assert!((least..=most).contains(&streak), "promise 7: {streak} count, {least} to {most} may: {results:?}");
    let refused = run.disturbed.iter().any(|disturbance| matches!(disturbance, Disturbance::Fail(_, Failure::Refused)));
    assert!(refused || count(Written::Unchanged) == 0, "promise 7: {results:?}");
}

/// Promise 5 and 8: no gate is closed, and the circuit admits calls again.
fn check_gates_and_recovery(run: &mut Run) {
    let target = &run.target.clone();
    for _ in 0..2 {
        for driver in run.drivers() {
            driver.advance(Millis(60_000));
            let progress = driver.allow(target);
            let StepAnswer::Decided(decision) = driver.end(progress) else { panic!("a decision") };
            let Answer::Admitted(admitted) = decision.answer else { panic!("promise 5: {decision:?}") };
            let progress = driver.settle(target, Some(&admitted.permit), Outcome::Success);
            driver.end(progress);
            let health = driver.steps.health().expect("configured");
            assert_eq!((health.kept, health.storage_lost_since_ms), (0, None), "promise 8");
        }
    }
}

const ANY_TIME: Arrangement =
    Arrangement { instances: 1, setup_by: SetupBy::First, begin: Begin::AnyTime, replies: Replies::AtOnce, disturbances: 0 };
const TOGETHER: Arrangement = Arrangement { begin: Begin::Together, ..ANY_TIME };

fn db() -> Target {
    Target::name("db")
}

/// Plays the cases with a first instance that knows the record, and with one that does not.
fn play_all<'a>(figures: &mut Figures, what: &str, cases: impl IntoIterator<Item = &'a Case>, arrangement: Arrangement) {
    for case in cases {
        for setup_by in [SetupBy::First, SetupBy::Another] {
            figures.add(what, every_run(case, Arrangement { setup_by, ..arrangement }));
        }
    }
}

#[test]
fn promises_hold_in_every_order_of_the_replies_of_open_requests() {
    let mut figures = Figures::new("interleaved_in_steps", &[1, 2, 4, 5, 7, 8]);
    let later = Arrangement { replies: Replies::Later, ..ANY_TIME };
    play_all(&mut figures, "orders of two requests", &cases(&db(), 2), later);
    play_all(&mut figures, "orders of two requests with a resolver", &cases(&db().resolver("r"), 2), ANY_TIME);
    play_all(&mut figures, "orders of three requests", &cases(&db(), 3), TOGETHER);
    let two = Arrangement { instances: 2, ..TOGETHER };
    for case in cases(&db(), 4).iter().filter(|case| matches!(case.expected, Expected::Opens | Expected::Probes(1))) {
        if case.setup.failures > 0 {
            figures.add("orders of two requests in each of two instances", every_run(case, two));
        }
    }
    figures.write();
}

#[test]
fn promises_hold_whatever_fails_in_every_order_of_open_requests() {
    let mut figures = Figures::new("interleaved_with_failures", &[1, 2, 4, 5, 7, 8]);
    play_all(&mut figures, "runs of two requests", &cases(&db(), 2), Arrangement { disturbances: 1, ..ANY_TIME });
    let later = Arrangement { replies: Replies::Later, disturbances: 1, ..TOGETHER };
    play_all(&mut figures, "runs with late replies", &cases(&db(), 2), later);
    let together = Arrangement { disturbances: 1, ..TOGETHER };
    for case in cases(&db().resolver("r"), 2).iter().filter(|case| case.setup.failures > 0) {
        figures.add("runs of two requests with a resolver", every_run(case, together));
    }
    for case in cases(&db(), 3).iter().filter(|case| case.setup.failures > 0) {
        figures.add("runs of three requests", every_run(case, together));
    }
    figures.write();
}
