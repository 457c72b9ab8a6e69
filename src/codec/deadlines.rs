//! Gives each stored deadline a monotonic time when this process first reads it.

use crate::machine::record::{Circuit, Override, Record, State};
use crate::time::{Deadline, Now};

/// Sets each deadline's monotonic time. It is copied from `before`, the last known record, if that has the same deadline. For a
/// circuit's deadline, the generation must be the same too.
pub(super) fn anchor_deadlines(record: &mut Record, now: Now, before: Option<&Record>) {
    let until = |o: &Option<Override>| o.as_ref().and_then(|o| o.until_ms);
    if let Some(cooldown) = &mut record.cooldown {
        let known = before.and_then(|before| before.cooldown.as_ref()).map(|cooldown| cooldown.until_ms);
        anchor(&mut cooldown.until_ms, now, known);
    }
    if let Some(deadline) = record.override_.as_mut().and_then(|o| o.until_ms.as_mut()) {
        anchor(deadline, now, before.and_then(|before| until(&before.override_)));
    }
    anchor_circuit(&mut record.base, now, before.map(|before| &before.base));
    for (role, circuit) in record.roles.iter_mut() {
        anchor_circuit(circuit, now, before.map(|before| before.circuit(role)));
    }
}

fn anchor_circuit(circuit: &mut Circuit, now: Now, before: Option<&Circuit>) {
    let opened = before.and_then(|before| if let State::Open(until) = before.state { Some(until) } else { None });
    let before = before.filter(|before| before.began == circuit.began);
    if let Some(deadline) = circuit.override_.as_mut().and_then(|o| o.until_ms.as_mut()) {
        anchor(deadline, now, before.and_then(|before| before.override_.as_ref()).and_then(|o| o.until_ms));
    }
    match &mut circuit.state {
        State::Closed(_) => {}
        State::Open(until) => {
            let known = before.and_then(|before| match before.state {
                State::Open(known) => Some(known),
                _ => None,
            });
            anchor(until, now, known);
        }
        State::HalfOpen(trial) => {
            let known = before.and_then(|before| match &before.state {
                State::HalfOpen(known) => Some(known),
                _ => None,
            });
            if let Some(since) = &mut trial.since_ms {
                // Another process made the circuit half-open. Keep the monotonic time of the open deadline that this process knew.
                anchor(since, now, known.and_then(|known| known.since_ms).or(opened));
            }
            for probe in &mut trial.probes {
                let same = known.and_then(|known| known.probes.iter().find(|other| other.slot == probe.slot));
                anchor(&mut probe.until_ms, now, same.map(|same| same.until_ms));
            }
        }
    }
}

fn anchor(deadline: &mut Deadline, now: Now, known: Option<Deadline>) {
    *deadline = known.filter(|known| known.at == deadline.at).unwrap_or_else(|| now.deadline_at(deadline.at));
}
