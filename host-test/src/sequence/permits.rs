//! Random permits, leases and tallies: returned ones, changed ones, and some that no engine returned.

use super::names;
use super::random::Random;
use crate::story::{LeaseRef, NamedAdmission};
use fuseboard::{Claim, Lease, Permit, StatusRange, Tally, WriteMark};
use std::collections::BTreeMap;

/// A permit that no engine returned, a returned one with a changed number, or none.
pub(super) fn forged(random: &mut Random, admissions: &BTreeMap<String, NamedAdmission>) -> Option<Permit> {
    let mark = |random: &mut Random| WriteMark { writer: random.pick(&[0, 1, u64::MAX]), sequence: random.pick(&[0, 1, u64::MAX]) };
    let claim =
        |random: &mut Random| Claim { generation: random.one_in(2).then(|| mark(random)), probe: random.one_in(2).then(|| mark(random)) };
    let permit = admissions.values().next_back().map(|admission| admission.permit);
    match (random.below(4), permit) {
        (0, _) => None,
        (1, Some(Permit { circuit: Some(circuit), resolver })) => {
            let by = random.pick(&[0, 1, u64::MAX]);
            let shifted = |mark: WriteMark| WriteMark { sequence: mark.sequence.wrapping_add(by), ..mark };
            let probe = random.one_in(2).then(|| mark(random));
            Some(Permit { circuit: Some(Claim { generation: circuit.generation.map(shifted), probe }), resolver })
        }
        (2, Some(Permit { circuit, resolver })) => Some(Permit { circuit: resolver, resolver: circuit }),
        _ => Some(Permit { circuit: random.one_in(2).then(|| claim(random)), resolver: random.one_in(2).then(|| claim(random)) }),
    }
}

pub(super) fn lease(random: &mut Random, admissions: &BTreeMap<String, NamedAdmission>) -> LeaseRef {
    let mut leased = admissions.iter().filter_map(|(name, admission)| admission.lease.as_ref().map(|lease| (name, lease)));
    match (leased.next_back(), random.below(4)) {
        (Some((_, lease)), 0) => LeaseRef::Literal(Lease { permit: forged(random, admissions).unwrap_or_default(), ..lease.clone() }),
        (Some((name, _)), 1..) => LeaseRef::Named(name.clone()),
        (None, _) => LeaseRef::Literal(Lease {
            permit: forged(random, admissions).unwrap_or_default(),
            calls: 1,
            ms: 1,
            slow_ns: None,
            success_statuses: vec![StatusRange { first: 200, last: 399 }],
            neutral_statuses: Vec::new(),
            cancelled_after_ns: None,
            circuits: (0..random.below(4)).map(|_| names::scope(random)).collect(),
        }),
    }
}

pub(super) fn tally(random: &mut Random) -> Tally {
    let count = |random: &mut Random| random.pick(&[0, 1, 3, 1_000, u32::MAX]);
    Tally { successes: count(random), slow: count(random), age_ms: random.pick(&[0, 1, 5_000, u64::MAX]) }
}
