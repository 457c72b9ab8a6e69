//! The whole alphabet of inputs: what a caller, an operator, the clocks and the store may do to a board.

use super::dice::Dice;
use super::{documents, names};
use crate::story::{Action, Admitted, FaultKind, Held, Leased, Op, Step};
use fuseboard::advisor::Metrics;
use fuseboard::{CircuitKind, Claim, Command, End, Filter, Hint, Lease, Outcome, Permit, Phase, Report, StatusRange, Tally, WriteMark};
use serde_json::Value;
use std::collections::BTreeMap;

/// What the sequence has brought so far.
pub(super) struct SoFar<'a> {
    pub(super) given: &'a BTreeMap<String, Admitted>,
    pub(super) stored: &'a dyn Fn() -> BTreeMap<String, String>,
    pub(super) boards: usize,
    pub(super) now_ms: u64,
    pub(super) place: usize,
}

const PASSING_MS: &[u64] = &[0, 1, 40, 100, 1_000, 1_000, 2_000, 5_000, 61_000, 3_600_000, 90_000_000, 3_000_000_000];

pub(super) fn step(dice: &mut Dice, so_far: &SoFar<'_>) -> Step {
    let at_ms = dice.one_in(2).then(|| so_far.now_ms.saturating_add(dice.pick(PASSING_MS)));
    Step { at_ms, board: dice.below(so_far.boards), action: action(dice, so_far), must: None, expect: None }
}

fn action(dice: &mut Dice, so_far: &SoFar<'_>) -> Action {
    match dice.below(100) {
        0..30 => Action::Allow { target: names::target(dice), name: Some(format!("p{}", so_far.place)) },
        30..58 => settle(dice, so_far),
        58..61 => Action::SettleLeased { lease: lease(dice, so_far), tally: tally(dice) },
        61..64 => Action::Status { target: names::target(dice) },
        64..66 => Action::List {
            filter: filter(dice),
            cursor: dice.one_in(4).then(|| names::key(dice)),
            limit: dice.pick(&[0, 1, 2, 1_000, u32::MAX]),
        },
        66..72 => Action::Command { scope: names::scope(dice), command: command(dice) },
        72..76 => Action::UpdatePolicy { scope: names::scope(dice), patch: documents::patch(dice) },
        76 => Action::Explain { target: names::target(dice), only: Vec::new() },
        77 => dice.pick(&[|| Action::Health {}, || Action::About {}])(),
        78 => Action::Flush {},
        79 => small_question(dice),
        80 => Action::Advise { target: names::target(dice), metrics: metrics(dice) },
        81..83 => Action::Configure { config: documents::document(dice) },
        83 => Action::Restart { writer: None },
        84..88 => Action::Clock { wall_add_ms: dice.pick(&[1, -1, 500, -500, 3_000, -3_000, 3_600_000, -3_600_000, i64::MAX, i64::MIN]) },
        88..93 => fault(dice),
        93 => Action::Heal {},
        94..98 => put(dice, so_far),
        98 => Action::Wipe {},
        _ => Action::Allow { target: names::target(dice), name: None },
    }
}

fn small_question(dice: &mut Dice) -> Action {
    match dice.below(3) {
        0 => Action::ParseRetryAfter { value: header(dice) },
        1 => Action::Classify { target: names::target(dice), report: report(dice) },
        _ => Action::NormalizeHost { host: names::host(dice) },
    }
}

fn settle(dice: &mut Dice, so_far: &SoFar<'_>) -> Action {
    let report = report(dice);
    if dice.one_in(6) {
        return Action::Settle { target: Some(names::target(dice)), permit: forged(dice, so_far).map(Held::Written), report };
    }
    // The last ones most often: a call is settled soon, or late, or twice.
    let back = if dice.one_in(4) { dice.below(so_far.given.len()) } else { dice.below(2) };
    match so_far.given.keys().nth_back(back) {
        Some(name) => {
            Action::Settle { target: dice.one_in(20).then(|| names::target(dice)), permit: Some(Held::Named(name.clone())), report }
        }
        None => Action::Settle { target: Some(names::target(dice)), permit: None, report },
    }
}

/// A permit that nobody gave, or one that was given with one number changed; or none.
fn forged(dice: &mut Dice, so_far: &SoFar<'_>) -> Option<Permit> {
    let mark = |dice: &mut Dice| WriteMark { writer: dice.pick(&[0, 1, u64::MAX]), sequence: dice.pick(&[0, 1, u64::MAX]) };
    let claim = |dice: &mut Dice| Claim { generation: dice.one_in(2).then(|| mark(dice)), probe: dice.one_in(2).then(|| mark(dice)) };
    let given = so_far.given.values().next_back().map(|given| given.permit);
    match (dice.below(4), given) {
        (0, _) => None,
        (1, Some(Permit { circuit: Some(circuit), resolver })) => {
            let by = dice.pick(&[0, 1, u64::MAX]);
            let shifted = |mark: WriteMark| WriteMark { sequence: mark.sequence.wrapping_add(by), ..mark };
            let probe = dice.one_in(2).then(|| mark(dice));
            Some(Permit { circuit: Some(Claim { generation: circuit.generation.map(shifted), probe }), resolver })
        }
        (2, Some(Permit { circuit, resolver })) => Some(Permit { circuit: resolver, resolver: circuit }),
        _ => Some(Permit { circuit: dice.one_in(2).then(|| claim(dice)), resolver: dice.one_in(2).then(|| claim(dice)) }),
    }
}

fn lease(dice: &mut Dice, so_far: &SoFar<'_>) -> Leased {
    let mut leased = so_far.given.iter().filter_map(|(name, given)| given.lease.as_ref().map(|lease| (name, lease)));
    match (leased.next_back(), dice.below(4)) {
        (Some((_, lease)), 0) => Leased::Written(Lease { permit: forged(dice, so_far).unwrap_or_default(), ..lease.clone() }),
        (Some((name, _)), 1..) => Leased::Named(name.clone()),
        (None, _) => Leased::Written(Lease {
            permit: forged(dice, so_far).unwrap_or_default(),
            calls: 1,
            ms: 1,
            slow_ns: None,
            success_statuses: vec![StatusRange { first: 200, last: 399 }],
            circuits: (0..dice.below(4)).map(|_| names::scope(dice)).collect(),
        }),
    }
}

fn tally(dice: &mut Dice) -> Tally {
    let count = |dice: &mut Dice| dice.pick(&[0, 1, 3, 1_000, u32::MAX]);
    Tally { successes: count(dice), slow: count(dice), age_ms: dice.pick(&[0, 1, 5_000, u64::MAX]) }
}

fn report(dice: &mut Dice) -> Report {
    let raised =
        |dice: &mut Dice| (0..dice.below(3)).map(|_| dice.pick(&["ValueError", "net.Timeout", "", "é", "panic"]).to_owned()).collect();
    let end = match dice.below(10) {
        0..3 => End::Returned,
        3 => End::Raised(raised(dice)),
        4 => End::Cancelled,
        5..9 => End::Counted {
            outcome: dice.pick(&[Outcome::Failure, Outcome::Failure, Outcome::Success, Outcome::Neutral]),
            what: dice.one_in(3).then(|| names::key(dice)),
        },
        _ => End::Raised(vec!["x".repeat(dice.pick(&[1, 120, 121, 1_500])); dice.pick(&[1, 32, 33])]),
    };
    Report {
        end,
        status: dice.one_in(3).then(|| dice.pick(&[200, 204, 301, 404, 408, 418, 429, 500, 503, 503, 99, 100, 999, 1_000, 0, u16::MAX])),
        elapsed_ns: dice.maybe(&[0, 50_000_000, 100_000_001, 11_000_000_000, u64::MAX]),
        hints: (0..if dice.one_in(6) { dice.pick(&[1, 1, 2, 4, 65]) } else { 0 }).map(|_| hint(dice)).collect(),
        retry_after_ms: dice.one_in(12).then(|| dice.pick(&[0, 1, 1_500, 1_000_000, u64::MAX])),
    }
}

fn hint(dice: &mut Dice) -> Hint {
    let names = [
        "retry-after",
        "Retry-After",
        "retry-after-ms",
        "x-ms-retry-after-ms",
        "grpc-retry-pushback-ms",
        "ratelimit-reset",
        "X-RateLimit-Reset",
        "x-ratelimit-remaining",
        "date",
        "x-request-id",
    ];
    let name = if dice.one_in(30) { "n".repeat(dice.pick(&[64, 65, 5_000])) } else { dice.pick(&names).to_owned() };
    Hint { name, value: header(dice) }
}

fn header(dice: &mut Dice) -> String {
    let usual = [
        "1",
        "2",
        "0",
        "120",
        "-1",
        "1.5",
        "soon",
        "",
        " 3 ",
        "2, 1",
        "1m0s",
        "NaN",
        "inf",
        "1800000003",
        "1800000003000",
        "2027-01-15T08:00:05+00:00",
        "99999999999999999999",
        "Fri, 15 Jan 2027 08:00:03 GMT",
        "Friday, 15-Jan-27 08:00:09 GMT",
        "Fri Jan 15 08:01:00 2027",
        "Thu, 30 Feb 2027 08:00:00 GMT",
        "\0",
    ];
    if dice.one_in(30) { "9".repeat(dice.pick(&[17, 1_024, 1_025, 4_097])) } else { dice.pick(&usual).to_owned() }
}

fn command(dice: &mut Dice) -> Command {
    let note = |dice: &mut Dice| if dice.one_in(10) { "é".repeat(dice.pick(&[200, 201])) } else { "deploy".to_owned() };
    match dice.below(8) {
        0 | 1 => Command::Trip,
        2 => Command::ForceOpen { for_ms: dice.maybe(&[0, 1, 1_000, u64::MAX]), note: note(dice) },
        3 => Command::Disable,
        4 => Command::HalfOpen,
        5 => Command::Close,
        6 => Command::Reset,
        _ => Command::Cooldown { for_ms: dice.pick(&[0, 1, 1_000, 2_592_000_000, 2_592_000_001, u64::MAX]), note: note(dice) },
    }
}

fn filter(dice: &mut Dice) -> Filter {
    Filter {
        kind: dice.maybe(&[CircuitKind::Host, CircuitKind::Name, CircuitKind::Resolver]),
        phase: dice.maybe(&[Phase::Closed, Phase::Open, Phase::HalfOpen]),
    }
}

fn metrics(dice: &mut Dice) -> Metrics {
    let number = |dice: &mut Dice| dice.pick(&[0, 1, 7, 100, 5_000, u32::MAX]);
    Metrics {
        observed_s: number(dice),
        calls: u64::from(number(dice)),
        failures: u64::from(number(dice)),
        opened: number(dice),
        reopened: number(dice),
        longest_healed_streak: number(dice),
        median_outage_ms: dice.maybe(&[0, 500, 100_000, u64::MAX]),
        retry_afters: number(dice),
        largest_retry_after_ms: dice.maybe(&[0, 500, 100_000, u64::MAX]),
    }
}

fn fault(dice: &mut Dice) -> Action {
    Action::Fault {
        op: dice.pick(&[Op::Load, Op::Swap, Op::Swap, Op::List]),
        kind: dice.pick(&[FaultKind::Unavailable, FaultKind::Unknown, FaultKind::UnknownNotDone, FaultKind::Refused, FaultKind::Late]),
        times: dice.pick(&[1, 1, 1, 2, 40]),
        ms: Some(dice.pick(&[10, 300, 100_000])),
    }
}

/// Text past the engine: a record with damage in it, one of a newer engine, or none.
fn put(dice: &mut Dice, so_far: &SoFar<'_>) -> Action {
    let stored = (so_far.stored)();
    let Some((key, text)) = stored.iter().nth(dice.below(stored.len())).filter(|_| !dice.one_in(3)) else {
        let text = dice.pick(&[
            "",
            "null",
            "{",
            "7",
            "{\"format\":2}",
            "{\"format\":1,\"record\":{}}",
            "{\"format\":0,\"record\":{}}",
            "[[[[[[[[[[[[[[[[[[[[",
        ]);
        return Action::Put { key: names::key(dice), value: Value::from(text) };
    };
    Action::Put { key: key.clone(), value: Value::from(damaged(dice, text)) }
}

fn damaged(dice: &mut Dice, text: &str) -> String {
    let place = text.floor_char_boundary(dice.below(text.len()));
    let (before, after) = text.split_at(place);
    match dice.below(4) {
        0 => before.to_owned(),
        1 => format!("{before}{}{after}", dice.pick(&["0", "9", "\"", "}", ",", "-", "é"])),
        2 => {
            let rest = after.chars().next().map_or(after, |first| &after[first.len_utf8()..]);
            format!("{before}{}{rest}", dice.pick(&["0", "1", "9", "a", "f"]))
        }
        // As it is, under a new revision: nothing changed but that.
        _ => text.to_owned(),
    }
}

/// The name of an input's kind.
pub(super) fn kind(action: &Action) -> &'static str {
    match action {
        Action::Allow { .. } => "allow",
        Action::Settle { permit: Some(Held::Named(_)), .. } => "settle",
        Action::Settle { permit: Some(Held::Written(_)), .. } => "settle, forged permit",
        Action::Settle { permit: None, .. } => "settle, no permit",
        Action::SettleLeased { lease: Leased::Named(_), .. } => "tally",
        Action::SettleLeased { lease: Leased::Written(_), .. } => "tally, forged lease",
        Action::Status { .. } => "status",
        Action::List { .. } => "list",
        Action::Command { .. } => "command",
        Action::UpdatePolicy { .. } => "patch",
        Action::Define { .. } => "define",
        Action::Forget { .. } => "forget",
        Action::Explain { .. } => "explain",
        Action::Health {} => "health",
        Action::About {} => "about",
        Action::Flush {} => "flush",
        Action::ParseRetryAfter { .. } => "parse-retry-after",
        Action::Classify { .. } => "classify",
        Action::NormalizeHost { .. } => "normalize-host",
        Action::Advise { .. } => "advise",
        Action::Configure { .. } => "configure",
        Action::Restart { .. } => "restart",
        Action::Clock { .. } => "clock jump",
        Action::Fault { .. } => "store fault",
        Action::Heal {} => "store healed",
        Action::Put { .. } => "text past the engine",
        Action::Wipe {} => "wipe",
        Action::Rollback { .. } => "rollback",
    }
}
