//! The table of what the stories cover: each input in each phase, and the stories of each promise.

use super::file::{Action, FaultKind, Op, PermitRef, Step, Story};
use super::player::NativeEngine;
use super::run::play;
use fuseboard::{CircuitKind, Engine, Identity, OverrideKind, Phase, Scope, StatusReport, Target};
use fuseboard_stores::{ManualClock, MemoryStore};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const PHASES: [&str; 5] = ["closed", "open", "half-open", "forced-open", "disabled"];
const INPUTS: [&str; 23] = [
    "allow",
    "success",
    "failure",
    "neutral",
    "slow",
    "stale",
    "permit-less",
    "trip",
    "force-open",
    "disable",
    "half-open",
    "close",
    "reset",
    "cooldown",
    "clock back",
    "clock forward",
    "load unavailable",
    "load late",
    "load refused",
    "swap unavailable",
    "swap unknown",
    "swap unknown, not done",
    "swap refused",
];
/// The promises that stories can test. Other tests cover the rest.
const PROMISES: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 18, 19];
/// A call of at least this duration counts as slow in the table.
const SLOW_NS: u64 = 1_000_000_000;

/// What the stories cover.
#[derive(Default)]
pub struct Table {
    cells: BTreeMap<(&'static str, &'static str), BTreeSet<String>>,
    promises: BTreeMap<u8, Vec<String>>,
    stories: usize,
}

/// Finds the phase before each step, with engines that only read.
struct PhaseObserver {
    story: Story,
    engines: BTreeMap<usize, Engine<ManualClock, MemoryStore>>,
    targets: BTreeMap<String, Target>,
    last: Option<Target>,
}

impl Table {
    /// Plays a story natively, and counts its inputs by phase.
    ///
    /// # Errors
    /// If the story names a board, permit or lease that does not exist.
    pub fn add(&mut self, story: &Story) -> Result<(), String> {
        let mut observer = PhaseObserver { story: story.clone(), engines: BTreeMap::new(), targets: BTreeMap::new(), last: None };
        let mut phases = Vec::new();
        let played = play::<NativeEngine>(story, |step, store, clock| phases.push(observer.phase(step, store, clock)))?;
        for ((step, phase), answer) in story.steps.iter().zip(phases).zip(&played.answers) {
            if let Some(phase) = phase {
                for input in inputs(step, answer.as_ref()) {
                    self.cells.entry((phase, input)).or_default().insert(story.name.clone());
                }
            }
        }
        for promise in &story.promises {
            self.promises.entry(*promise).or_default().push(story.name.clone());
        }
        self.stories += 1;
        Ok(())
    }

    /// Cells and promises without a story.
    #[must_use]
    pub fn empty(&self) -> Vec<String> {
        let cells = PHASES.iter().flat_map(|phase| INPUTS.iter().map(move |input| (*phase, *input)));
        let cells = cells.filter(|cell| !self.cells.contains_key(cell)).map(|(phase, input)| format!("{phase} × {input}"));
        let promises =
            PROMISES.into_iter().filter(|promise| !self.promises.contains_key(promise)).map(|promise| format!("promise {promise}"));
        cells.chain(promises).collect()
    }

    /// The table as a Markdown page.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = vec![
            format!("# What the {} stories show\n", self.stories),
            "Generated: `BLESS=1 cargo test -p host-test --test stories`. How many stories give an input to a circuit in a phase:\n"
                .to_owned(),
            format!("| input | {} |", PHASES.join(" | ")),
            format!("|---|{}", "---|".repeat(PHASES.len())),
        ];
        for input in INPUTS {
            let counts = PHASES.map(|phase| self.cells.get(&(phase, input)).map_or(0, BTreeSet::len).to_string());
            page.push(format!("| {input} | {} |", counts.join(" | ")));
        }
        page.push("\nThe stories of each promise of DESIGN.md:".to_owned());
        for promise in PROMISES {
            page.push(format!("\n**{promise}.**\n"));
            page.extend(self.promises.get(&promise).into_iter().flatten().map(|name| format!("- {name}")));
        }
        page.push(String::new());
        page.join("\n")
    }
}

/// The inputs of a step. It may have several: a slow success is both `success` and `slow`.
fn inputs(step: &Step, answer: Option<&Value>) -> Vec<&'static str> {
    let named = |name: &str| INPUTS.iter().copied().filter(|input| *input == name).collect::<Vec<_>>();
    match &step.action {
        Action::Allow { .. } => vec!["allow"],
        Action::Settle { permit, report, .. } => {
            let circuit = answer.and_then(|answer| answer.get("circuit"));
            let text = |field| circuit.and_then(|circuit| circuit.get(field)).and_then(Value::as_str).unwrap_or_default();
            if text("written") == "stale" {
                return vec!["stale"];
            }
            let mut inputs = named(text("outcome"));
            if permit.is_none() {
                inputs.push("permit-less");
            }
            if report.elapsed_ns.is_some_and(|elapsed| elapsed >= SLOW_NS) {
                inputs.push("slow");
            }
            inputs
        }
        Action::Command { command, .. } => match serde_json::to_value(command) {
            Ok(Value::String(name)) => named(&name),
            Ok(Value::Object(fields)) => fields.keys().next().map(|name| named(name)).unwrap_or_default(),
            _ => Vec::new(),
        },
        Action::Clock { wall_add_ms } => vec![if *wall_add_ms < 0 { "clock back" } else { "clock forward" }],
        Action::Fault { op, kind, .. } => match (op, kind) {
            (Op::Load, FaultKind::Unavailable) => vec!["load unavailable"],
            (Op::Load, FaultKind::Late) => vec!["load late"],
            (Op::Load, FaultKind::Refused) => vec!["load refused"],
            (Op::Swap, FaultKind::Unavailable) => vec!["swap unavailable"],
            (Op::Swap, FaultKind::Unknown) => vec!["swap unknown"],
            (Op::Swap, FaultKind::UnknownNotDone) => vec!["swap unknown, not done"],
            (Op::Swap, FaultKind::Refused) => vec!["swap refused"],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

impl PhaseObserver {
    /// The phase before a step, or the override that takes precedence over it.
    fn phase(&mut self, step: &Step, store: &MemoryStore, clock: &ManualClock) -> Option<&'static str> {
        let target = self.target(&step.action)?;
        self.last = Some(target.clone());
        let story = &self.story;
        let engine = self.engines.entry(step.board).or_insert_with(|| {
            let mut engine = Engine::new(clock.clone(), store.clone());
            // A configuration with faults fails the story itself.
            let _ = engine.configure(&story.config.sources(), Identity { writer: u64::MAX, seed: story.seed });
            engine
        });
        let StatusReport { circuit, resolver } = engine.status(&target).ok()?;
        let circuit =
            if matches!(&step.action, Action::Command { scope, .. } if scope.kind == CircuitKind::Resolver) { resolver? } else { circuit };
        Some(match (circuit.override_.map(|o| o.kind), circuit.phase) {
            (Some(OverrideKind::ForcedOpen), _) => "forced-open",
            (Some(OverrideKind::Disabled), _) => "disabled",
            (None, Phase::Closed) => "closed",
            (None, Phase::Open) => "open",
            (None, Phase::HalfOpen) => "half-open",
        })
    }

    fn target(&mut self, action: &Action) -> Option<Target> {
        match action {
            Action::Allow { target, name } => {
                if let Some(name) = name {
                    self.targets.insert(name.clone(), target.clone());
                }
                Some(target.clone())
            }
            Action::Settle { target: Some(target), .. } => Some(target.clone()),
            Action::Settle { permit: Some(PermitRef::Named(name)), .. } => self.targets.get(name).cloned(),
            Action::Command { scope, .. } => Some(self.target_of(scope)),
            Action::Clock { .. } | Action::Fault { .. } => self.last.clone(),
            _ => None,
        }
    }

    /// A target that uses the scope's circuit. For a whole host, it has the role of the last step.
    fn target_of(&self, scope: &Scope) -> Target {
        match scope.kind {
            CircuitKind::Name => Target::name(&scope.name),
            CircuitKind::Resolver => Target::name("any").resolver(&scope.name),
            CircuitKind::Host => {
                let last = self.last.as_ref().filter(|last| last.name == scope.name);
                let role = scope.role.clone().or_else(|| last.and_then(|last| last.role.clone()));
                Target { role, ..Target::host(&scope.name) }
            }
        }
    }
}
