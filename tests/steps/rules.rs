//! The rules of requests that wait together, each by one example.

use crate::answers::{admitted, token, verdict};
use crate::driver::{Driver, Progress, report};
use fuseboard::time::{Millis, Mono, Now, Wall};
use fuseboard::{
    Answer, CallerTime, Command, Engine, Entry, EventKind, Identity, Lookup, Operation, Outcome, Phase, Reply, Revision, Scope, Seen,
    StepAnswer, StoreError, Swap, Target, Written,
};

const CONFIG: &str = r#"{"defaults": {"fail_max": 1000, "sharing": {"lease_ms": 0}}}"#;

fn db() -> Target {
    Target::name("db")
}

/// A driver with `count` permits for one target, whose record is stored.
fn with_permits(count: usize) -> (Driver, Vec<fuseboard::Permit>) {
    let mut driver = Driver::new(CONFIG);
    let permit = driver.permit(&db());
    let progress = driver.settle(&db(), Some(&permit), Outcome::Failure);
    driver.end(progress);
    let permits = (0..count).map(|_| driver.permit(&db())).collect();
    (driver, permits)
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("down".into())
}

fn status(driver: &mut Driver) -> fuseboard::CircuitStatus {
    let step = driver.steps.status(driver.now(), &db()).expect("a valid target");
    let progress = driver.take(step);
    let StepAnswer::Status(report) = driver.end(progress) else { panic!("a status") };
    report.circuit
}

#[test]
fn fifty_failures_of_one_circuit_take_two_swaps_and_all_are_stored() {
    let (mut driver, permits) = with_permits(50);
    let first = driver.settle(&db(), Some(&permits[0]), Outcome::Failure);
    let others: Vec<Progress> = permits[1..].iter().map(|permit| driver.settle(&db(), Some(permit), Outcome::Failure)).collect();
    assert!(others.iter().all(|progress| matches!(progress, Progress::Wait(_))), "they wait for the writer");
    let mut written = vec![verdict(driver.end(first)).circuit.written];
    let second = driver.woken[0];
    let progress = driver.go_on(second);
    written.push(verdict(driver.end(progress)).circuit.written);
    assert_eq!(driver.woken.len(), 48, "the second swap has written the outcomes of all others");
    for token in driver.woken.clone() {
        let Progress::Ended(answer) = driver.go_on(token) else { panic!("its outcome is written") };
        written.push(verdict(answer).circuit.written);
    }
    assert_eq!(written, vec![Written::Stored; 50]);
    assert_eq!(status(&mut driver).failure_streak, 51);
}

#[test]
fn a_request_of_engine_does_not_wait_at_a_gate() {
    let clock = fuseboard_stores::ManualClock::at(Wall(1_800_000_000_000), Mono(0));
    let store = fuseboard_stores::MemoryStore::with_clock(clock.clone());
    let mut engine = Engine::new(clock, store.clone());
    engine.configure(&crate::driver::sources(CONFIG), Identity { writer: 1, seed: 1 }).expect("valid");
    engine.settle(&db(), None, &report(Outcome::Failure)).expect("settled");
    let Answer::Admitted(permit) = engine.allow(&db()).expect("decided").answer else { panic!("admitted") };
    let now = Now { wall: Wall(1_800_000_000_000), mono: Mono(0) };
    let step = engine.steps().settle(now, &db(), Some(&permit.permit), &report(Outcome::Failure)).expect("settled");
    let fuseboard::Need::Store(token, swap) = step.need else { panic!("it swaps") };
    let verdict = engine.settle(&db(), Some(&permit.permit), &report(Outcome::Failure)).expect("settled");
    assert_eq!(verdict.circuit.written, Written::Stored);
    let reply = swap.run(&store);
    let mut step = engine.steps().resume(now, token, reply).expect("it waits");
    while let fuseboard::Need::Store(token, operation) = step.need {
        step = engine.steps().resume(now, token, operation.run(&store)).expect("it waits");
    }
    assert_eq!(engine.status(&db()).expect("a status").circuit.failure_streak, 3);
}

#[test]
fn a_late_reply_does_not_replace_what_another_request_cached() {
    let (mut driver, permits) = with_permits(1);
    let mut other = Engine::new(driver.clock.clone(), driver.store.clone());
    other.configure(&crate::driver::sources(CONFIG), Identity { writer: 2, seed: 1 }).expect("valid");
    other.settle(&db(), None, &report(Outcome::Failure)).expect("settled");
    let late = token(&driver.allow(&db()));
    driver.carry_out(late);
    assert!(matches!(driver.replies[&late], Reply::Loaded(Lookup::Found(_))), "what the other board wrote");
    let progress = driver.settle(&db(), Some(&permits[0]), Outcome::Failure);
    assert_eq!(verdict(driver.end(progress)).circuit.written, Written::Stored);
    let Progress::Ended(StepAnswer::Decided(decision)) = driver.deliver(late) else { panic!("it decides by what it loaded") };
    assert_eq!((decision.events, decision.changed), (Vec::new(), Vec::new()));
    let next = token(&driver.settle(&db(), Some(&permits[0]), Outcome::Failure));
    driver.carry_out(next);
    assert!(matches!(driver.replies[&next], Reply::Swapped(Swap::Stored(_))), "the cached record is the current one");
    assert_eq!(status(&mut driver).failure_streak, 4);
}

#[test]
fn a_conflict_replaces_the_late_reply_that_the_writer_decided_by() {
    let mut driver = Driver::new(CONFIG);
    let first = token(&driver.settle(&db(), None, Outcome::Failure));
    let second = token(&driver.settle(&db(), None, Outcome::Failure));
    driver.carry_out(first);
    let swapping = driver.deliver(first);
    driver.carry_out(second);
    assert_eq!(driver.deliver(second), Progress::Wait(second), "its load missed the swap that is under way");
    assert_eq!(verdict(driver.end(swapping)).circuit.written, Written::Stored);
    driver.go_on(second);
    driver.carry_out(second);
    assert!(matches!(driver.replies[&second], Reply::Swapped(Swap::Conflict(Some(_)))));
    driver.deliver(second);
    driver.carry_out(second);
    assert!(matches!(driver.replies[&second], Reply::Swapped(Swap::Stored(_))), "it expects the version that the conflict returned");
    let Progress::Ended(answer) = driver.deliver(second) else { panic!("its outcome is written") };
    assert_eq!(verdict(answer).circuit.written, Written::Stored);
    assert_eq!(status(&mut driver).failure_streak, 2);
}

#[test]
fn a_write_of_this_instance_is_not_reported_as_another_boards() {
    let mut driver = Driver::new(r#"{"defaults": {"fail_max": 1, "sharing": {"lease_ms": 0}}}"#);
    let permit = driver.permit(&db());
    let tripping = token(&driver.settle(&db(), Some(&permit), Outcome::Failure));
    driver.carry_out(tripping);
    let reading = driver.allow(&db());
    let StepAnswer::Decided(decision) = driver.end(reading) else { panic!("a decision") };
    assert!(matches!(decision.answer, Answer::Refused(_)), "it sees that the circuit is open: {decision:?}");
    assert_eq!(decision.events, Vec::new(), "the event belongs to the request that caused it");
    let Progress::Ended(answer) = driver.deliver(tripping) else { panic!("it is stored") };
    let events = verdict(answer).events;
    assert_eq!(events.iter().map(|event| (event.kind, event.here)).collect::<Vec<_>>(), [(EventKind::PhaseChanged, true)]);
}

#[test]
fn a_write_that_its_request_still_looks_for_is_reported_once() {
    let (mut driver, _) = with_permits(0);
    let step = driver.steps.command(driver.now(), &Scope::name("db"), &Command::Trip).expect("valid");
    let loading = token(&driver.take(step));
    driver.carry_out(loading);
    let swapping = token(&driver.deliver(loading));
    driver.operations[&swapping].run(&driver.store);
    let looking = driver.fail(swapping, Reply::Failed(StoreError::Unknown("lost".into())));
    let progress = driver.allow(&db());
    let StepAnswer::Decided(decision) = driver.end(progress) else { panic!("a decision") };
    assert!(matches!(decision.answer, Answer::Refused(_)), "it sees that the circuit is open: {decision:?}");
    assert_eq!(decision.events, Vec::new(), "the event belongs to the request that caused it");
    let StepAnswer::Commanded(commanded) = driver.end(looking) else { panic!("tripped") };
    assert_eq!(commanded.events.iter().map(|event| (event.kind, event.here)).collect::<Vec<_>>(), [(EventKind::PhaseChanged, true)]);
}

#[test]
fn operations_that_fail_together_are_one_failure() {
    let mut driver = Driver::new(CONFIG);
    let targets: Vec<Target> = (0..50).map(|n| Target::name(format!("db-{n}"))).collect();
    let tokens: Vec<_> = targets.iter().map(|target| token(&driver.allow(target))).collect();
    driver.advance(Millis(20));
    for token in tokens {
        driver.fail(token, Reply::Failed(unavailable()));
    }
    driver.advance(Millis(100));
    let progress = driver.allow(&targets[0]);
    assert!(matches!(progress, Progress::Store(_)), "the store is not used for 100 ms, and not for 10 s: {progress:?}");
}

#[test]
fn an_outcome_abandoned_before_its_swap_goes_to_the_backlog() {
    let mut driver = Driver::new(CONFIG);
    let loading = token(&driver.settle(&db(), None, Outcome::Failure));
    assert!(matches!(driver.operations[&loading], Operation::Load { .. }));
    driver.abandon(loading);
    assert_eq!(driver.steps.health().expect("configured").kept, 1);
}

#[test]
fn an_outcome_abandoned_during_its_swap_is_not_written_again_and_the_gate_is_free() {
    let (mut driver, permits) = with_permits(2);
    let swapping = token(&driver.settle(&db(), Some(&permits[0]), Outcome::Failure));
    let waiting = token(&driver.settle(&db(), Some(&permits[1]), Outcome::Failure));
    driver.abandon(swapping);
    assert_eq!(driver.steps.health().expect("configured").kept, 0);
    assert_eq!(driver.woken, [waiting]);
    let progress = driver.go_on(waiting);
    let answer = verdict(driver.end(progress));
    assert_eq!(answer.circuit.written, Written::Stored);
    assert!(answer.events.iter().any(|event| event.kind == EventKind::OutcomeUnknown), "reported with the next answer: {answer:?}");
    assert_eq!(status(&mut driver).failure_streak, 2);
}

#[test]
fn an_earlier_time_counts_as_the_latest_one_seen() {
    let mut driver = Driver::new(CONFIG);
    let early = driver.now();
    driver.advance(Millis(5_000));
    driver.permit(&db());
    let step = driver.steps.command(early, &Scope::name("db"), &Command::Trip).expect("valid");
    let mut progress = driver.take(step);
    while let Progress::Store(token) = progress {
        let reply = driver.operations.remove(&token).expect("it waits").run(&driver.store);
        let step = driver.steps.resume(early, token, reply).expect("it waits");
        progress = driver.take(step);
    }
    let Progress::Ended(StepAnswer::Commanded(commanded)) = progress else { panic!("tripped") };
    let times: Vec<u64> = commanded.events.iter().map(|event| event.at_ms).collect();
    assert_eq!(times, [crate::driver::START + 5_000]);
}

#[test]
fn with_256_waiting_requests_another_is_answered_at_once_and_there_is_no_outage() {
    let mut driver = Driver::new(CONFIG);
    let waiting: Vec<_> = (0..256).map(|n| token(&driver.allow(&Target::name(format!("db-{n}"))))).collect();
    let Progress::Ended(answer) = driver.allow(&db()) else { panic!("it does not wait") };
    admitted(answer);
    assert_eq!(driver.steps.health().expect("configured").storage_lost_since_ms, None);
    driver.abandon(waiting[0]);
    assert!(matches!(driver.allow(&db()), Progress::Store(_)), "there is room again");
}

#[test]
fn a_record_that_the_host_has_seen_is_not_loaded() {
    let mut driver = Driver::new(CONFIG);
    driver.permit(&db());
    let step = driver.steps.allow(driver.now(), &db(), Seen::Missing, Seen::Nothing).expect("valid");
    let Progress::Ended(answer) = driver.take(step) else { panic!("nothing to load") };
    admitted(answer);
    let step = driver.steps.allow(driver.now(), &db(), Seen::At(Revision(7)), Seen::Nothing).expect("valid");
    assert!(matches!(driver.take(step), Progress::Store(_)), "an unknown revision is loaded");
    assert_eq!(status(&mut driver).phase, Phase::Closed);
}

#[test]
fn a_record_that_others_damage_repeatedly_is_contention_and_no_outage() {
    let mut driver = Driver::new(CONFIG);
    let damaged = |revision| Entry { revision: Revision(revision), value: "damaged".into() };
    let mut progress = driver.settle(&db(), None, Outcome::Failure);
    let mut swaps = 0;
    while let Progress::Store(token) = progress {
        let reply = match &driver.operations[&token] {
            Operation::Swap { .. } => {
                swaps += 1;
                Reply::Swapped(Swap::Conflict(Some(damaged(swaps))))
            }
            _ => Reply::Loaded(Lookup::Found(damaged(0))),
        };
        progress = driver.fail(token, reply);
    }
    let Progress::Ended(answer) = progress else { panic!("it does not wait") };
    assert_eq!((verdict(answer).circuit.written, swaps), (Written::Kept, 32));
    assert_eq!(driver.steps.health().expect("configured").storage_lost_since_ms, None);
}

#[test]
fn the_store_is_not_given_the_time_that_a_caller_has_waited() {
    let mut driver = Driver::new(CONFIG);
    let time = CallerTime { now: driver.now(), waited: Millis(200) };
    let step = driver.steps.allow(time, &db(), Seen::Nothing, Seen::Nothing).expect("a valid target");
    let fuseboard::Need::Store(_, Operation::Load { within, .. }) = step.need else { panic!("it loads") };
    assert_eq!(within, Millis(50));
}
