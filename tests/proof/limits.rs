//! Promise 17: random configurations, random faults and random sizes. `allow` and the settle requests return no error, because every
//! target here is valid, and every permit and lease comes from the engine.

use crate::figures::at_random;
use crate::random_actions::{fault, settings};
use crate::settings::{OnStorageError, Settings, Window};
use crate::simulation::START;
use crate::stored::Record;
use crate::window_oracle::Size;
use fuseboard::policy::ROLES_MAX;
use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{
    Admitted, Answer, Command, Document, End, Engine, Event, EventKind, Hint, Identity, Lease, Lookup, Outcome, Permit, Reason, Refused,
    Report, Scope, Sources, Store, Tally, Target,
};
use fuseboard_stores::{Fault, FaultyStore, ManualClock, MemoryStore, Operation};
use proptest::option;
use proptest::prelude::*;

const KEY: &str = "h:a.example";
/// More roles than one record holds.
const ROLES: usize = ROLES_MAX + 6;
const VALUE_BYTES_MAX: usize = 65_536;
const HOUR: u64 = 3_600_000;

#[derive(Clone, Debug)]
enum Action {
    Allow(usize),
    /// With one of the permits held, or without a permit.
    Settle(usize, Option<usize>, Report),
    Tally(usize, Tally),
    Command(Option<usize>, Command),
    Patch(Option<usize>, String),
    Fault(Operation, Fault, u32),
    FaultsAtRandom(u64, u16),
    Heal,
    Put(String),
    Wipe,
    Wait(u64),
    Restart,
}

#[derive(Clone, Debug)]
struct RandomSequence {
    settings: Settings,
    actions: Vec<Action>,
}

fn sequence() -> impl Strategy<Value = RandomSequence> {
    (sizes(), proptest::collection::vec(action(), 1..300)).prop_map(|(settings, actions)| RandomSequence { settings, actions })
}

/// Settings under which records become large: many probes and stamps, wide windows.
fn sizes() -> impl Strategy<Value = Settings> {
    let size = prop_oneof![Just(Size::Calls(1_000)), Just(Size::Millis(3_600_000)), Just(Size::Millis(60_000))];
    let window = size.prop_map(|size| Window {
        size,
        minimum_calls: 100,
        failure_rate: Some(900),
        failure_count: None,
        slow_call_rate: Some(500),
        slow: 100,
    });
    (settings(), option::of(window), prop_oneof![Just(1_u64), Just(100)]).prop_map(|(settings, window, trial_calls)| Settings {
        window: window.or(settings.window),
        trial_calls: settings.trial_calls.max(trial_calls),
        ..settings
    })
}

/// A text of one repeated character, some of which take six bytes in a stored record.
fn long_text(most: usize) -> impl Strategy<Value = String> {
    let letter = prop_oneof![Just("x"), Just("\""), Just("\u{1}"), Just("😀")];
    (letter, 0..=most).prop_map(|(letter, times)| letter.repeat(times))
}

fn report() -> impl Strategy<Value = Report> {
    let end = prop_oneof![
        1 => Just(End::Returned),
        1 => Just(End::Cancelled),
        4 => option::of(long_text(200)).prop_map(|what| End::Counted { outcome: Outcome::Failure, what }),
        2 => long_text(5_000).prop_map(|name| End::Raised(vec![name])),
    ];
    let status = option::weighted(0.3, prop_oneof![Just(200), Just(404), Just(429), Just(503)]);
    let value = prop_oneof![Just("3".to_owned()), long_text(100_000)];
    let hints = option::weighted(0.1, value.prop_map(|value| Hint::new("retry-after", value))).prop_map(Vec::from_iter);
    (end, status, option::of(any::<u64>()), hints).prop_map(|(end, status, elapsed_ns, hints)| Report {
        status,
        elapsed_ns,
        hints,
        ..Report::new(end)
    })
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Trip),
        Just(Command::HalfOpen),
        Just(Command::Close),
        Just(Command::Reset),
        (0_u64..9_000, long_text(300)).prop_map(|(ms, note)| Command::ForceOpen { for_ms: Some(ms), note }),
        (0_u64..9_000, long_text(300)).prop_map(|(for_ms, note)| Command::Cooldown { for_ms, note }),
    ]
}

/// Records that are written without the engine, up to the longest: with a long patch, or with a long text of a failure.
fn text() -> impl Strategy<Value = String> {
    let circuit = r#""generation":0,"began":[7,1],"state":{"closed":null}"#;
    let of = move |filling: &str, length: usize| {
        let long = "x".repeat(length);
        let more =
            if filling == "patch" { format!(r#""patch":"{long}""#) } else { format!(r#""last_failure":{{"what":"{long}","at_ms":1}}"#) };
        format!(r#"{{"format":1,"record":{{"writes":[[7,1]],"base":{{{circuit}}},"roles":{{"r0":{{{circuit},{more}}}}}}}}}"#)
    };
    (prop_oneof![Just("patch"), Just("failure")], prop_oneof![65_000_usize..65_536, 0_usize..70_000])
        .prop_map(move |(filling, length)| of(filling, length))
}

fn action() -> impl Strategy<Value = Action> {
    let role = || 0..ROLES;
    let held = prop_oneof![4 => (0_usize..9).prop_map(Some), 1 => Just(None)];
    let operation = prop_oneof![Just(Operation::Load), Just(Operation::Swap)];
    let wait = prop_oneof![Just(1_u64), Just(500), 1_u64..9_000, Just(HOUR), Just(26 * HOUR)];
    let tally = (0_u32..9, 0_u32..9, 0_u64..9_000).prop_map(|(successes, slow, age_ms)| Tally { successes, slow, age_ms });
    let patch = prop_oneof![Just(1_usize), 1_950_usize..2_000].prop_map(|blanks| format!(r#"{{"fail_max":{}2}}"#, "\n".repeat(blanks)));
    prop_oneof![
        40 => role().prop_map(Action::Allow),
        60 => (role(), held, report()).prop_map(|(role, held, report)| Action::Settle(role, held, report)),
        4 => (0_usize..4, tally).prop_map(|(lease, tally)| Action::Tally(lease, tally)),
        6 => (option::weighted(0.8, role()), command()).prop_map(|(role, command)| Action::Command(role, command)),
        4 => (option::weighted(0.9, role()), patch).prop_map(|(role, patch)| Action::Patch(role, patch)),
        6 => (operation, fault(), 1_u32..4).prop_map(|(operation, fault, times)| Action::Fault(operation, fault, times)),
        1 => (any::<u64>(), 0_u16..1_000).prop_map(|(seed, per_mille)| Action::FaultsAtRandom(seed, per_mille)),
        4 => Just(Action::Heal),
        2 => text().prop_map(Action::Put),
        1 => Just(Action::Wipe),
        20 => wait.prop_map(Action::Wait),
        1 => Just(Action::Restart),
    ]
}

/// Every second target also has a resolver.
fn target(role: usize) -> Target {
    let target = Target::host("a.example").role(format!("r{role}"));
    if role.is_multiple_of(2) { target.resolver("r") } else { target }
}

fn scope(role: Option<usize>) -> Scope {
    role.map_or(Scope::host("a.example"), |role| Scope::host("a.example").role(format!("r{role}")))
}

struct Run {
    settings: Settings,
    clock: ManualClock,
    below: MemoryStore,
    store: FaultyStore<MemoryStore>,
    engine: Engine<ManualClock, FaultyStore<MemoryStore>>,
    writer: u64,
    held: Vec<(Target, Permit)>,
    leases: Vec<Lease>,
    uncounted: u64,
    answers: u64,
}

impl Run {
    fn new(settings: &Settings) -> Run {
        let clock = ManualClock::at(Wall(START), Mono(0));
        let below = MemoryStore::with_clock(clock.clone());
        let store = FaultyStore::with_clock(below.clone(), clock.clone());
        let engine = Engine::new(clock.clone(), store.clone());
        let held = Vec::new();
        let mut run =
            Run { settings: settings.clone(), clock, below, store, engine, writer: 0, held, leases: Vec::new(), uncounted: 0, answers: 0 };
        run.start();
        run
    }

    fn start(&mut self) {
        self.writer += 1;
        self.engine = Engine::new(self.clock.clone(), self.store.clone());
        let document = Document { name: "limits.json".into(), text: self.settings.document() };
        let sources = Sources { documents: vec![document], ..Sources::default() };
        self.engine.configure(&sources, Identity { writer: self.writer, seed: 1 }).expect("a good configuration");
    }

    fn play(&mut self, action: Action) {
        match action {
            Action::Allow(role) => self.allow(&target(role)),
            Action::Settle(role, held, report) => {
                let held = held.filter(|_| !self.held.is_empty()).map(|place| self.held.swap_remove(place % self.held.len()));
                let (target, permit) = held.map_or((target(role), None), |(target, permit)| (target, Some(permit)));
                let verdict = self.engine.settle(&target, permit.as_ref(), &report).expect("promise 17: a verdict");
                self.answered(&verdict.events);
            }
            Action::Tally(lease, tally) => {
                let Some(lease) = self.leases.get(lease) else { return };
                let verdict = self.engine.settle_leased(lease, tally).expect("promise 17: a verdict on a tally");
                self.answered(&verdict.events);
            }
            Action::Command(role, command) => drop(self.engine.command(&scope(role), &command)),
            Action::Patch(role, patch) => drop(self.engine.update_policy(&scope(role), Some(&patch))),
            Action::Fault(operation, fault, times) => self.store.fail(operation, fault, times),
            Action::FaultsAtRandom(seed, per_mille) => self.store.fail_at_random(seed, per_mille),
            Action::Heal => self.store.heal(),
            Action::Put(text) => drop(self.below.put(KEY, text)),
            Action::Wipe => self.below.wipe(),
            Action::Wait(ms) => self.clock.advance(Millis(ms)),
            Action::Restart => self.start(),
        }
        self.assert_record_is_within_limits();
    }

    fn allow(&mut self, target: &Target) {
        let decision = self.engine.allow(target).expect("promise 17: a decision");
        self.answered(&decision.events);
        match decision.answer {
            Answer::Admitted(Admitted { permit, lease, .. }) => {
                self.held.push((target.clone(), permit));
                self.leases.extend(lease.map(|lease| *lease));
            }
            Answer::Refused(Refused { circuit, resolver, .. }) => {
                let storage = [circuit, resolver].into_iter().flatten().any(|refusal| refusal.reason == Reason::Storage);
                let is_configured = self.settings.on_storage_error == OnStorageError::Reject;
                assert!(!storage || is_configured, "promise 17: only the configuration refuses for the store");
            }
        }
    }

    fn answered(&mut self, events: &[Event]) {
        self.answers += 1;
        self.uncounted += events.iter().filter(|event| event.kind == EventKind::Uncounted).count() as u64;
    }

    fn assert_record_is_within_limits(&self) {
        let Ok(Lookup::Found(entry)) = self.below.load(KEY, None, Millis(1)) else { return };
        let Some(record) = Record::read(Some(&entry.value)) else { return };
        let is_put = record.writes.last() == Some(&(7, 1));
        assert!(is_put || entry.value.len() <= VALUE_BYTES_MAX, "promise 12: {} bytes", entry.value.len());
        assert!(record.roles.len() <= ROLES_MAX, "promise 12: {} roles", record.roles.len());
    }
}

#[test]
fn no_size_fault_or_state_of_the_breaker_fails_a_call() {
    let figures = at_random("limits", &[12, 17], 200, &sequence(), |sequence| {
        let mut run = Run::new(&sequence.settings);
        sequence.actions.into_iter().for_each(|action| run.play(action));
        vec![("answers to calls", run.answers), ("reported as not counted", run.uncounted)]
    });
    figures.write();
}
