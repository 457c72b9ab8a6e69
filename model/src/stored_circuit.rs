//! The circuit in a stored text, as the checks see it.

use crate::mark::Mark;
use serde_json::Value;

/// A stored circuit. It is read from the JSON, not by the engine's decoder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredCircuit {
    /// The number of the generation.
    pub generation_number: u64,
    /// The mark of the write that began the generation.
    pub generation: Option<Mark>,
    pub phase: Phase,
    pub streak: u64,
    /// The window of calls, one letter for each call.
    pub window: Option<String>,
    /// The time of day at which it was opened, in milliseconds since 1970.
    pub opened_at: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    #[default]
    Closed,
    /// Until this time of day, in milliseconds since 1970.
    Open(u64),
    HalfOpen(Trial),
}

/// The probes of a half-open circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    pub successes: u64,
    pub failures: u64,
    pub slots: Vec<Mark>,
}

impl StoredCircuit {
    pub fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    pub fn open_until(&self) -> Option<u64> {
        if let Phase::Open(until) = self.phase { Some(until) } else { None }
    }

    /// The slots of a half-open circuit.
    pub fn slots(&self) -> &[Mark] {
        if let Phase::HalfOpen(trial) = &self.phase { &trial.slots } else { &[] }
    }

    /// Reads the circuit of a name.
    ///
    /// # Panics
    /// If the text is not the record of a name.
    pub fn read(text: &str) -> StoredCircuit {
        let stored: Value = serde_json::from_str(text).expect("the engine stores JSON");
        let record = &stored["record"];
        let circuit = record["roles"].get("default").unwrap_or(&record["base"]);
        StoredCircuit {
            generation_number: circuit["generation"].as_u64().expect("each circuit has a generation"),
            generation: mark(&circuit["began"]),
            phase: phase(&circuit["state"]),
            streak: circuit["streak"]["failures"].as_u64().unwrap_or(0),
            window: circuit["state"]["closed"]["count"]["calls"].as_str().map(str::to_owned),
            opened_at: circuit["opened_at_ms"].as_u64().unwrap_or(0),
        }
    }
}

fn phase(state: &Value) -> Phase {
    if let Some(until) = state["open"].as_u64() {
        return Phase::Open(until);
    }
    let Some(trial) = state.get("half-open") else { return Phase::Closed };
    let probes = trial["probes"].as_array().map(Vec::as_slice).unwrap_or_default();
    Phase::HalfOpen(Trial {
        successes: trial["successes"].as_u64().unwrap_or(0),
        failures: trial["failures"].as_u64().unwrap_or(0),
        slots: probes.iter().filter_map(|probe| mark(&probe["slot"])).collect(),
    })
}

fn mark(value: &Value) -> Option<Mark> {
    Some(Mark::new(value.get(0)?.as_u64()?, value.get(1)?.as_u64()?))
}
