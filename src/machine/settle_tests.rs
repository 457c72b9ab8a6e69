//! The fast path of a settlement is compared with the full one.

use super::call_outcome::{CallOutcome, NeutralReason, Speed};
use super::context::Context;
use super::record::{Override, Record, State, Streak};
use super::settle::{PermitUse, settle, settle_unchanged};
use crate::names::Scope;
use crate::permit::{Claim, Outcome};
use crate::policy::{PerMille, Policy, WindowPolicy, WindowShape};
use crate::status::OverrideKind;
use crate::time::{Millis, Mono, Now, Wall};
use crate::write_mark::WriteMark;

const NOW: Now = Now { wall: Wall(100_000), mono: Mono(100_000_000_000) };
const CLAIM: Claim = Claim { generation: None, probe: None };
const ROLE: &str = "default";

fn policies() -> [Policy; 2] {
    let (config, _) = crate::config::Config::read(&crate::Sources::default()).expect("the built-in configuration");
    let plain = config.policy(&Scope::host("a.example").role(ROLE), crate::config::Patches::default());
    let window = WindowPolicy {
        shape: WindowShape::Count(10),
        minimum_calls: 5,
        failure_rate: None,
        failure_count: None,
        slow_call_rate: Some(PerMille(500)),
        slow_call: Millis(100),
    };
    [plain.clone(), Policy { window: Some(window), ..plain }]
}

fn records() -> Vec<Record> {
    let mut streak = Record::default();
    streak.circuit_mut(ROLE).streak = Some(Streak { failures: 1, at_ms: NOW.stamp() });
    let mut open = Record::default();
    open.circuit_mut(ROLE).state = State::Open(NOW.after(Millis(1_000)));
    let disabled = Override { kind: OverrideKind::Disabled, until_ms: None, note: String::new() };
    let mut of_role = Record::default();
    of_role.circuit_mut(ROLE).override_ = Some(disabled.clone());
    vec![Record::default(), streak, open, of_role, Record { override_: Some(disabled), ..Record::default() }]
}

fn calls() -> Vec<CallOutcome> {
    let mut calls = Vec::new();
    for outcome in [Outcome::Success, Outcome::Failure, Outcome::Neutral] {
        for neutral_reason in [NeutralReason::ListedStatus, NeutralReason::CancelledWithoutStatus, NeutralReason::Other] {
            for (speed, retry_after) in [(Speed::Normal, None), (Speed::Slow, None), (Speed::Normal, Some(Millis(5_000)))] {
                calls.push(CallOutcome { neutral_reason, retry_after, ..CallOutcome::now(outcome, speed) });
            }
        }
    }
    calls
}

#[test]
fn what_the_fast_path_leaves_unchanged_the_full_settlement_leaves_unchanged_too() {
    let circuit = Scope::host("a.example").role(ROLE);
    let mut taken = 0;
    for policy in &policies() {
        let context = Context { policy, circuit: &circuit, seed: 1, now: NOW, mark: WriteMark { writer: 1, sequence: 1 } };
        for record in &records() {
            for call in &calls() {
                let Some(fast) = settle_unchanged(policy, record, ROLE, &CLAIM, call) else { continue };
                let full = settle(&context, record, PermitUse::Claim(CLAIM), call);
                assert_eq!((fast.phase, None), (full.answer.phase, full.write), "{record:?} {call:?}");
                assert!(full.events.is_empty(), "{record:?} {call:?}");
                taken += 1;
            }
        }
    }
    assert!(taken > 0, "the fast path is never taken");
}
