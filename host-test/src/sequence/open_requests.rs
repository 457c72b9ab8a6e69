//! Random sequences of steps, played on two engines: requests that are open at once, replies in any order, failures, abandoned requests and
//! new configurations. Each step must be equal.
//!
//! There is one store. An operation that both engines need is carried out once, and both receive the reply.

use super::random::Random;
use super::steps::{command, filter, report};
use super::{documents, names, permits};
use crate::story::{Config, Dependencies, Start};
use fuseboard::time::{Millis, Mono, Now, Wall};
use fuseboard::{
    Answer, CallerTime, Clock, EngineError, Identity, Lease, Need, Operation, Permit, Reply, RequestStep, Seen, StepAnswer, StepEngine,
    StepRequest, StoreError, Target, Token,
};
use fuseboard_stores::{FaultyStore, ManualClock, MemoryStore};
use std::collections::BTreeMap;

const START: Wall = Wall(1_800_000_000_000);
const STEPS: usize = 60;
const WAITS_MS: [u64; 8] = [0, 1, 10, 40, 100, 251, 1_000, 61_000];

/// What an open request waits for.
enum Awaited {
    Operation(Operation),
    /// The operation was carried out. The reply is not delivered yet.
    Reply(Reply),
    Turn,
}

/// The run of one sequence.
struct Run<'a, N, C> {
    random: &'a mut Random,
    native: N,
    component: C,
    clock: ManualClock,
    store: MemoryStore,
    open: BTreeMap<Token, Awaited>,
    /// The targets of open requests for permits.
    allowing: BTreeMap<Token, Target>,
    /// Requests that may go on.
    woken: Vec<Token>,
    permits: Vec<(Target, Permit)>,
    leases: Vec<Lease>,
    steps: usize,
}

/// Plays the sequence of a seed on two engines. Returns the number of steps.
///
/// # Errors
/// The first difference.
pub fn play_open_requests<N: Start + StepEngine, C: Start + StepEngine>(seed: u64) -> Result<usize, String> {
    let random = &mut Random::with_seed(seed);
    let clock = ManualClock::at(START, Mono(0));
    let store = MemoryStore::with_clock(clock.clone());
    let dependencies = || Dependencies { clock: clock.clone(), store: FaultyStore::with_clock(store.clone(), clock.clone()) };
    let (native, component) = (N::start(dependencies()), C::start(dependencies()));
    let mut run = Run {
        random,
        native,
        component,
        clock: clock.clone(),
        store,
        open: BTreeMap::new(),
        allowing: BTreeMap::new(),
        woken: Vec::new(),
        permits: Vec::new(),
        leases: Vec::new(),
        steps: 0,
    };
    // A rejected configuration changes nothing.
    run.configure(&Config::default())?;
    let config = Config::Json(documents::configuration(run.random));
    run.configure(&config)?;
    for _ in 0..STEPS {
        run.act()?;
    }
    Ok(run.steps)
}

impl<N: StepEngine, C: StepEngine> Run<'_, N, C> {
    fn act(&mut self) -> Result<(), String> {
        match self.random.below(100) {
            0..40 => self.begin(),
            40..75 => self.reply(),
            75..83 => self.go_on(),
            83..87 => self.abandon(),
            87..89 => {
                let config = documents::document(self.random);
                self.configure(&config)
            }
            89 => self.change_store(),
            _ => {
                self.clock.advance(Millis(self.random.pick(&WAITS_MS)));
                Ok(())
            }
        }
    }

    fn configure(&mut self, config: &Config) -> Result<(), String> {
        let (sources, identity) = (config.sources(), Identity { writer: 1, seed: 1 });
        let answers = (self.native.configure(&sources, identity), self.component.configure(&sources, identity));
        equal("the configuration", answers).map(drop)
    }

    /// Another process damages a record, or the store loses all.
    fn change_store(&mut self) -> Result<(), String> {
        let contents = self.store.contents();
        match contents.keys().nth(self.random.below(contents.len())).filter(|_| !self.random.one_in(4)) {
            Some(key) => drop(self.store.put(key, self.random.pick(&["", "{", r#"{"format":2}"#]))),
            None => self.store.wipe(),
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), String> {
        let target = names::target(self.random);
        match self.random.below(20) {
            0..9 => self.request(&StepRequest::Allow { target: &target, seen: Seen::Nothing, resolver_seen: Seen::Nothing }, Some(&target)),
            9..15 => self.settle(target),
            15 => self.settle_leased(),
            16 => {
                let (scope, command) = (names::scope(self.random), command(self.random));
                self.request(&StepRequest::Command { scope: &scope, command: &command }, None)
            }
            17 => {
                let (scope, patch) = (names::scope(self.random), documents::patch(self.random).map(|patch| patch.to_string()));
                self.request(&StepRequest::UpdatePolicy { scope: &scope, patch: patch.as_deref() }, None)
            }
            18 => self.request(&StepRequest::Flush, None),
            _ if self.random.one_in(2) => self.request(&StepRequest::Status { target: &target }, None),
            _ => {
                let filter = filter(self.random);
                self.request(&StepRequest::List { filter, cursor: None, limit: 10 }, None)
            }
        }
    }

    /// Settles one of the permits, or without one.
    fn settle(&mut self, target: Target) -> Result<(), String> {
        let held = (!self.permits.is_empty() && !self.random.one_in(5)).then(|| self.random.below(self.permits.len()));
        let (target, permit) = held.map_or((target, None), |at| {
            let (target, permit) = self.permits.swap_remove(at);
            (target, Some(permit))
        });
        let report = report(self.random);
        self.request(&StepRequest::Settle { target: &target, permit: permit.as_ref(), report: &report }, None)
    }

    fn settle_leased(&mut self) -> Result<(), String> {
        let Some(lease) = self.leases.pop() else { return Ok(()) };
        let tally = permits::tally(self.random);
        self.request(&StepRequest::SettleLeased { lease: &lease, tally }, None)
    }

    fn request(&mut self, request: &StepRequest<'_>, target: Option<&Target>) -> Result<(), String> {
        let time = CallerTime { now: self.now(), waited: Millis(self.random.pick(&[0, 0, 0, 40, 251])) };
        let steps = (self.native.begin(time, request), self.component.begin(time, request));
        self.note(&format!("{request:?}"), steps, target)
    }

    fn reply(&mut self) -> Result<(), String> {
        let waiting: Vec<Token> =
            self.open.iter().filter(|(_, awaited)| !matches!(awaited, Awaited::Turn)).map(|(token, _)| *token).collect();
        let Some(token) = (!waiting.is_empty()).then(|| self.random.pick(&waiting)) else { return Ok(()) };
        let reply = match self.open.remove(&token) {
            Some(Awaited::Operation(operation)) => {
                let reply = self.carry_out(&operation);
                if self.random.one_in(3) {
                    self.open.insert(token, Awaited::Reply(reply));
                    return Ok(());
                }
                reply
            }
            Some(Awaited::Reply(reply)) => reply,
            Some(Awaited::Turn) | None => return Ok(()),
        };
        self.resume(token, reply)
    }

    /// Carries out an operation, or lets it fail.
    fn carry_out(&mut self, operation: &Operation) -> Reply {
        match self.random.below(20) {
            0 => Reply::Failed(StoreError::Unavailable("down".into())),
            1 => Reply::Failed(StoreError::Refused("full".into())),
            2 => Reply::Failed(StoreError::Unknown("lost".into())),
            3 => {
                operation.run(&self.store);
                Reply::Failed(StoreError::Unknown("lost".into()))
            }
            // To another kind of operation.
            4 if self.random.one_in(10) => Reply::GoOn,
            _ => operation.run(&self.store),
        }
    }

    /// Resumes a request that waits for its turn: mostly one that was woken.
    fn go_on(&mut self) -> Result<(), String> {
        let turns: Vec<Token> = self.open.iter().filter(|(_, awaited)| matches!(awaited, Awaited::Turn)).map(|(token, _)| *token).collect();
        let woken: Vec<Token> = self.woken.iter().copied().filter(|token| turns.contains(token)).collect();
        let of = if woken.is_empty() || self.random.one_in(10) { turns } else { woken };
        if of.is_empty() {
            return Ok(());
        }
        let token = self.random.pick(&of);
        self.woken.retain(|woken| *woken != token);
        self.open.remove(&token);
        self.resume(token, Reply::GoOn)
    }

    fn resume(&mut self, token: Token, reply: Reply) -> Result<(), String> {
        let now = self.now();
        let steps = (self.native.resume(now, token, reply.clone()), self.component.resume(now, token, reply.clone()));
        let target = self.allowing.remove(&token);
        self.note(&format!("{token:?} with {reply:?}"), steps, target.as_ref())
    }

    fn abandon(&mut self) -> Result<(), String> {
        let open: Vec<Token> = self.open.keys().copied().collect();
        let Some(token) = (!open.is_empty()).then(|| self.random.pick(&open)) else { return Ok(()) };
        if let Some(Awaited::Operation(operation)) = self.open.remove(&token)
            && self.random.one_in(2)
        {
            operation.run(&self.store);
        }
        let now = self.now();
        let woken = equal("abandon", (self.native.abandon(now, token), self.component.abandon(now, token)))?;
        self.woken.extend(woken.into_iter().flatten());
        Ok(())
    }

    fn now(&self) -> Now {
        Now { wall: self.clock.wall(), mono: self.clock.mono() }
    }

    /// Compares the steps of both engines, and notes what the request needs.
    fn note(&mut self, what: &str, steps: Steps, target: Option<&Target>) -> Result<(), String> {
        self.steps += 1;
        let Ok(RequestStep { need, woken }) = equal(what, steps)? else { return Ok(()) };
        self.woken.extend(woken);
        if let (Need::Store(token, _) | Need::Wait(token, _), Some(target)) = (&need, target) {
            self.allowing.insert(*token, target.clone());
        }
        match need {
            Need::Store(token, operation) => drop(self.open.insert(token, Awaited::Operation(operation))),
            Need::Wait(token, _) => drop(self.open.insert(token, Awaited::Turn)),
            Need::Nothing(StepAnswer::Decided(decision)) => {
                if let Answer::Admitted(admitted) = decision.answer {
                    self.permits.extend(target.map(|target| (target.clone(), admitted.permit)));
                    self.leases.extend(admitted.lease.map(|lease| *lease));
                }
            }
            Need::Nothing(_) => {}
        }
        equal("health", (self.native.health(), self.component.health())).map(drop)
    }
}

type Steps = (Result<RequestStep, EngineError>, Result<RequestStep, EngineError>);

/// The answer of both engines, if it is the same.
fn equal<T: PartialEq + std::fmt::Debug>(what: &str, (native, component): (T, T)) -> Result<T, String> {
    if native == component { Ok(native) } else { Err(format!("{what}: native {native:?},\n component {component:?}")) }
}
