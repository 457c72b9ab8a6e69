//! Random steps: inputs of callers, operators, clocks and the store.

use super::random::Random;
use super::{documents, names, permits};
use crate::story::{Action, FaultKind, NamedAdmission, Op, PermitRef, Step};
use fuseboard::advisor::Metrics;
use fuseboard::{CircuitKind, Command, End, Filter, Hint, Outcome, Phase, Report};
use serde_json::Value;
use std::collections::BTreeMap;

/// The earlier steps of the sequence.
pub(super) struct History<'a> {
    pub(super) admissions: &'a BTreeMap<String, NamedAdmission>,
    pub(super) stored: &'a dyn Fn() -> BTreeMap<String, String>,
    pub(super) boards: usize,
    pub(super) now_ms: u64,
    pub(super) place: usize,
}

const ADVANCES_MS: &[u64] = &[0, 1, 40, 100, 1_000, 1_000, 2_000, 5_000, 61_000, 3_600_000, 90_000_000, 3_000_000_000];

pub(super) fn step(random: &mut Random, history: &History<'_>) -> Step {
    let at_ms = random.one_in(2).then(|| history.now_ms.saturating_add(random.pick(ADVANCES_MS)));
    Step { at_ms, board: random.below(history.boards), action: action(random, history), must: None, expect: None }
}

fn action(random: &mut Random, history: &History<'_>) -> Action {
    match random.below(100) {
        0..30 => Action::Allow { target: names::target(random), name: Some(format!("p{}", history.place)) },
        30..58 => settle(random, history),
        58..61 => Action::SettleLeased { lease: permits::lease(random, history.admissions), tally: permits::tally(random) },
        61..64 => Action::Status { target: names::target(random) },
        64..66 => Action::List {
            filter: filter(random),
            cursor: random.one_in(4).then(|| names::key(random)),
            limit: random.pick(&[0, 1, 2, 1_000, u32::MAX]),
        },
        66..72 => Action::Command { scope: names::scope(random), command: command(random) },
        72..76 => Action::UpdatePolicy { scope: names::scope(random), patch: documents::patch(random) },
        76 => Action::Explain { target: names::target(random), only: Vec::new() },
        77 => random.pick(&[|| Action::Health {}, || Action::About {}])(),
        78 => Action::Flush {},
        79 => function_request(random),
        80 => Action::Advise { target: names::target(random), metrics: metrics(random) },
        81..83 => Action::Configure { config: documents::document(random) },
        83 => Action::Restart { writer: None },
        84..88 => Action::Clock { wall_add_ms: random.pick(&[1, -1, 500, -500, 3_000, -3_000, 3_600_000, -3_600_000, i64::MAX, i64::MIN]) },
        88..93 => fault(random),
        93 => Action::Heal {},
        94..98 => put(random, history),
        98 => Action::Wipe {},
        _ => Action::Allow { target: names::target(random), name: None },
    }
}

fn function_request(random: &mut Random) -> Action {
    match random.below(3) {
        0 => Action::ParseRetryAfter { value: header(random) },
        1 => Action::Classify { target: names::target(random), report: report(random) },
        _ => Action::NormalizeHost { host: names::host(random) },
    }
}

fn settle(random: &mut Random, history: &History<'_>) -> Action {
    let report = report(random);
    if random.one_in(6) {
        return Action::Settle {
            target: Some(names::target(random)),
            permit: permits::forged(random, history.admissions).map(PermitRef::Literal),
            report,
        };
    }
    // Mostly one of the last two permits. A permit may be settled twice.
    let back = if random.one_in(4) { random.below(history.admissions.len()) } else { random.below(2) };
    match history.admissions.keys().nth_back(back) {
        Some(name) => Action::Settle {
            target: random.one_in(20).then(|| names::target(random)),
            permit: Some(PermitRef::Named(name.clone())),
            report,
        },
        None => Action::Settle { target: Some(names::target(random)), permit: None, report },
    }
}

pub(super) fn report(random: &mut Random) -> Report {
    let raised = |random: &mut Random| {
        (0..random.below(3)).map(|_| random.pick(&["ValueError", "net.Timeout", "", "é", "panic"]).to_owned()).collect()
    };
    let end = match random.below(10) {
        0..3 => End::Returned,
        3 => End::Raised(raised(random)),
        4 => End::Cancelled,
        5..9 => End::Counted {
            outcome: random.pick(&[Outcome::Failure, Outcome::Failure, Outcome::Success, Outcome::Neutral]),
            what: random.one_in(3).then(|| names::key(random)),
        },
        _ => End::Raised(vec!["x".repeat(random.pick(&[1, 120, 121, 1_500])); random.pick(&[1, 32, 33])]),
    };
    Report {
        end,
        status: random
            .one_in(3)
            .then(|| random.pick(&[200, 204, 301, 404, 408, 418, 429, 500, 503, 503, 99, 100, 999, 1_000, 0, u16::MAX])),
        elapsed_ns: random.maybe(&[0, 50_000_000, 100_000_001, 11_000_000_000, u64::MAX]),
        hints: (0..if random.one_in(6) { random.pick(&[1, 1, 2, 4, 65]) } else { 0 }).map(|_| hint(random)).collect(),
        retry_after_ms: random.one_in(12).then(|| random.pick(&[0, 1, 1_500, 1_000_000, u64::MAX])),
    }
}

fn hint(random: &mut Random) -> Hint {
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
    let name = if random.one_in(30) { "n".repeat(random.pick(&[64, 65, 5_000])) } else { random.pick(&names).to_owned() };
    Hint { name, value: header(random) }
}

fn header(random: &mut Random) -> String {
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
    if random.one_in(30) { "9".repeat(random.pick(&[17, 1_024, 1_025, 4_097])) } else { random.pick(&usual).to_owned() }
}

pub(super) fn command(random: &mut Random) -> Command {
    let note = |random: &mut Random| if random.one_in(10) { "é".repeat(random.pick(&[200, 201])) } else { "deploy".to_owned() };
    match random.below(8) {
        0 | 1 => Command::Trip,
        2 => Command::ForceOpen { for_ms: random.maybe(&[0, 1, 1_000, u64::MAX]), note: note(random) },
        3 => Command::Disable,
        4 => Command::HalfOpen,
        5 => Command::Close,
        6 => Command::Reset,
        _ => Command::Cooldown { for_ms: random.pick(&[0, 1, 1_000, 2_592_000_000, 2_592_000_001, u64::MAX]), note: note(random) },
    }
}

pub(super) fn filter(random: &mut Random) -> Filter {
    Filter {
        kind: random.maybe(&[CircuitKind::Host, CircuitKind::Name, CircuitKind::Resolver]),
        phase: random.maybe(&[Phase::Closed, Phase::Open, Phase::HalfOpen]),
    }
}

fn metrics(random: &mut Random) -> Metrics {
    let number = |random: &mut Random| random.pick(&[0, 1, 7, 100, 5_000, u32::MAX]);
    Metrics {
        observed_s: number(random),
        calls: u64::from(number(random)),
        failures: u64::from(number(random)),
        opened: number(random),
        reopened: number(random),
        longest_healed_streak: number(random),
        median_outage_ms: random.maybe(&[0, 500, 100_000, u64::MAX]),
        retry_afters: number(random),
        largest_retry_after_ms: random.maybe(&[0, 500, 100_000, u64::MAX]),
    }
}

fn fault(random: &mut Random) -> Action {
    Action::Fault {
        op: random.pick(&[Op::Load, Op::Swap, Op::Swap, Op::List]),
        kind: random.pick(&[FaultKind::Unavailable, FaultKind::Unknown, FaultKind::UnknownNotDone, FaultKind::Refused, FaultKind::Late]),
        times: random.pick(&[1, 1, 1, 2, 40]),
        ms: Some(random.pick(&[10, 300, 100_000])),
    }
}

/// Writes a text to the store directly: a damaged record, one of a newer format, or no record.
fn put(random: &mut Random, history: &History<'_>) -> Action {
    let stored = (history.stored)();
    let Some((key, text)) = stored.iter().nth(random.below(stored.len())).filter(|_| !random.one_in(3)) else {
        let text = random.pick(&[
            "",
            "null",
            "{",
            "7",
            "{\"format\":2}",
            "{\"format\":1,\"record\":{}}",
            "{\"format\":0,\"record\":{}}",
            "[[[[[[[[[[[[[[[[[[[[",
        ]);
        return Action::Put { key: names::key(random), value: Value::from(text) };
    };
    Action::Put { key: key.clone(), value: Value::from(damaged(random, text)) }
}

fn damaged(random: &mut Random, text: &str) -> String {
    let place = text.floor_char_boundary(random.below(text.len()));
    let (before, after) = text.split_at(place);
    match random.below(4) {
        0 => before.to_owned(),
        1 => format!("{before}{}{after}", random.pick(&["0", "9", "\"", "}", ",", "-", "é"])),
        2 => {
            let rest = after.chars().next().map_or(after, |first| &after[first.len_utf8()..]);
            format!("{before}{}{rest}", random.pick(&["0", "1", "9", "a", "f"]))
        }
        // The same text with a new revision.
        _ => text.to_owned(),
    }
}
