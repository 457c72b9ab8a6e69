use super::*;
use fuseboard::{Claim, End, Hint, Reason, Refusal, StatusRange, WriteMark};

const MS: u64 = 1_000_000;
/// The coarse clock of these tests begins at another time than the exact one.
const COARSE: u64 = 1_000 * MS;
const SUCCESS: LeaseSettlement = LeaseSettlement::Settled(Outcome::Success);
const NEUTRAL: LeaseSettlement = LeaseSettlement::Settled(Outcome::Neutral);
const NOT_SETTLED: LeaseSettlement = LeaseSettlement::NotSettled(Unreported::None);

fn moment(exact: u64) -> Moment {
    Moment { exact: Mono(exact), coarse: Mono(exact + COARSE) }
}

fn permit(generation: u64) -> Permit {
    Permit { circuit: Some(Claim { generation: Some(WriteMark { writer: 1, sequence: generation }), probe: None }), resolver: None }
}

fn lease(calls: u32, ms: u32) -> Lease {
    let (ok, gone) = (StatusRange { first: 200, last: 399 }, StatusRange { first: 410, last: 410 });
    let (success_statuses, neutral_statuses) = (vec![ok, gone], vec![StatusRange { first: 403, last: 404 }]);
    let (slow_ns, cancelled_after_ns) = (Some(5 * MS), Some(8 * MS));
    Lease { permit: permit(0), calls, ms, slow_ns, success_statuses, neutral_statuses, cancelled_after_ns, circuits: Vec::new() }
}

fn repeat(ms: u32) -> NewGrant {
    let open = Refusal { reason: Reason::Open, retry_after_ms: Some(1_000), last_failure: None };
    NewGrant::Repeat(Arc::new(Refused { circuit: Some(open), resolver: None, retry_after_ms: Some(1_000), repeat_ms: ms, spread_ms: 0 }))
}

fn lease_state(grant: NewGrant) -> LeaseState {
    let mut lease_state = LeaseState::default();
    let start = lease_state.start(moment(0));
    lease_state.install(start, grant, ChangeScope::Others, Mono(0));
    lease_state
}

fn returned() -> Report {
    Report::new(End::Returned)
}

fn tallies(lease_state: &mut LeaseState, now: u64) -> Vec<(u32, u32, u64)> {
    lease_state.take_tallies(Mono(now)).into_iter().map(|(_, tally)| (tally.successes, tally.slow, tally.age_ms)).collect()
}

fn admitted(admission: Option<Admission>) -> Option<Permit> {
    admission?.into_result().ok()
}

#[test]
fn a_lease_admits_as_many_calls_as_it_grants() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(2, 100)));
    assert!(lease_state.admit(Reading::Exact(Mono(0))).is_some() && lease_state.admit(Reading::Exact(Mono(1))).is_some());
    assert!(lease_state.admit(Reading::Exact(Mono(2))).is_none());
}

#[test]
fn a_lease_ends_at_its_time_counted_from_the_start_of_its_allow() {
    let mut lease_state = LeaseState::default();
    let start = lease_state.start(moment(50 * MS));
    lease_state.install(start, NewGrant::Lease(lease(9, 10)), ChangeScope::Others, Mono(55 * MS));
    assert!(lease_state.admit(Reading::Exact(Mono(60 * MS - 1))).is_some());
    assert!(lease_state.admit(Reading::Exact(Mono(60 * MS))).is_none());
}

#[test]
fn a_lease_ends_by_the_coarse_clock_too() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(9, 10)));
    assert!(lease_state.admit(Reading::Coarse(Mono(COARSE + 10 * MS - 1))).is_some());
    lease_state.settle(&permit(0), &returned());
    assert!(lease_state.admit(Reading::Coarse(Mono(COARSE + 10 * MS))).is_none());
    assert_eq!(tallies(&mut lease_state, 30 * MS), [(1, 0, 20)], "its age counts by the exact clock");
}

#[test]
fn a_repeated_refusal_ends_by_the_coarse_clock_too() {
    let mut lease_state = lease_state(repeat(10));
    assert!(lease_state.admit(Reading::Coarse(Mono(COARSE + 10 * MS - 1))).is_some());
    assert!(lease_state.admit(Reading::Coarse(Mono(COARSE + 10 * MS))).is_none());
}

#[test]
fn a_change_after_the_allow_began_prevents_its_lease() {
    let mut lease_state = LeaseState::default();
    let start = lease_state.start(moment(0));
    lease_state.drop_grant(Mono(1));
    lease_state.install(start, NewGrant::Lease(lease(9, 100)), ChangeScope::Others, Mono(2));
    assert!(lease_state.admit(Reading::Exact(Mono(3))).is_none());
}

#[test]
fn the_changes_of_an_answer_drop_older_grants_and_keep_its_own() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(9, 100)));
    let older = lease_state.start(moment(1));
    let start = lease_state.start(moment(1));
    lease_state.install(start, NewGrant::Lease(Lease { permit: permit(1), ..lease(9, 100) }), ChangeScope::Own, Mono(2));
    assert_eq!(admitted(lease_state.admit(Reading::Exact(Mono(3)))), Some(permit(1)), "its own lease is installed");
    lease_state.install(older, NewGrant::Lease(lease(9, 100)), ChangeScope::Others, Mono(4));
    assert_eq!(
        admitted(lease_state.admit(Reading::Exact(Mono(5)))),
        Some(permit(1)),
        "an allow that began before the change installs nothing"
    );
}

#[test]
fn an_answer_with_changes_and_without_a_grant_drops_the_old_grant() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(9, 100)));
    let start = lease_state.start(moment(1));
    lease_state.install(start, NewGrant::None, ChangeScope::Own, Mono(2));
    assert!(lease_state.admit(Reading::Exact(Mono(3))).is_none());
}

#[test]
fn a_lease_settles_only_the_ends_that_it_lists() {
    let with = |end: End, status: Option<u16>| Report { status, ..Report::new(end) };
    let raised = || End::Raised(vec!["Error".to_owned()]);
    let hint = || vec![Hint::new("retry-after", "5")];
    let cases = [
        (returned(), SUCCESS),
        (with(End::Returned, Some(200)), SUCCESS),
        (with(raised(), Some(200)), NOT_SETTLED),
        (with(raised(), Some(304)), NOT_SETTLED),
        (with(End::Returned, Some(404)), NEUTRAL),
        (with(raised(), Some(403)), NEUTRAL),
        (with(End::Cancelled, Some(404)), NEUTRAL),
        (with(End::counted(Outcome::Neutral), Some(404)), NOT_SETTLED),
        (Report { hints: hint(), ..with(raised(), Some(404)) }, NOT_SETTLED),
        (Report { retry_after_ms: Some(5), ..with(End::Returned, Some(404)) }, NOT_SETTLED),
        (with(End::Returned, Some(503)), NOT_SETTLED),
        (with(raised(), None), NOT_SETTLED),
        (with(End::Cancelled, Some(200)), NOT_SETTLED),
        (with(End::counted(Outcome::Success), Some(200)), NOT_SETTLED),
        (Report { retry_after_ms: Some(5), ..returned() }, NOT_SETTLED),
        (Report { retry_after_ms: Some(5), ..with(End::Returned, Some(200)) }, SUCCESS),
        (Report { hints: hint(), ..returned() }, SUCCESS),
        (Report { hints: hint(), ..with(End::Returned, Some(200)) }, SUCCESS),
        (with(End::Returned, Some(410)), SUCCESS),
        (Report { hints: hint(), ..with(End::Returned, Some(410)) }, NOT_SETTLED),
    ];
    for (report, expected) in cases {
        let mut lease_state = lease_state(NewGrant::Lease(lease(9, 100)));
        assert_eq!(lease_state.settle(&permit(0), &report), expected, "{report:?}");
    }
}

#[test]
fn a_lease_settles_a_cancellation_that_does_not_count() {
    let cancelled = |elapsed_ns| Report { elapsed_ns, ..Report::new(End::Cancelled) };
    let cases = [
        (cancelled(None), NEUTRAL),
        (cancelled(Some(8 * MS - 1)), NEUTRAL),
        (cancelled(Some(8 * MS)), NOT_SETTLED),
        (Report { hints: vec![Hint::new("retry-after", "5")], ..cancelled(Some(0)) }, NOT_SETTLED),
        (Report { retry_after_ms: Some(5), ..cancelled(Some(0)) }, NOT_SETTLED),
        (Report { status: Some(200), ..cancelled(Some(0)) }, NOT_SETTLED),
    ];
    for (report, expected) in cases {
        let mut lease_state = lease_state(NewGrant::Lease(lease(9, 100)));
        assert_eq!(lease_state.settle(&permit(0), &report), expected, "{report:?}");
    }
    let mut none_counts = lease_state(NewGrant::Lease(Lease { cancelled_after_ns: None, ..lease(9, 100) }));
    assert_eq!(none_counts.settle(&permit(0), &cancelled(Some(u64::MAX))), NEUTRAL);
}

#[test]
fn a_neutral_outcome_is_not_in_the_tally() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(1, 100)));
    let missing = Report { status: Some(404), ..returned() };
    assert_eq!([(); 3].map(|()| lease_state.settle(&permit(0), &missing)), [NEUTRAL; 3]);
    assert_eq!(lease_state.settle(&permit(0), &returned()), SUCCESS, "it takes no place of a success");
    assert_eq!(tallies(&mut lease_state, 0), [(1, 0, 0)]);
}

#[test]
fn an_outcome_of_another_generation_is_not_settled() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(9, 100)));
    assert_eq!(lease_state.settle(&permit(1), &returned()), NOT_SETTLED);
    lease_state.drop_grant(Mono(1));
    assert_eq!(lease_state.settle(&permit(0), &returned()), NOT_SETTLED, "the lease has ended");
}

#[test]
fn a_lease_batches_no_more_outcomes_than_it_admits() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(2, 100)));
    assert_eq!(
        [(); 3].map(|()| lease_state.settle(&permit(0), &returned())),
        [SUCCESS, SUCCESS, LeaseSettlement::NotSettled(Unreported::Tallies)]
    );
    assert_eq!(tallies(&mut lease_state, 0), [(2, 0, 0)]);
    assert_eq!(lease_state.settle(&permit(0), &returned()), NOT_SETTLED, "reported or not");
}

#[test]
fn slow_successes_are_counted_separately() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(9, 100)));
    for elapsed_ns in [None, Some(5 * MS), Some(5 * MS + 1)] {
        lease_state.settle(&permit(0), &Report { elapsed_ns, ..returned() });
    }
    assert_eq!(tallies(&mut lease_state, 0), [(2, 1, 0)]);
    assert_eq!(lease_state.unreported(), Unreported::None);
}

#[test]
fn the_age_of_a_tally_counts_from_the_end_of_its_lease() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(9, 100)));
    lease_state.settle(&permit(0), &returned());
    assert!(lease_state.admit(Reading::Exact(Mono(250 * MS))).is_none());
    assert_eq!(tallies(&mut lease_state, 250 * MS), [(1, 0, 150)]);
}

#[test]
fn a_dropped_lease_ends_when_it_is_dropped() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(9, 100)));
    lease_state.settle(&permit(0), &returned());
    lease_state.drop_grant(Mono(40 * MS));
    assert_eq!(tallies(&mut lease_state, 70 * MS), [(1, 0, 30)]);
}

#[test]
fn a_replaced_lease_keeps_its_tally_to_report() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(9, 100)));
    lease_state.settle(&permit(0), &returned());
    let start = lease_state.start(moment(MS));
    lease_state.install(start, NewGrant::Lease(lease(9, 100)), ChangeScope::Others, Mono(MS));
    lease_state.settle(&permit(0), &returned());
    assert_eq!(tallies(&mut lease_state, 2 * MS), [(1, 0, 1), (1, 0, 0)]);
}

#[test]
fn an_exhausted_lease_still_batches_the_outcomes_it_admitted() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(1, 100)));
    assert!(lease_state.admit(Reading::Exact(Mono(0))).is_some());
    assert!(lease_state.admit(Reading::Exact(Mono(1))).is_none());
    assert_eq!(tallies(&mut lease_state, 1), []);
    assert_eq!(lease_state.settle(&permit(0), &returned()), SUCCESS, "no change has ended it");
}

#[test]
fn a_repeated_refusal_is_counted_and_ends_at_its_time() {
    let mut lease_state = lease_state(repeat(100));
    assert!(matches!(lease_state.admit(Reading::Exact(Mono(0))), Some(Admission::Refused(_))));
    assert!(matches!(lease_state.admit(Reading::Exact(Mono(100 * MS - 1))), Some(Admission::Refused(_))));
    assert!(lease_state.admit(Reading::Exact(Mono(100 * MS))).is_none());
    assert_eq!(lease_state.repeats(), Repeats { circuit: 2, resolver: 0 });
}

#[test]
fn a_change_ends_a_repeated_refusal() {
    let mut lease_state = lease_state(repeat(100));
    lease_state.drop_grant(Mono(1));
    assert!(lease_state.admit(Reading::Exact(Mono(2))).is_none());
}

#[test]
fn repeats_of_a_cooldown_spread_their_wait_and_never_shorten_it() {
    let cooling = Refusal { reason: Reason::CooldownRetryAfter, retry_after_ms: Some(1_000), last_failure: None };
    let refused = Refused { circuit: Some(cooling), resolver: None, retry_after_ms: Some(1_040), repeat_ms: 100, spread_ms: 100 };
    let mut lease_state = LeaseState::default();
    let start = lease_state.start(moment(0));
    lease_state.install(start, NewGrant::Repeat(Arc::new(refused)), ChangeScope::Others, Mono(0));
    let mut wait = || match lease_state.admit(Reading::Exact(Mono(1))) {
        Some(Admission::Refused(refused)) => refused.retry_after_ms.expect("a cooldown has an end"),
        other => panic!("{other:?}"),
    };
    let waits: std::collections::BTreeSet<u64> = (0..50).map(|_| wait()).collect();
    assert!(waits.len() >= 45 && waits.iter().all(|wait| (1_000..=1_100).contains(wait)), "{waits:?}");
}

#[test]
fn a_change_of_the_resolver_ends_the_grant_and_what_began_before_it_installs_none() {
    let mut lease_state = lease_state(NewGrant::Lease(lease(9, 100)));
    lease_state.settle(&permit(0), &returned());
    let start = lease_state.start(moment(10 * MS));
    lease_state.follow_resolver(1, Mono(20 * MS));
    assert!(lease_state.admit(Reading::Exact(Mono(20 * MS))).is_none());
    lease_state.install(start, repeat(100), ChangeScope::Others, Mono(30 * MS));
    assert!(lease_state.admit(Reading::Exact(Mono(30 * MS))).is_none());
    assert_eq!((tallies(&mut lease_state, 50 * MS), lease_state.resolver_changes()), (vec![(1, 0, 30)], 1));
}

#[test]
fn a_grant_is_kept_over_a_change_of_the_resolver_only_if_that_was_the_one_it_came_with() {
    for (before, counted) in [(0, 1), (1, 0)] {
        let mut lease_state = lease_state(NewGrant::Lease(lease(9, 100)));
        lease_state.keep_over_own_change(before);
        assert_eq!(lease_state.resolver_changes(), counted, "{before} changes before it");
    }
}
