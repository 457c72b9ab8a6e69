//! The requests beside the call path, as futures.

use crate::boards::{ENGINES, Task, TestBoard, db, failure};
use crate::controlled_store::Held;
use fuseboard_host::{Admission, Command, Filter, Operation, Phase, Scope, Target};
use futures_lite::future::block_on;

const PATCH: &str = r#"{"fail_max": 7}"#;

/// A board without leases that knows one failing circuit and has begun no operation since.
fn board_with_a_failure(engine: fuseboard_host::EngineKind) -> TestBoard {
    let test = TestBoard::new(engine);
    test.board.settle(&db(), None, &failure()).expect("a verdict");
    test.store.begun();
    test
}

/// Runs a request while the store is held: it must wait as a future, and end when the store goes on.
fn held<'a, T>(test: &TestBoard, request: impl Future<Output = T> + Send + 'a) -> T {
    test.store.hold(Held::All);
    let task = Task::start(request);
    assert!(!test.store.begun().is_empty(), "it waits in the store");
    assert_eq!(test.board.health().expect("an answer").kept, 0, "its engine is free");
    test.store.release();
    task.finish()
}

#[test]
fn requests_wait_for_the_store_as_futures_and_answer_as_their_synchronous_forms() {
    for &engine in ENGINES {
        let test = board_with_a_failure(engine);
        let (board, db, scope) = (&test.board, db(), Scope::name("db"));
        let status = held(&test, board.status_async(&db)).expect("status");
        assert_eq!((status.circuit.failure_streak, &status), (1, &board.status(&db).expect("status")));
        let filter = Filter::default();
        let names = held(&test, board.list_async(&filter, None, 10)).expect("a listing").next;
        let listing = held(&test, board.list_async(&filter, names.as_deref(), 10)).expect("a listing");
        assert_eq!((listing.circuits.len(), &listing), (1, &board.list(&filter, names.as_deref(), 10).expect("a listing")));
        let patched = held(&test, board.update_policy_async(&scope, Some(PATCH))).expect("patched");
        assert_eq!((patched.circuits.len(), patched.changed), (1, vec![scope.clone()]));
        let explained = held(&test, board.explain_async(&db)).expect("an explanation");
        assert_eq!(explained, board.explain(&db).expect("an explanation"));
        let tripped = held(&test, board.command_async(&scope, &Command::Trip)).expect("carried out");
        assert_eq!(tripped.circuits.first().map(|status| status.phase), Some(Phase::Open));
        assert!(matches!(block_on(board.allow_async(&db)), Ok(Admission::Refused(_))));
    }
}

#[test]
fn a_command_ends_the_leases_that_it_covers() {
    for &engine in ENGINES {
        let test = TestBoard::with(engine, "{}", |builder| builder);
        let handle = test.board.target(&db()).expect("a target");
        assert!(matches!(handle.allow(), Ok(Admission::Admitted { .. })) && handle.try_allow().is_some());
        block_on(test.board.command_async(&Scope::name("db"), &Command::Trip)).expect("carried out");
        assert!(handle.try_allow().is_none());
    }
}

#[test]
fn a_command_that_is_dropped_while_it_writes_holds_up_no_other_request() {
    for &engine in ENGINES {
        let test = board_with_a_failure(engine);
        let (scope, command) = (Scope::name("db"), Command::Trip);
        test.store.hold(Held::Swaps);
        let task = Task::start(test.board.command_async(&scope, &command));
        assert!(test.store.begun().contains(&Operation::Swap));
        drop(task);
        test.store.release();
        assert_eq!(test.circuit().phase, Phase::Closed, "its swap was not made");
        let reset = block_on(test.board.command_async(&scope, &Command::Reset)).expect("carried out");
        assert_eq!(reset.circuits.first().map(|status| status.failure_streak), Some(0));
    }
}

#[test]
fn the_engines_count_the_refusals_of_a_shared_resolver_together() {
    for &engine in ENGINES {
        let test = TestBoard::with(engine, "{}", |builder| builder.instances(2).leases(fuseboard_host::Leases::Off));
        block_on(test.board.command_async(&Scope::resolver("r"), &Command::Trip)).expect("carried out");
        let targets: Vec<Target> = (0..16).map(|number| Target::name(format!("n{number}")).resolver("r")).collect();
        for target in &targets {
            assert!(matches!(block_on(test.board.allow_async(target)), Ok(Admission::Refused(_))));
        }
        let status = block_on(test.board.status_async(&targets[0])).expect("status");
        assert_eq!(status.resolver.map(|resolver| resolver.refused), Some(16));
    }
}
