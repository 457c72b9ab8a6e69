//! A stored record, read from its JSON without the engine's code.

use fuseboard::{Phase, WriteMark};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Stored {
    pub format: u64,
    pub record: Record,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Record {
    pub writes: Vec<(u64, u64)>,
    pub cooldown: Option<Cooldown>,
    pub recent: Vec<u64>,
    #[serde(rename = "override")]
    pub override_: Option<Override>,
    pub patch: Option<String>,
    pub base: Circuit,
    pub roles: BTreeMap<String, Circuit>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Cooldown {
    pub reason: String,
    pub until_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Override {
    pub kind: String,
    pub until_ms: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Circuit {
    pub generation: u64,
    /// The write that began the generation.
    pub began: Option<WriteMark>,
    pub state: State,
    pub streak: Option<Streak>,
    #[serde(rename = "override")]
    pub override_: Option<Override>,
    pub patch: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Streak {
    pub failures: u64,
    pub at_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Closed(Option<Window>),
    Open(u64),
    HalfOpen(Trial),
}

impl Default for State {
    fn default() -> State {
        State::Closed(None)
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    Count { calls: String },
    Time { buckets: Vec<(u64, u64, u64, u64)> },
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Trial {
    pub since_ms: Option<u64>,
    pub successes: u64,
    pub failures: u64,
    pub probes: Vec<Probe>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Probe {
    pub slot: WriteMark,
    pub until_ms: u64,
}

impl Record {
    /// An absent record is a new one. `None` if this engine cannot read the text.
    pub fn read(text: Option<&str>) -> Option<Record> {
        let Some(text) = text else { return Some(Record::default()) };
        serde_json::from_str::<Stored>(text)
            .ok()
            .filter(|stored| stored.format == 1 && stored.record.base.began.is_some())
            .map(|stored| stored.record)
    }

    /// A role's circuit, or the base circuit if the role has none.
    pub fn circuit(&self, role: &str) -> &Circuit {
        self.roles.get(role).unwrap_or(&self.base)
    }

    pub fn is_overridden(&self, role: &str) -> bool {
        self.override_.is_some() || self.circuit(role).override_.is_some()
    }

    /// Every deadline that the time to live must cover. `None` if the record must not expire.
    pub fn deadlines(&self) -> Option<Vec<u64>> {
        let circuits = || self.roles.values().chain([&self.base]);
        let overrides = || circuits().map(|circuit| &circuit.override_).chain([&self.override_]).flatten();
        let patched = self.patch.is_some() || circuits().any(|circuit| circuit.patch.is_some());
        if patched || overrides().any(|one| one.until_ms.is_none()) {
            return None;
        }
        let states = circuits().flat_map(|circuit| match &circuit.state {
            State::Closed(_) => Vec::new(),
            State::Open(until) => vec![*until],
            State::HalfOpen(trial) => trial.probes.iter().map(|probe| probe.until_ms).collect(),
        });
        let cooldown = self.cooldown.iter().map(|cooldown| cooldown.until_ms);
        Some(overrides().filter_map(|one| one.until_ms).chain(states).chain(cooldown).collect())
    }
}

impl Circuit {
    pub fn phase(&self) -> Phase {
        match self.state {
            State::Closed(_) => Phase::Closed,
            State::Open(_) => Phase::Open,
            State::HalfOpen(_) => Phase::HalfOpen,
        }
    }

    /// The circuit as a text with times relative to `now`, without marks.
    pub fn text_relative_to(&self, now: u64) -> String {
        let seen = |at: u64| at.cast_signed() - now.cast_signed();
        let state = match &self.state {
            State::Closed(window) => format!("closed {window:?}"),
            State::Open(until) => format!("open {}", seen(*until)),
            State::HalfOpen(trial) => {
                let probes: Vec<i64> = trial.probes.iter().map(|probe| seen(probe.until_ms)).collect();
                format!("half-open {} {} {probes:?}", trial.successes, trial.failures)
            }
        };
        format!("{} {state} {:?}", self.generation, self.streak.map(|streak| (streak.failures, seen(streak.at_ms))))
    }

    /// The number of counted outcomes that the record shows.
    pub fn counted(&self) -> u64 {
        match &self.state {
            State::Closed(None) => self.streak.map_or(0, |streak| streak.failures),
            State::Closed(Some(Window::Count { calls })) => calls.len() as u64,
            State::Closed(Some(Window::Time { buckets })) => buckets.iter().map(|(_, won, lost, _)| won + lost).sum(),
            State::Open(_) => 0,
            State::HalfOpen(trial) => trial.successes + trial.failures,
        }
    }
}
