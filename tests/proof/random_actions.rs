//! Random actions on boards, and random policies.

use crate::settings::{Mode, OnStorageError, Rolling, Settings, Window};
use crate::window_oracle::Size;
use fuseboard::{Command, End, Hint, Outcome, Report, Scope, Target};
use fuseboard_stores::{Fault, Operation};
use proptest::option;
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub enum Action {
    Allow(usize, Target),
    /// With one of the permits held, or without a permit.
    Settle(usize, Target, Option<usize>, Report),
    /// Successes, slow successes, and the time since the lease ended.
    Tally(usize, usize, u32, u32, u64),
    Command(usize, Scope, Command),
    Patch(usize, Scope, Option<&'static str>),
    Flush(usize),
    Query(usize, Target),
    Restart(usize),
    Fault(usize, Operation, Fault, u32),
    /// This many of a thousand operations fail.
    FaultsAtRandom(usize, u64, u16),
    Heal(usize),
    Put(Scope, &'static str),
    Wipe,
    Wait(u64),
    /// How far a board's wall clock is ahead, in thousandths of half the skew.
    Ahead(usize, i64),
    /// Moves a board's wall clock further than clocks may differ.
    Jump(usize, i64),
    /// Undoes the last writes of a record that a board has seen.
    Rollback(usize, Scope, usize),
}

#[derive(Clone, Debug)]
pub struct RandomSequence {
    pub boards: usize,
    pub settings: Settings,
    pub actions: Vec<Action>,
}

pub fn sequence(length: usize) -> impl Strategy<Value = RandomSequence> {
    let actions = proptest::collection::vec(action(), 1..length);
    (1_usize..=3, settings(), actions).prop_map(|(boards, settings, actions)| RandomSequence { boards, settings, actions })
}

/// Sequences in which records become earlier versions of themselves. They have a separate strategy, because a new action in
/// [`sequence`] would change what the saved seeds generate.
pub fn sequence_with_rollbacks(length: usize) -> impl Strategy<Value = RandomSequence> {
    let rollback = (0_usize..3, scope(), 1_usize..4).prop_map(|(board, scope, writes)| Action::Rollback(board, scope, writes));
    let actions = proptest::collection::vec(prop_oneof![20 => action(), 1 => rollback], 1..length);
    (1_usize..=3, settings(), actions).prop_map(|(boards, settings, actions)| RandomSequence { boards, settings, actions })
}

pub fn targets() -> Vec<Target> {
    let host = || Target::host("a.example");
    let name = || Target::name("db");
    vec![host(), host().role("metadata"), host().role("artifact").resolver("r"), name(), name().resolver("r")]
}

fn target() -> impl Strategy<Value = Target> {
    proptest::sample::select(targets())
}

fn scopes() -> Vec<Scope> {
    let host = || Scope::host("a.example");
    vec![host(), host().role("metadata"), host().role("artifact"), Scope::name("db"), Scope::resolver("r")]
}

fn scope() -> impl Strategy<Value = Scope> {
    proptest::sample::select(scopes())
}

pub fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![3 => Just(Outcome::Success), 5 => Just(Outcome::Failure), 1 => Just(Outcome::Neutral)]
}

fn report() -> impl Strategy<Value = Report> {
    let end = prop_oneof![
        4 => outcome().prop_map(End::counted),
        3 => Just(End::Returned),
        1 => Just(End::Cancelled),
        1 => Just(End::Raised(vec!["app.TimeoutError".to_owned(), "OSError".to_owned()])),
        1 => Just(End::Raised(Vec::new())),
    ];
    let status = option::weighted(0.5, prop_oneof![Just(200), Just(404), Just(429), Just(503), 0_u16..=1_000]);
    let elapsed_ns = option::of(prop_oneof![Just(0), Just(100_000_000), Just(100_000_001), any::<u64>()]);
    let header = prop_oneof![
        Just("1"),
        Just(" 3 "),
        Just("-1"),
        Just("99999999999999999999"),
        Just("Fri, 15 Jan 2027 08:00:03 GMT"),
        Just("Friday, 15-Jan-27 08:00:09 GMT"),
        Just("0.5, 1m0s"),
        Just("1800000002"),
        Just("soon"),
        Just(""),
    ];
    let name = prop_oneof![3 => Just("Retry-After"), 1 => Just("retry-after-ms"), 1 => Just("x-ratelimit-reset")];
    let hints = option::weighted(0.1, (name, header).prop_map(|(name, value)| Hint::new(name, value))).prop_map(Vec::from_iter);
    let retry_after_ms = option::weighted(0.05, prop_oneof![0_u64..5_000, any::<u64>()]);
    (end, status, elapsed_ns, hints, retry_after_ms).prop_map(|(end, status, elapsed_ns, hints, retry_after_ms)| Report {
        end,
        status,
        elapsed_ns,
        hints,
        retry_after_ms,
    })
}

fn command() -> impl Strategy<Value = Command> {
    let note = || prop_oneof![Just(String::new()), Just("a \"note\"\n\u{202e}".to_owned())];
    prop_oneof![
        2 => Just(Command::Trip),
        1 => (option::of(0_u64..5_000), note()).prop_map(|(for_ms, note)| Command::ForceOpen { for_ms, note }),
        1 => Just(Command::Disable),
        2 => Just(Command::HalfOpen),
        2 => Just(Command::Close),
        1 => Just(Command::Reset),
        1 => (prop_oneof![0_u64..5_000, any::<u64>()], note()).prop_map(|(for_ms, note)| Command::Cooldown { for_ms, note }),
    ]
}

pub const PATCHES: [&str; 6] = [
    r#"{"fail_max": 1}"#,
    r#"{"fail_max": 4}"#,
    r#"{"trial_calls": 3}"#,
    r#"{"reset_timeout_s": 0}"#,
    r#"{"reset_timeout_s": 5}"#,
    r#"{"window": {"kind": "count", "size": 3, "minimum_calls": 1}}"#,
];

/// Damaged texts, and one of a newer format.
const TEXTS: [&str; 5] =
    ["", "{", "null", r#"{"format":1,"record":{"writes":[],"base":{"generation":0,"state":{"closed":null}}}}"#, r#"{"format":2}"#];

pub fn fault() -> impl Strategy<Value = Fault> {
    let late = prop_oneof![Just(1), Just(200), Just(300)].prop_map(|ms| Fault::Late(fuseboard::time::Millis(ms)));
    prop_oneof![Just(Fault::Unavailable), Just(Fault::LostRequest), Just(Fault::LostAnswer), Just(Fault::Refused), late]
}

fn action() -> impl Strategy<Value = Action> {
    let board = || 0_usize..3;
    let held = prop_oneof![8 => (0_usize..6).prop_map(Some), 1 => Just(None)];
    let operation = prop_oneof![Just(Operation::Load), Just(Operation::Swap), Just(Operation::List)];
    let wait = prop_oneof![Just(1), Just(499), Just(500), Just(1_000), 1_u64..5_000, Just(20_000), Just(172_800_000)];
    let patch = option::of(proptest::sample::select(PATCHES.to_vec()));
    prop_oneof![
        60 => (board(), target()).prop_map(|(board, target)| Action::Allow(board, target)),
        80 => (board(), target(), held, report()).prop_map(|(board, target, held, report)| Action::Settle(board, target, held, report)),
        6 => (board(), 0_usize..4, 0_u32..5, 0_u32..5, 0_u64..5_000).prop_map(|(board, lease, won, slow, age)| Action::Tally(board, lease, won, slow, age)),
        6 => (board(), scope(), command()).prop_map(|(board, scope, command)| Action::Command(board, scope, command)),
        4 => (board(), scope(), patch).prop_map(|(board, scope, patch)| Action::Patch(board, scope, patch)),
        3 => board().prop_map(Action::Flush),
        6 => (board(), target()).prop_map(|(board, target)| Action::Query(board, target)),
        3 => board().prop_map(Action::Restart),
        6 => (board(), operation, fault(), 1_u32..4).prop_map(|(board, operation, fault, times)| Action::Fault(board, operation, fault, times)),
        1 => (board(), any::<u64>(), 0_u16..1_000).prop_map(|(board, seed, per_mille)| Action::FaultsAtRandom(board, seed, per_mille)),
        4 => board().prop_map(Action::Heal),
        1 => (scope(), proptest::sample::select(TEXTS.to_vec())).prop_map(|(scope, text)| Action::Put(scope, text)),
        1 => Just(Action::Wipe),
        40 => wait.prop_map(Action::Wait),
        6 => (board(), -1_000_i64..=1_000).prop_map(|(board, share)| Action::Ahead(board, share)),
        1 => (board(), prop_oneof![Just(-3_600_000_i64), Just(3_600_000), any::<i32>().prop_map(i64::from)]).prop_map(|(board, by)| Action::Jump(board, by)),
    ]
}

fn window() -> impl Strategy<Value = Window> {
    let size = prop_oneof![(1_usize..12).prop_map(Size::Calls), (1_u64..20).prop_map(|s| Size::Millis(s * 1_000))];
    let rate = || option::of(1_usize..=1_000);
    (size, 1_usize..8, rate(), option::of(1_usize..8), rate()).prop_map(|(size, minimum, failure_rate, failure_count, slow_call_rate)| {
        let most = if let Size::Calls(calls) = size { calls } else { usize::MAX };
        Window { size, minimum_calls: minimum.min(most), failure_rate, failure_count, slow_call_rate, slow: 100 }
    })
}

/// Random values of the settings that matter to a single process.
pub fn rules() -> impl Strategy<Value = Settings> {
    let trips = (option::weighted(0.8, 1_u64..5), option::weighted(0.3, 500_u64..3_000), option::of(window()));
    let trials = (1_u64..4, 0_u64..3, 1_u64..4);
    let reset = prop_oneof![Just(0_u64), Just(1_000), 1_u64..3_000];
    let times = (reset, prop_oneof![Just(500_u64), 1_u64..2_000], 1_u64..4, prop_oneof![Just(0_u64), Just(250)]);
    (trips, trials, times).prop_map(|((fail_max, fail_gap, window), trials, (reset, probe_timeout, multiplier, skew))| {
        let (success_threshold, trial_failures, trial_calls) = trials;
        let backoff = (multiplier, 4_000);
        let settings = Settings { fail_max, fail_gap, window, success_threshold, trial_failures, trial_calls, ..Settings::default() };
        Settings { reset, probe_timeout, backoff, skew, ..settings }
    })
}

/// Random values of all settings, including those for sharing, jitter and stagger.
pub fn settings() -> impl Strategy<Value = Settings> {
    let on_storage_error = prop_oneof![2 => Just(OnStorageError::Local), 1 => Just(OnStorageError::Reject)];
    let mode = prop_oneof![6 => Just(Mode::Enforce), 1 => Just(Mode::Observe)];
    let rolling = option::of((1_u64..5_000, 1_u64..5, 1_u64..3_000).prop_map(|(window, threshold, cooldown)| Rolling {
        window,
        threshold,
        cooldown,
    }));
    let chance = (prop_oneof![Just(0), 0_u64..=1_000], prop_oneof![Just(0), 1_u64..1_000], prop_oneof![Just(0_u64), Just(100)]);
    (rules(), on_storage_error, mode, rolling, chance).prop_map(|(rules, on_storage_error, mode, rolling, (jitter, stagger, lease))| {
        Settings { on_storage_error, mode, rolling, jitter, stagger, lease, ..rules }
    })
}
