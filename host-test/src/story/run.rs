//! Plays a story on one kind of board.

use super::file::{Action, FaultKind, LeaseRef, Op, PermitRef, Step, Story};
use super::player::{Dependencies, Player, Start};
use fuseboard::time::Millis;
use fuseboard::{Answer, Identity, Lease, Permit, Target};
use fuseboard_stores::{Fault, FaultyStore, ManualClock, MemoryStore, Operation};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The answers of a story's steps, and the records at its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Played {
    pub answers: Vec<Option<Value>>,
    pub records: Map<String, Value>,
}

/// An admission, which later steps refer to by the name of its `allow` step.
pub(crate) struct NamedAdmission {
    target: Target,
    pub(crate) permit: Permit,
    pub(crate) lease: Option<Lease>,
}

/// The boards of a story, their store and clocks.
pub(crate) struct StoryRun<E> {
    players: Vec<Player<E>>,
    dependencies: Vec<Dependencies>,
    pub(crate) store: MemoryStore,
    pub(crate) admissions: BTreeMap<String, NamedAdmission>,
    now_ms: u64,
    restarts: u64,
}

/// Plays a story. `before` receives each step and the store before the step is played.
///
/// # Errors
/// If the story names a board, permit or lease that does not exist.
pub fn play<E: Start>(story: &Story, mut before: impl FnMut(&Step, &MemoryStore, &ManualClock)) -> Result<Played, String> {
    let mut run = StoryRun::<E>::open(story)?;
    let mut played = Played::default();
    for (index, step) in story.steps.iter().enumerate() {
        run.wait_until(step.at_ms);
        let dependencies = run.dependencies.get(step.board).ok_or_else(|| format!("step {index}: there is no board {}", step.board))?;
        before(step, &run.store, &dependencies.clock);
        let answer = run.play(story, step).map_err(|error| format!("step {index}: {error}"))?;
        played.answers.push(answer);
    }
    for (key, text) in run.store.contents() {
        played.records.insert(key, serde_json::from_str(&text).unwrap_or(Value::String(text)));
    }
    Ok(played)
}

/// A string as it is, an object as its JSON text.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn as_json<T: Serialize, E: Serialize>(answer: Result<T, E>) -> Result<Option<Value>, String> {
    let value = match answer {
        Ok(answer) => serde_json::to_value(answer),
        Err(problem) => serde_json::to_value(problem).map(|problem| json!({ "problem": problem })),
    };
    value.map(Some).map_err(|error| error.to_string())
}

fn identity(story: &Story, board: usize, writer: u64) -> Identity {
    Identity { writer, seed: story.seed + board as u64 }
}

/// A request that needs no permit or lease of an earlier step.
fn request<E: Start>(player: &mut Player<E>, request: &Action) -> Result<Option<Value>, String> {
    match request {
        Action::Status { target } => as_json(player.status(target)),
        Action::List { filter, cursor, limit } => as_json(player.list(filter, cursor.as_deref(), *limit)),
        Action::Command { scope, command } => as_json(player.command(scope, command)),
        Action::UpdatePolicy { scope, patch } => as_json(player.update_policy(scope, patch.as_ref().map(text).as_deref())),
        Action::Define { scope, settings } => as_json(player.define(scope, &text(settings))),
        Action::Forget { scope } => as_json(player.forget(scope)),
        Action::Explain { target, only } => as_json(player.explain(target).map(|mut explanation| {
            explanation.circuit.retain(|setting| only.is_empty() || only.contains(&setting.path));
            explanation
        })),
        Action::Health {} => as_json(player.health()),
        Action::About {} => as_json(Ok::<_, ()>(player.about())),
        Action::Flush {} => as_json(player.flush()),
        Action::ParseRetryAfter { value } => as_json(player.parse_retry_after(value)),
        Action::Classify { target, report } => as_json(player.classify(target, report)),
        Action::NormalizeHost { host } => as_json(player.normalize_host(host)),
        Action::Advise { target, metrics } => as_json(player.advise(target, metrics)),
        other => Err(format!("{other:?} is not a request")),
    }
}

impl<E: Start> StoryRun<E> {
    pub(crate) fn open(story: &Story) -> Result<StoryRun<E>, String> {
        let store_clock = ManualClock::at(story.start.wall_ms, story.start.mono_ns);
        let store = MemoryStore::with_clock(store_clock.clone());
        let mut run =
            StoryRun { players: Vec::new(), dependencies: Vec::new(), store, admissions: BTreeMap::new(), now_ms: 0, restarts: 0 };
        for board in 0..story.boards {
            let clock = if board == 0 { store_clock.clone() } else { ManualClock::at(story.start.wall_ms, story.start.mono_ns) };
            let dependencies = Dependencies { clock: clock.clone(), store: FaultyStore::with_clock(run.store.clone(), clock) };
            run.dependencies.push(dependencies.clone());
            let mut player = Player::start(dependencies);
            let identity = Identity { writer: board + 1, seed: story.seed + board };
            player.configure(&story.config.sources(), identity).map_err(|faults| format!("config: {faults:?}"))?;
            run.players.push(player);
        }
        Ok(run)
    }

    pub(crate) fn wait_until(&mut self, at_ms: Option<u64>) {
        let Some(by) = at_ms.and_then(|at| at.checked_sub(self.now_ms)) else { return };
        self.now_ms += by;
        self.dependencies.iter().for_each(|dependencies| dependencies.clock.advance(Millis(by)));
    }

    pub(crate) fn play(&mut self, story: &Story, step: &Step) -> Result<Option<Value>, String> {
        let board = step.board;
        match &step.action {
            Action::Allow { target, name } => self.allow(board, target, name.as_ref()),
            Action::Settle { target, permit, report } => {
                let (its_target, permit) = self.permit(permit.as_ref())?;
                let target = target.clone().or(its_target).ok_or("without a named permit a target is needed")?;
                as_json(self.player(board)?.settle(&target, permit.as_ref(), report))
            }
            Action::SettleLeased { lease, tally } => {
                let lease = match lease {
                    LeaseRef::Named(name) => {
                        let lease = self.admissions.get(name).and_then(|admission| admission.lease.clone());
                        lease.ok_or_else(|| format!("no `allow` as {name:?} gave a lease"))?
                    }
                    LeaseRef::Literal(lease) => lease.clone(),
                };
                as_json(self.player(board)?.settle_leased(&lease, *tally))
            }
            Action::Configure { config } => {
                as_json(self.player(board)?.configure(&config.sources(), identity(story, board, board as u64 + 1)))
            }
            Action::Restart { writer } => self.restart(story, board, *writer).map(|()| None),
            Action::Clock { .. } | Action::Fault { .. } | Action::Heal {} | Action::Put { .. } | Action::Wipe {} => {
                self.change(board, &step.action);
                Ok(None)
            }
            Action::Rollback { key, writes } => self.rollback(board, key, *writes).map(|()| None),
            action => request(self.player(board)?, action),
        }
    }

    fn player(&mut self, board: usize) -> Result<&mut Player<E>, String> {
        self.players.get_mut(board).ok_or_else(|| format!("there is no board {board}"))
    }

    fn allow(&mut self, board: usize, target: &Target, name: Option<&String>) -> Result<Option<Value>, String> {
        let decision = self.player(board)?.allow(target);
        if let (Some(name), Ok(decision)) = (name, &decision)
            && let Answer::Admitted(admitted) = &decision.answer
        {
            let admission = NamedAdmission { target: target.clone(), permit: admitted.permit, lease: admitted.lease.as_deref().cloned() };
            self.admissions.insert(name.clone(), admission);
        }
        as_json(decision)
    }

    /// A permit, and the target of its `allow` if it is named.
    fn permit(&self, permit: Option<&PermitRef>) -> Result<(Option<Target>, Option<Permit>), String> {
        match permit {
            Some(PermitRef::Named(name)) => {
                let admission = self.admissions.get(name).ok_or_else(|| format!("no `allow` as {name:?} was admitted"))?;
                Ok((Some(admission.target.clone()), Some(admission.permit)))
            }
            Some(PermitRef::Literal(permit)) => Ok((None, Some(*permit))),
            None => Ok((None, None)),
        }
    }

    fn restart(&mut self, story: &Story, board: usize, writer: Option<u64>) -> Result<(), String> {
        let dependencies = self.dependencies.get(board).ok_or_else(|| format!("there is no board {board}"))?.clone();
        self.restarts += 1;
        let writer = writer.unwrap_or(1_000 * self.restarts + board as u64 + 1);
        let player = self.player(board)?;
        *player = Player::start(dependencies);
        player.configure(&story.config.sources(), identity(story, board, writer)).map_err(|faults| format!("config: {faults:?}"))?;
        Ok(())
    }

    fn rollback(&mut self, board: usize, key: &str, writes: usize) -> Result<(), String> {
        let dependencies = self.dependencies.get(board).ok_or_else(|| format!("there is no board {board}"))?;
        let earlier = dependencies.store.rollback(key, writes);
        earlier.map(drop).ok_or_else(|| format!("board {board} has not seen {key:?} before its last {writes} writes"))
    }

    /// Changes the clock, the store or its faults.
    fn change(&mut self, board: usize, action: &Action) {
        let Some(dependencies) = self.dependencies.get(board) else { return };
        match action {
            Action::Clock { wall_add_ms } => dependencies.clock.step_wall(*wall_add_ms),
            Action::Fault { op, kind, times, ms } => {
                let operation = match op {
                    Op::Load => Operation::Load,
                    Op::Swap => Operation::Swap,
                    Op::List => Operation::List,
                };
                let fault = match kind {
                    FaultKind::Unavailable => Fault::Unavailable,
                    FaultKind::Unknown => Fault::LostAnswer,
                    FaultKind::UnknownNotDone => Fault::LostRequest,
                    FaultKind::Refused => Fault::Refused,
                    FaultKind::Late => Fault::Late(Millis(ms.unwrap_or(0))),
                };
                dependencies.store.fail(operation, fault, *times);
            }
            Action::Heal {} => dependencies.store.heal(),
            Action::Put { key, value } => drop(self.store.put(key, text(value))),
            Action::Wipe {} => self.store.wipe(),
            _ => {}
        }
    }
}
