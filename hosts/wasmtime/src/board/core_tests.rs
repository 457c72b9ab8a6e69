//! The rules of leases, events and stopped instances.

use super::*;
use crate::board::call::{CallError, report_of};
use crate::board::call_async::guarded;
use crate::board::stand_in::{Answering, Bench, Fake, admitted, db, lease, refused};
use fuseboard::time::Millis;
use fuseboard::{DEFAULT_ROLE, End, EventKind, Phase, ProblemCode};
use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, Weak};
use std::task::{Context, Poll, Waker};

#[test]
fn leased_calls_ask_nobody_and_their_tally_goes_with_the_next_question() {
    let bench = Bench::new(1);
    bench.leased(&db());
    for _ in 0..3 {
        assert!(matches!(bench.allow(&db()), Ok(Admission::Admitted(_))));
        assert_eq!(bench.settle(&db(), End::Returned), Settlement::Batched);
    }
    assert!(bench.log().is_empty());
    bench.clock.advance(Millis(130));
    bench.allow(&db()).unwrap();
    assert_eq!(bench.log(), ["tally 3 slow 0 age 30", "allow db"]);
}

#[test]
fn a_failure_crosses_at_once_after_the_tally_and_the_lease_goes_on_if_nothing_changed() {
    let bench = Bench::new(1);
    bench.leased(&db());
    bench.settle(&db(), End::Returned);
    bench.settle(&db(), End::Cancelled);
    assert_eq!(bench.log(), ["tally 1 slow 0 age 0", "settle db Cancelled None"]);
    assert!(bench.is_leased(&db()));
}

#[test]
fn what_a_settle_changed_ends_the_leases_it_covers_and_no_others() {
    let bench = Bench::new(2);
    let host = Target::host("A.example");
    let targets = [host.clone(), host.clone().role("meta"), Target::host("b.example"), Target::name("a.example")];
    for target in &targets {
        bench.leased(target);
    }
    bench.answer(Answering::Change(vec![Scope::host("a.example").role(DEFAULT_ROLE)]));
    bench.settle(&host, End::Cancelled);
    bench.log();
    assert_eq!(targets.each_ref().map(|target| bench.is_leased(target)), [false, true, true, true]);
    bench.answer(Answering::Change(vec![Scope::host("a.example")]));
    bench.settle(&targets[2], End::Cancelled);
    bench.log();
    assert_eq!(targets.each_ref().map(|target| bench.is_leased(target)), [false, false, true, true]);
}

#[test]
fn a_resolvers_change_ends_leases_on_every_instance() {
    let bench = Bench::new(4);
    let targets: Vec<Target> = (0..8).map(|n| Target::name(format!("n{n}")).resolver("r")).collect();
    for target in &targets {
        bench.leased(target);
    }
    bench.core.publish_from(0, Vec::new(), &[Scope::resolver("r")]);
    assert!(!targets.iter().any(|target| bench.is_leased(target)));
}

#[test]
fn a_lease_whose_allow_was_overtaken_by_a_change_is_not_installed() {
    let bench = Bench::new(1);
    bench.answer(Answering::Overtaken(Scope::name("db"), Box::new(admitted(Some(lease(vec![Scope::name("db")]))))));
    bench.allow(&db()).unwrap();
    bench.log();
    assert!(!bench.is_leased(&db()));
}

#[test]
fn an_answers_own_change_lets_its_own_lease_stand_and_ends_others() {
    let bench = Bench::new(1);
    let twin = db().resolver("r");
    bench.leased(&twin);
    let decision = Decision { changed: vec![Scope::name("db")], ..admitted(Some(lease(vec![Scope::name("db")]))) };
    bench.answer(Answering::Decide(Box::new(decision)));
    bench.allow(&db()).unwrap();
    bench.log();
    assert!(bench.is_leased(&db()));
    assert!(!bench.is_leased(&twin));
}

#[test]
fn a_lease_of_other_circuits_is_not_used() {
    let bench = Bench::new(1);
    bench.answer(Answering::Decide(Box::new(admitted(Some(lease(vec![Scope::name("other")]))))));
    bench.allow(&db()).unwrap();
    bench.log();
    assert!(!bench.is_leased(&db()));
}

#[test]
fn a_refusal_is_repeated_without_asking_and_counted() {
    let bench = Bench::new(1);
    bench.answer(Answering::Decide(Box::new(refused(100))));
    for _ in 0..4 {
        assert!(matches!(bench.allow(&db()), Ok(Admission::Refused(_))));
    }
    assert_eq!(bench.log(), ["allow db"]);
    assert_eq!(bench.core.line(&db()).unwrap().repeats_of(&Scope::name("db")), 3);
    bench.clock.advance(Millis(100));
    assert!(matches!(bench.allow(&db()), Ok(Admission::Admitted(_))));
}

#[test]
fn flush_hands_in_every_tally_and_reaches_every_instance() {
    let bench = Bench::new(2);
    bench.leased(&db());
    bench.settle(&db(), End::Returned);
    assert_eq!(bench.core.flush().unwrap().kept, 2);
    assert_eq!(bench.log(), ["tally 1 slow 0 age 0", "flush 0", "flush 1"]);
    bench.core.flush().unwrap();
    assert_eq!(bench.log(), ["flush 0", "flush 1"], "no tally is handed in twice");
}

#[test]
fn the_last_clone_hands_in_tallies_as_it_goes() {
    let bench = Bench::new(1);
    bench.leased(&db());
    bench.settle(&db(), End::Returned);
    let Bench { core, script, .. } = bench;
    drop(core);
    assert_eq!(*script.log.lock().unwrap(), ["tally 1 slow 0 age 0", "flush 0"]);
}

#[test]
fn a_new_configuration_ends_leases_and_keeps_writers() {
    let bench = Bench::new(2);
    bench.leased(&db());
    bench.core.reconfigure(Sources { prefix: "P".to_owned(), ..Sources::default() }).unwrap();
    assert_eq!(bench.log(), ["configure 0 P writer 1", "configure 1 P writer 2"]);
    assert!(!bench.is_leased(&db()));
}

#[test]
fn a_stopped_instance_is_made_anew_with_a_new_writer_and_the_present_configuration() {
    let bench = Bench::new(1);
    bench.core.reconfigure(Sources { prefix: "P".to_owned(), ..Sources::default() }).unwrap();
    bench.log();
    bench.answer(Answering::Stop);
    assert!(bench.allow(&db()).is_err_and(|error| error.is_trapped()));
    assert!(bench.allow(&db()).is_ok());
    assert_eq!(bench.log(), ["allow db", "restart", "configure 0 P writer 2", "allow db"]);
}

#[test]
fn a_panic_in_an_instance_stops_it_and_no_others() {
    let bench = Bench::new(1);
    bench.answer(Answering::Panic);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| bench.allow(&db()))).is_err());
    assert!(bench.allow(&db()).is_ok());
    assert_eq!(bench.log(), ["allow db", "restart", "configure 0  writer 2", "allow db"]);
}

#[test]
fn a_problem_is_the_callers_error() {
    let bench = Bench::new(1);
    bench.answer(Answering::Problem);
    let error = bench.allow(&db()).expect_err("as told");
    assert_eq!(error.problem().map(|problem| problem.code), Some(ProblemCode::BadTarget));
}

#[test]
fn a_call_is_settled_with_the_time_it_took() {
    let bench = Bench::new(1);
    let line = bench.core.line(&db()).unwrap();
    let clock = bench.clock.clone();
    let called: Result<u8, CallError<u8>> = bench.core.call(
        &line,
        || {
            clock.advance(Millis(7));
            Err(3)
        },
        report_of,
    );
    assert!(matches!(called, Err(CallError::Failed(3))));
    assert_eq!(bench.log(), ["allow db", "settle db Raised([\"u8\"]) Some(7000000)"]);
}

#[test]
fn a_refused_call_is_not_made() {
    let bench = Bench::new(1);
    bench.answer(Answering::Decide(Box::new(refused(0))));
    let line = bench.core.line(&db()).unwrap();
    let called: Result<(), CallError<()>> = bench.core.call(&line, || panic!("not to be called"), report_of);
    assert!(matches!(called, Err(CallError::Refused(_))));
}

#[test]
fn a_panic_in_the_call_is_settled_and_goes_on() {
    let bench = Bench::new(1);
    let line = bench.core.line(&db()).unwrap();
    let call = || bench.core.call(&line, || -> Result<(), ()> { panic!("the caller's own") }, report_of);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).is_err());
    assert_eq!(bench.log(), ["allow db", "settle db Raised([\"panic\"]) Some(0)"]);
}

#[test]
fn a_dropped_future_is_cancelled_and_a_finished_one_settled() {
    let bench = Bench::new(1);
    let line = bench.core.line(&db()).unwrap();
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut call = pin!(guarded(&bench.core, &line, std::future::pending::<Result<(), ()>>(), report_of));
        assert!(call.as_mut().poll(&mut context).is_pending());
        assert_eq!(bench.log(), ["allow db"]);
    }
    assert_eq!(bench.log(), ["settle db Cancelled Some(0)"]);
    let mut call = pin!(guarded(&bench.core, &line, std::future::ready(Ok::<u8, ()>(1)), report_of));
    assert!(matches!(call.as_mut().poll(&mut context), Poll::Ready(Ok(1))));
    assert_eq!(bench.log(), ["allow db", "settle db Returned Some(0)"]);
}

#[test]
fn with_a_blocking_store_a_future_waits_for_the_pool() {
    let bench = Bench::paced(1, Pace::Blocking, News::default());
    let line = bench.core.line(&db()).unwrap();
    let done = futures_lite::future::block_on(guarded(&bench.core, &line, std::future::ready(Err::<u8, u8>(1)), report_of));
    assert!(matches!(done, Err(CallError::Failed(1))));
    assert_eq!(bench.log(), ["allow db", "settle db Raised([\"u8\"]) Some(0)"]);
}

#[test]
fn a_listener_may_call_the_board() {
    let (board, heard) = (Arc::<Mutex<Weak<Core<Fake>>>>::default(), Arc::<Mutex<Vec<EventKind>>>::default());
    let (inner, kinds) = (Arc::clone(&board), Arc::clone(&heard));
    let listener = move |event: &Event| {
        let core = inner.lock().unwrap().upgrade().unwrap();
        core.allow(&core.line(&Target::name("other")).unwrap()).unwrap();
        kinds.lock().unwrap().push(event.kind);
    };
    let news = News { listeners: vec![Box::new(listener)], ..News::default() };
    let bench = Bench::paced(1, Pace::Instant, news);
    *board.lock().unwrap() = Arc::downgrade(&bench.core);
    let opened = Event {
        circuit: Some(Scope::name("db")),
        kind: EventKind::PhaseChanged,
        from: Some(Phase::Closed),
        to: Some(Phase::Open),
        cause: String::new(),
        generation: 1,
        at_ms: 0,
        here: true,
        last_failure: None,
    };
    bench.answer(Answering::Decide(Box::new(Decision { events: vec![opened], ..refused(0) })));
    bench.allow(&db()).unwrap();
    assert_eq!(*heard.lock().unwrap(), [EventKind::PhaseChanged]);
    assert_eq!(bench.log(), ["allow db", "allow other"]);
}
