use super::*;
use fuseboard::{Claim, Outcome, Reason, Refusal, StatusRange};

const MS: u64 = 1_000_000;

fn permit(generation: u64) -> Permit {
    Permit { circuit: Some(Claim { epoch: 1, generation, probe: None }), resolver: None }
}

fn lease(calls: u32, ms: u32) -> Lease {
    let ok = StatusRange { first: 200, last: 399 };
    Lease { permit: permit(0), calls, ms, slow_ns: Some(5 * MS), success_statuses: vec![ok], circuits: Vec::new() }
}

fn repeat(ms: u32) -> Granted {
    let open = Refusal { reason: Reason::Open, retry_after_ms: Some(1_000), last_failure: None };
    Granted::Repeat(Arc::new(Refused { circuit: Some(open), resolver: None, retry_after_ms: Some(1_000), repeat_ms: ms }))
}

fn ledger(grant: Granted) -> Ledger {
    let mut ledger = Ledger::default();
    let ticket = ledger.ticket(Mono(0));
    ledger.install(ticket, grant, Touched::Others, Mono(0));
    ledger
}

fn returned() -> Report {
    Report::new(End::Returned)
}

fn tallies(ledger: &mut Ledger, now: u64) -> Vec<(u32, u32, u64)> {
    ledger.take_owed(Mono(now)).into_iter().map(|(_, tally)| (tally.successes, tally.slow, tally.age_ms)).collect()
}

fn admitted(quick: Option<Admission>) -> Option<Permit> {
    quick?.into_result().ok()
}

#[test]
fn a_lease_admits_so_many_calls_and_then_asks() {
    let mut ledger = ledger(Granted::Lease(lease(2, 100)));
    assert!(ledger.admit(Mono(0)).is_some() && ledger.admit(Mono(1)).is_some());
    assert!(ledger.admit(Mono(2)).is_none());
}

#[test]
fn a_lease_ends_at_its_time_counted_from_before_its_allow() {
    let mut ledger = Ledger::default();
    let ticket = ledger.ticket(Mono(50 * MS));
    ledger.install(ticket, Granted::Lease(lease(9, 10)), Touched::Others, Mono(55 * MS));
    assert!(ledger.admit(Mono(60 * MS - 1)).is_some());
    assert!(ledger.admit(Mono(60 * MS)).is_none());
}

#[test]
fn a_change_after_the_allow_began_keeps_its_lease_out() {
    let mut ledger = Ledger::default();
    let ticket = ledger.ticket(Mono(0));
    ledger.drop_grant(Mono(1));
    ledger.install(ticket, Granted::Lease(lease(9, 100)), Touched::Others, Mono(2));
    assert!(ledger.admit(Mono(3)).is_none());
}

#[test]
fn an_answers_own_change_drops_what_was_and_not_what_it_brings() {
    let mut ledger = ledger(Granted::Lease(lease(9, 100)));
    let older = ledger.ticket(Mono(1));
    let ticket = ledger.ticket(Mono(1));
    ledger.install(ticket, Granted::Lease(Lease { permit: permit(1), ..lease(9, 100) }), Touched::Own, Mono(2));
    assert_eq!(admitted(ledger.admit(Mono(3))), Some(permit(1)), "its own lease stands");
    ledger.install(older, Granted::Lease(lease(9, 100)), Touched::Others, Mono(4));
    assert_eq!(admitted(ledger.admit(Mono(5))), Some(permit(1)), "an allow that began before the change brings nothing");
}

#[test]
fn an_answer_without_a_grant_that_changed_something_leaves_nothing() {
    let mut ledger = ledger(Granted::Lease(lease(9, 100)));
    let ticket = ledger.ticket(Mono(1));
    ledger.install(ticket, Granted::Nothing, Touched::Own, Mono(2));
    assert!(ledger.admit(Mono(3)).is_none());
}

#[test]
fn only_what_must_be_a_success_is_batched() {
    let with = |end: End, status: Option<u16>| Report { status, ..Report::new(end) };
    let raised = || End::Raised(vec!["Error".to_owned()]);
    let cases = [
        (returned(), Batch::Taken),
        (with(End::Returned, Some(200)), Batch::Taken),
        (with(raised(), Some(304)), Batch::Taken),
        (with(End::Returned, Some(404)), Batch::Cross(Owing::Nothing)),
        (with(End::Returned, Some(503)), Batch::Cross(Owing::Nothing)),
        (with(raised(), None), Batch::Cross(Owing::Nothing)),
        (with(End::Cancelled, Some(200)), Batch::Cross(Owing::Nothing)),
        (with(End::Counted(Outcome::Success), Some(200)), Batch::Cross(Owing::Nothing)),
        (Report { retry_after: Some("5".to_owned()), ..returned() }, Batch::Cross(Owing::Nothing)),
        (Report { retry_after_ms: Some(5), ..returned() }, Batch::Cross(Owing::Nothing)),
    ];
    for (report, expected) in cases {
        let mut ledger = ledger(Granted::Lease(lease(9, 100)));
        assert_eq!(ledger.batch(&permit(0), &report), expected, "{report:?}");
    }
}

#[test]
fn an_outcome_of_another_generation_is_not_batched() {
    let mut ledger = ledger(Granted::Lease(lease(9, 100)));
    assert_eq!(ledger.batch(&permit(1), &returned()), Batch::Cross(Owing::Nothing));
    ledger.drop_grant(Mono(1));
    assert_eq!(ledger.batch(&permit(0), &returned()), Batch::Cross(Owing::Nothing), "the lease is gone");
}

#[test]
fn a_lease_takes_no_more_outcomes_than_it_admits() {
    let mut ledger = ledger(Granted::Lease(lease(2, 100)));
    assert_eq!([(); 3].map(|()| ledger.batch(&permit(0), &returned())), [Batch::Taken, Batch::Taken, Batch::Cross(Owing::Tallies)]);
    assert_eq!(tallies(&mut ledger, 0), [(2, 0, 0)]);
    assert_eq!(ledger.batch(&permit(0), &returned()), Batch::Cross(Owing::Nothing), "handed in or not");
}

#[test]
fn slow_successes_are_counted_apart() {
    let mut ledger = ledger(Granted::Lease(lease(9, 100)));
    for elapsed_ns in [None, Some(5 * MS), Some(5 * MS + 1)] {
        ledger.batch(&permit(0), &Report { elapsed_ns, ..returned() });
    }
    assert_eq!(tallies(&mut ledger, 0), [(2, 1, 0)]);
    assert_eq!(ledger.owing(), Owing::Nothing);
}

#[test]
fn a_tallys_age_runs_from_the_leases_end() {
    let mut ledger = ledger(Granted::Lease(lease(9, 100)));
    ledger.batch(&permit(0), &returned());
    assert!(ledger.admit(Mono(250 * MS)).is_none());
    assert_eq!(tallies(&mut ledger, 250 * MS), [(1, 0, 150)]);
}

#[test]
fn a_dropped_lease_ended_when_it_was_dropped() {
    let mut ledger = ledger(Granted::Lease(lease(9, 100)));
    ledger.batch(&permit(0), &returned());
    ledger.drop_grant(Mono(40 * MS));
    assert_eq!(tallies(&mut ledger, 70 * MS), [(1, 0, 30)]);
}

#[test]
fn a_lease_that_another_replaces_still_owes_its_tally() {
    let mut ledger = ledger(Granted::Lease(lease(9, 100)));
    ledger.batch(&permit(0), &returned());
    let ticket = ledger.ticket(Mono(MS));
    ledger.install(ticket, Granted::Lease(lease(9, 100)), Touched::Others, Mono(MS));
    ledger.batch(&permit(0), &returned());
    assert_eq!(tallies(&mut ledger, 2 * MS), [(1, 0, 1), (1, 0, 0)]);
}

#[test]
fn an_exhausted_lease_still_takes_the_outcomes_it_admitted() {
    let mut ledger = ledger(Granted::Lease(lease(1, 100)));
    assert!(ledger.admit(Mono(0)).is_some());
    assert!(ledger.admit(Mono(1)).is_none());
    assert_eq!(tallies(&mut ledger, 1), []);
    assert_eq!(ledger.batch(&permit(0), &returned()), Batch::Taken, "nothing has said that it no longer stands");
}

#[test]
fn a_repeated_refusal_is_counted_and_ends_at_its_time() {
    let mut ledger = ledger(repeat(100));
    assert!(matches!(ledger.admit(Mono(0)), Some(Admission::Refused(_))));
    assert!(matches!(ledger.admit(Mono(100 * MS - 1)), Some(Admission::Refused(_))));
    assert!(ledger.admit(Mono(100 * MS)).is_none());
    assert_eq!(ledger.repeats(), Repeats { circuit: 2, resolver: 0 });
}

#[test]
fn a_change_ends_a_repeated_refusal() {
    let mut ledger = ledger(repeat(100));
    ledger.drop_grant(Mono(1));
    assert!(ledger.admit(Mono(2)).is_none());
}
