//! Changes between two storage operations of one request: writes of another board (the rival), and pauses of the caller.
//!
//! Each case is played natively and in the component, through the requests of a board and in steps. In steps the change happens between two
//! steps. All answers and records must be equal.

use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{
    Answer, Command, Decision, Document, End, Engine, EventKind, HealthReport, Identity, Outcome, Phase, PolicyEngine, Reason, Refused,
    Report, Scope, Sources, StatusReport, Target, Verdict, Written,
};
use fuseboard_stores::{ManualClock, MemoryStore};
use host_test::contested_store::ContestedStore;
use host_test::story::{Dependencies, InSteps};
use std::fmt::Debug;

fn clock() -> ManualClock {
    ManualClock::at(Wall(1_800_000_000_000), Mono(0))
}

fn configure(engine: &mut (impl PolicyEngine + ?Sized), writer: u64) {
    let text = r#"{"defaults": {"fail_max": 100, "reset_timeout_s": 1, "sharing": {"lease_ms": 0}}, "resolvers": {"r": {"fail_max": 1}}}"#;
    let document = Document { name: "test.json".into(), text: text.into() };
    let sources = Sources { documents: vec![document], ..Sources::default() };
    engine.configure(&sources, Identity { writer, seed: 0 }).expect("a good configuration");
}

fn other_board(clock: &ManualClock, store: &ContestedStore) -> Engine<ManualClock, MemoryStore> {
    let mut engine = Engine::new(clock.clone(), store.store.clone());
    configure(&mut engine, 77);
    engine
}

/// The engine under test, and its answers.
struct Ours {
    engine: Box<dyn PolicyEngine>,
    answers: Vec<String>,
}

impl Ours {
    fn note<T: Debug, E: Debug>(&mut self, answer: Result<T, E>) -> T {
        self.answers.push(format!("{answer:?}"));
        answer.expect("an answer")
    }

    fn allow(&mut self, target: &Target) -> Decision {
        let answer = self.engine.allow(target);
        self.note(answer)
    }

    fn settle(&mut self, target: &Target, outcome: Outcome) -> Verdict {
        let answer = self.engine.settle(target, None, &report(outcome));
        self.note(answer)
    }

    fn trip(&mut self, scope: &Scope) {
        let answer = self.engine.command(scope, &Command::Trip);
        self.note(answer);
    }

    fn status(&mut self, target: &Target) -> StatusReport {
        let answer = self.engine.status(target);
        self.note(answer)
    }

    fn flush(&mut self) -> u32 {
        let answer = self.engine.flush();
        self.note(answer).kept
    }

    fn health(&mut self) -> HealthReport {
        let answer = self.engine.health();
        self.note(answer)
    }
}

/// The engines that play each case.
fn engines(clock: &ManualClock, store: &ContestedStore) -> Vec<Box<dyn PolicyEngine>> {
    let native = || Engine::new(clock.clone(), store.clone());
    let dependencies = || Dependencies { clock: clock.clone(), store: store.clone() };
    vec![
        Box::new(native()),
        Box::new(InSteps::new(native(), dependencies())),
        #[cfg(feature = "component")]
        Box::new(component(clock, store)),
        #[cfg(feature = "component")]
        Box::new(InSteps::new(component(clock, store), dependencies())),
    ]
}

#[cfg(feature = "component")]
fn component(clock: &ManualClock, store: &ContestedStore) -> fuseboard_wasmtime::Instance {
    // On a busy machine a guest must not look slow: its time is measured in real time.
    let limits = fuseboard_wasmtime::Limits { guest_ms: 60_000, ..fuseboard_wasmtime::Limits::default() };
    fuseboard_wasmtime::Instance::new(clock.clone(), store.clone(), limits).expect("the embedded component starts")
}

/// Plays a case on every engine.
fn on_every_engine(case: impl Fn(&mut Ours, &ContestedStore, &ManualClock)) {
    let count = engines(&clock(), &ContestedStore::new(clock())).len();
    let play = |at: usize| {
        let (clock, store) = (clock(), ContestedStore::new(clock()));
        let mut ours = Ours { engine: engines(&clock, &store).swap_remove(at), answers: Vec::new() };
        configure(&mut *ours.engine, 1);
        case(&mut ours, &store, &clock);
        (ours.answers, store.store.contents())
    };
    let first = play(0);
    for at in 1..count {
        assert_eq!(play(at), first, "engine {at} gives the answers and the records of the native one");
    }
}

fn report(outcome: Outcome) -> Report {
    Report::new(End::counted(outcome))
}

fn refused(decision: Decision) -> Refused {
    let Answer::Refused(refused) = decision.answer else { panic!("refused, but {decision:?}") };
    refused
}

/// A rival that settles a failure without a permit.
fn failing_rival(store: &ContestedStore, target: Target) -> impl FnMut(&str) + Send + use<> {
    let mut rival = other_board(&clock(), store);
    move |_| {
        let verdict = rival.settle(&target, None, &report(Outcome::Failure)).expect("a verdict");
        assert_eq!(verdict.circuit.written, Written::Stored);
    }
}

#[test]
fn after_32_conflicts_the_outcome_is_in_the_backlog_and_there_is_no_outage() {
    on_every_engine(|ours, store, _| {
        let target = Target::name("db");
        store.before_each_swap(failing_rival(store, target.clone()));
        let verdict = ours.settle(&target, Outcome::Failure);
        assert_eq!(verdict.circuit.written, Written::Kept);
        let health = ours.health();
        assert_eq!((health.kept, health.storage_lost_since_ms), (1, None), "the store is still used");
        store.remove_rival();
        assert_eq!(ours.flush(), 0);
        assert_eq!(ours.status(&target).circuit.failure_streak, 33, "32 of the rival's, and ours");
    });
}

#[test]
fn contention_grants_no_probe() {
    on_every_engine(|ours, store, clock| {
        let target = Target::name("db");
        ours.trip(&Scope::name("db"));
        clock.advance(Millis(1_000));
        let mut patches = 0;
        let mut other = other_board(clock, store);
        store.before_each_swap(move |_| {
            patches += 1;
            let patch = format!(r#"{{"fail_max": {patches}}}"#);
            other.update_policy(&Scope::name("db"), Some(&patch)).expect("patched");
        });
        let refusal = refused(ours.allow(&target)).circuit.expect("the name's circuit refused");
        assert_eq!((refusal.reason, refusal.retry_after_ms), (Reason::HalfOpenFull, Some(1_000)));
        store.remove_rival();
        assert!(matches!(ours.allow(&target).answer, Answer::Admitted(_)), "without the rival it gets its probe");
    });
}

#[test]
fn a_lost_resolver_swap_that_refuses_gives_the_hosts_slot_back() {
    on_every_engine(|ours, store, clock| {
        let (alone, both) = (Target::name("db"), Target::name("db").resolver("r"));
        for scope in [Scope::name("db"), Scope::resolver("r")] {
            ours.trip(&scope);
        }
        clock.advance(Millis(1_000));
        let mut rival = other_board(clock, store);
        let other = Target::name("other").resolver("r");
        store.before_each_swap(move |key| {
            // Takes the resolver's only slot before our swap.
            if key == "r:r" {
                rival.allow(&other).expect("a decision");
            }
        });
        let refusal = refused(ours.allow(&both));
        assert_eq!(refusal.circuit, None, "the name's circuit admitted");
        assert_eq!(refusal.resolver.expect("the resolver refused").reason, Reason::HalfOpenFull);
        store.remove_rival();
        let status = ours.status(&alone).circuit;
        assert_eq!((status.phase, status.probes), (Phase::HalfOpen, 0), "its slot was given back");
        assert!(matches!(ours.allow(&alone).answer, Answer::Admitted(_)));
    });
}

#[test]
fn a_caller_paused_past_its_probes_deadline_is_refused() {
    on_every_engine(|ours, store, clock| {
        let target = Target::name("db");
        ours.trip(&Scope::name("db"));
        clock.advance(Millis(1_000));
        let pause = clock.clone();
        store.before_each_swap(move |_| pause.advance(Millis(60_000)));
        let refusal = refused(ours.allow(&target)).circuit.expect("the name's circuit refused");
        assert_eq!(refusal.reason, Reason::HalfOpenFull);
    });
}

#[test]
fn a_write_whose_answer_was_lost_is_found_below_a_later_write() {
    on_every_engine(|ours, store, _| {
        let target = Target::name("db");
        store.after_each_swap_whose_answer_is_lost(failing_rival(store, target.clone()));
        let verdict = ours.settle(&target, Outcome::Failure);
        assert_eq!(verdict.circuit.written, Written::Stored, "our mark is among the last writes");
        assert!(verdict.events.iter().all(|event| event.kind != EventKind::OutcomeUnknown));
        assert_eq!(ours.status(&target).circuit.failure_streak, 2, "counted once, and the rival's once");
    });
}

#[test]
fn the_open_period_runs_from_the_reading_that_decided_it() {
    on_every_engine(|ours, store, clock| {
        let target = Target::name("db");
        let (pause, mut rival) = (clock.clone(), failing_rival(store, target.clone()));
        let mut rivals = 0;
        store.before_each_swap(move |key| {
            rivals += 1;
            if rivals == 1 {
                rival(key);
                pause.advance(Millis(200));
            }
        });
        ours.trip(&Scope::name("db"));
        let status = ours.status(&target).circuit;
        assert_eq!((status.failure_streak, status.remaining_ms), (1, Some(1_000)), "a whole second, from the second reading on");
    });
}

#[test]
fn a_budget_spent_on_conflicts_is_no_outage() {
    on_every_engine(|ours, store, clock| {
        let target = Target::name("db");
        let (slow, mut rival) = (clock.clone(), failing_rival(store, target.clone()));
        store.before_each_swap(move |key| {
            rival(key);
            slow.advance(Millis(100));
        });
        let verdict = ours.settle(&target, Outcome::Failure);
        assert_eq!(verdict.circuit.written, Written::Kept);
        assert!(verdict.events.iter().all(|event| event.kind != EventKind::StorageLost));
        store.remove_rival();
        assert_eq!(ours.health().storage_lost_since_ms, None, "the store is still used");
        let verdict = ours.settle(&target, Outcome::Failure);
        assert_eq!(verdict.circuit.written, Written::Stored);
    });
}
