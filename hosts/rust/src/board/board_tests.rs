//! The rules of leases, events, guarded calls and stopped engines.

use super::admission::{Admission, Settlement};
use super::call_async::call_async;
use super::call_error::CallError;
use super::call_report::report_of;
use super::event_dispatcher::EventDispatcher;
use super::fake_answers::{admitted, db, lease, refused};
use super::fake_engine::TestBoard;
use super::fake_script::Scripted;
use super::inner::BoardInner;
use super::on_engine_error::OnEngineError;
use super::store_kind::StoreKind;
use fuseboard::time::Millis;
use fuseboard::{Cause, DEFAULT_ROLE, Decision, End, Event, EventKind, Outcome, Phase, ProblemCode, Scope, Sources, Target};
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

#[test]
fn leased_calls_are_reported_with_the_next_allow() {
    let board = TestBoard::new(1);
    board.lease(&db());
    for _ in 0..3 {
        assert!(matches!(board.allow(&db()), Ok(Admission::Admitted { .. })));
        assert_eq!(board.settle(&db(), End::Returned), Settlement::Leased(Outcome::Success));
    }
    assert!(board.log().is_empty());
    board.clock.advance(Millis(130));
    board.allow(&db()).unwrap();
    assert_eq!(board.log(), ["allow db", "tally 3 slow 0 age 30"]);
}

#[test]
fn another_outcome_is_reported_at_once_after_the_tally_and_keeps_the_lease() {
    let board = TestBoard::new(1);
    board.lease(&db());
    board.settle(&db(), End::Returned);
    board.settle(&db(), End::Raised(Vec::new()));
    assert_eq!(board.log(), ["tally 1 slow 0 age 0", "settle db Raised([]) None"]);
    assert!(board.is_leased(&db()));
}

#[test]
fn a_change_by_settle_ends_the_leases_that_it_covers_and_no_others() {
    let board = TestBoard::new(2);
    let host = Target::host("A.example");
    let targets = [host.clone(), host.clone().role("meta"), Target::host("b.example"), Target::name("a.example")];
    for target in &targets {
        board.lease(target);
    }
    board.script(Scripted::Change(vec![Scope::host("a.example").role(DEFAULT_ROLE)]));
    board.settle(&host, End::Raised(Vec::new()));
    board.log();
    assert_eq!(targets.each_ref().map(|target| board.is_leased(target)), [false, true, true, true]);
    board.script(Scripted::Change(vec![Scope::host("a.example")]));
    board.settle(&targets[2], End::Raised(Vec::new()));
    board.log();
    assert_eq!(targets.each_ref().map(|target| board.is_leased(target)), [false, false, true, true]);
}

#[test]
fn a_change_of_a_resolver_ends_leases_of_every_engine() {
    let board = TestBoard::new(4);
    let targets: Vec<Target> = (0..8).map(|n| Target::name(format!("n{n}")).resolver("r")).collect();
    for target in &targets {
        board.lease(target);
    }
    board.inner.drop_grants(&[Scope::resolver("r")]);
    assert!(!targets.iter().any(|target| board.is_leased(target)));
}

#[test]
fn a_tally_counts_as_of_the_change_of_the_resolver_that_ended_its_lease() {
    let board = TestBoard::new(1);
    let target = db().resolver("r");
    board.lease(&target);
    board.settle(&target, End::Returned);
    board.clock.advance(Millis(20));
    board.inner.drop_grants(&[Scope::resolver("r")]);
    board.clock.advance(Millis(70));
    board.allow(&target).unwrap();
    assert_eq!(board.log(), ["allow db", "tally 1 slow 0 age 70"]);
}

#[test]
fn a_change_during_the_allow_prevents_its_lease() {
    let board = TestBoard::new(1);
    let target = db().resolver("r");
    let circuits = vec![Scope::name("db"), Scope::resolver("r")];
    for changed in circuits.clone() {
        board.script(Scripted::DecideAfterChange(changed, Box::new(admitted(Some(lease(circuits.clone()))))));
        board.allow(&target).unwrap();
        board.log();
        assert!(!board.is_leased(&target));
    }
}

#[test]
fn the_changes_of_an_answer_keep_its_own_lease_and_end_others() {
    let board = TestBoard::new(1);
    let twin = db().resolver("r");
    board.lease(&twin);
    let decision = Decision { changed: vec![Scope::name("db")], ..admitted(Some(lease(vec![Scope::name("db")]))) };
    board.script(Scripted::Decide(Box::new(decision)));
    board.allow(&db()).unwrap();
    board.log();
    assert!(board.is_leased(&db()));
    assert!(!board.is_leased(&twin));
}

#[test]
fn the_change_of_a_resolver_in_an_answer_keeps_its_own_lease_and_ends_others() {
    let board = TestBoard::new(1);
    let [own, other] = ["own", "other"].map(|name| Target::name(name).resolver("r"));
    board.lease(&other);
    let lease = lease(vec![Scope::name("own"), Scope::resolver("r")]);
    board.script(Scripted::Decide(Box::new(Decision { changed: vec![Scope::resolver("r")], ..admitted(Some(lease)) })));
    board.allow(&own).unwrap();
    board.log();
    assert!(board.is_leased(&own));
    assert!(!board.is_leased(&other));
}

#[test]
fn a_lease_of_other_circuits_is_not_installed() {
    let board = TestBoard::new(1);
    board.script(Scripted::Decide(Box::new(admitted(Some(lease(vec![Scope::name("other")]))))));
    board.allow(&db()).unwrap();
    board.log();
    assert!(!board.is_leased(&db()));
}

#[test]
fn a_refusal_is_repeated_without_the_engine_and_counted() {
    let board = TestBoard::new(1);
    board.script(Scripted::Decide(Box::new(refused(100))));
    for _ in 0..4 {
        assert!(matches!(board.allow(&db()), Ok(Admission::Refused(_))));
    }
    assert_eq!(board.log(), ["allow db"]);
    assert_eq!(board.target(&db()).repeats_of(&Scope::name("db")), 3);
    board.clock.advance(Millis(100));
    assert!(matches!(board.allow(&db()), Ok(Admission::Admitted { .. })));
}

#[test]
fn flush_reports_every_tally_and_reaches_every_engine() {
    let board = TestBoard::new(2);
    board.lease(&db());
    board.settle(&db(), End::Returned);
    assert_eq!(board.inner.flush(Duration::from_secs(20)).unwrap().kept, 2);
    assert_eq!(board.log(), ["tally 1 slow 0 age 0", "flush 0", "flush 1"]);
    board.inner.flush(Duration::from_secs(20)).unwrap();
    assert_eq!(board.log(), ["flush 0", "flush 1"], "no tally is reported twice");
}

#[test]
fn flush_begins_no_request_after_its_limit() {
    let board = TestBoard::new(3);
    board.lease(&db());
    board.settle(&db(), End::Returned);
    *board.script.flush_takes.lock().unwrap() = Millis(300);
    assert_eq!(board.inner.flush(Duration::ZERO).unwrap().kept, 3);
    assert_eq!(board.log(), ["health 0", "health 1", "health 2"]);
    assert_eq!(board.inner.flush(Duration::from_millis(301)).unwrap().kept, 3);
    assert_eq!(board.log(), ["tally 1 slow 0 age 0", "flush 0", "flush 1", "health 2"]);
}

#[test]
fn a_new_configuration_ends_leases_and_keeps_writers() {
    let board = TestBoard::new(2);
    board.lease(&db());
    board.inner.reconfigure(Sources { prefix: "P".to_owned(), ..Sources::default() }).unwrap();
    assert_eq!(board.log(), ["configure 0 P writer 1", "configure 1 P writer 2"]);
    assert!(!board.is_leased(&db()));
}

#[test]
fn a_stopped_engine_restarts_with_a_new_writer_and_the_current_configuration() {
    let board = TestBoard::new(1);
    board.inner.reconfigure(Sources { prefix: "P".to_owned(), ..Sources::default() }).unwrap();
    board.log();
    board.script(Scripted::Stop);
    assert!(board.allow(&db()).is_err_and(|error| error.is_engine_stopped()));
    assert!(board.allow(&db()).is_ok());
    assert_eq!(board.log(), ["allow db", "restart", "configure 0 P writer 2", "allow db"]);
}

/// Else it would accept a document without settings, which an engine with the current configuration refuses.
#[test]
fn a_stopped_engine_gets_the_current_configuration_before_a_new_one() {
    let board = TestBoard::new(1);
    board.script(Scripted::Stop);
    assert!(board.allow(&db()).is_err());
    board.log();
    board.inner.reconfigure(Sources { prefix: "P".to_owned(), ..Sources::default() }).unwrap();
    assert_eq!(board.log(), ["restart", "configure 0  writer 2", "configure 0 P writer 2"]);
}

#[test]
fn a_panic_in_an_engine_stops_it_like_a_trap() {
    let board = TestBoard::new(1);
    board.script(Scripted::Panic);
    let error = board.allow(&db()).expect_err("as scripted");
    assert!(error.is_engine_stopped() && error.to_string().contains("it panicked: as scripted"), "{error}");
    assert!(board.allow(&db()).is_ok());
    assert_eq!(board.log(), ["allow db", "restart", "configure 0  writer 2", "allow db"]);
}

#[test]
fn a_problem_is_returned_to_the_caller() {
    let board = TestBoard::new(1);
    board.script(Scripted::Problem);
    let error = board.allow(&db()).expect_err("as scripted");
    assert_eq!(error.problem().map(|problem| problem.code), Some(ProblemCode::BadTarget));
}

#[test]
fn a_call_is_settled_with_its_elapsed_time() {
    let board = TestBoard::new(1);
    let clock = board.clock.clone();
    let called: Result<u8, CallError<fmt::Error>> = board.call(|| {
        clock.advance(Millis(7));
        Err(fmt::Error)
    });
    assert!(matches!(called, Err(CallError::Failed(fmt::Error))));
    assert_eq!(board.log(), ["allow db", "settle db Raised([\"core.fmt.Error\"]) Some(7000000)"]);
}

#[test]
fn a_refused_call_is_not_made() {
    let board = TestBoard::new(1);
    board.script(Scripted::Decide(Box::new(refused(0))));
    let called: Result<(), CallError<fmt::Error>> = board.call(|| panic!("not to be called"));
    assert!(matches!(called, Err(CallError::Refused(_))));
}

#[test]
fn a_panic_in_the_call_is_settled_and_resumed() {
    let board = TestBoard::new(1);
    let call = || board.call(|| -> Result<(), fmt::Error> { panic!("the caller's own") });
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).is_err());
    assert_eq!(board.log(), ["allow db", "settle db Raised([\"panic\"]) Some(0)"]);
}

#[test]
fn a_dropped_future_is_settled_as_cancelled_and_a_finished_one_by_its_result() {
    let board = TestBoard::new(1);
    let target = board.target(&db());
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut call = pin!(call_async(&board.inner, &target, std::future::pending::<Result<(), fmt::Error>>(), report_of));
        assert!(call.as_mut().poll(&mut context).is_pending());
        assert_eq!(board.log(), ["allow db"]);
    }
    assert_eq!(board.log(), ["settle db Cancelled Some(0)"]);
    let mut call = pin!(call_async(&board.inner, &target, std::future::ready(Ok::<u8, fmt::Error>(1)), report_of));
    assert!(matches!(call.as_mut().poll(&mut context), Poll::Ready(Ok(1))));
    assert_eq!(board.log(), ["allow db", "settle db Returned Some(0)"]);
}

#[test]
fn with_a_blocking_store_a_future_settles_on_the_pool() {
    let board = TestBoard::with(1, StoreKind::Blocking, EventDispatcher::default(), OnEngineError::Refuse);
    let target = board.target(&db());
    let done =
        futures_lite::future::block_on(call_async(&board.inner, &target, std::future::ready(Err::<u8, fmt::Error>(fmt::Error)), report_of));
    assert!(matches!(done, Err(CallError::Failed(fmt::Error))));
    assert_eq!(board.log(), ["allow db", "settle db Raised([\"core.fmt.Error\"]) Some(0)"]);
}

#[test]
fn a_listener_may_call_the_board() {
    let (shared, received) = (Arc::<Mutex<Weak<BoardInner>>>::default(), Arc::<Mutex<Vec<EventKind>>>::default());
    let (inner, kinds) = (Arc::clone(&shared), Arc::clone(&received));
    let listener = move |event: &Event| {
        let board = inner.lock().unwrap().upgrade().unwrap();
        board.admit(&board.target(&Target::name("other")).unwrap()).unwrap();
        kinds.lock().unwrap().push(event.kind);
    };
    let events = EventDispatcher::new(vec![Box::new(listener)], Vec::new());
    let board = TestBoard::with(1, StoreKind::Immediate, events, OnEngineError::Refuse);
    *shared.lock().unwrap() = Arc::downgrade(&board.inner);
    let opened = Event {
        circuit: Some(Scope::name("db")),
        from: Some(Phase::Closed),
        to: Some(Phase::Open),
        generation: 1,
        ..Event::new(EventKind::PhaseChanged, Cause::Streak, "", 0)
    };
    board.script(Scripted::Decide(Box::new(Decision { events: vec![opened], ..refused(0) })));
    board.allow(&db()).unwrap();
    assert_eq!(*received.lock().unwrap(), [EventKind::PhaseChanged]);
    assert_eq!(board.log(), ["allow db", "allow other"]);
}
