//! Encodes records as JSON text, and decodes them. The text begins with a format number, so that an older engine can reject a newer
//! format, and a newer engine can migrate an older one.

mod deadlines;
mod read;
mod stamps;

use crate::document_tree::{Limits, json};
use crate::machine::record::{Circuit, Override, Record, State, WRITES_KEPT};
use crate::names::NAME_BYTES_MAX;
use crate::policy::{ROLES_MAX, THRESHOLD_FAILURES_MAX, TRIALS_MAX};
use crate::record_limits::text::CUTS;
use crate::time::{Deadline, Millis, Now};
use deadlines::anchor_deadlines;
use serde::Serialize;
use stamps::anchor_stamps;

/// The format that this engine writes, and the newest that it reads.
pub const FORMAT: u32 = 1;
/// Longest text of a stored record.
pub const VALUE_BYTES_MAX: usize = 65_536;
const TEXT: Limits = Limits { bytes: VALUE_BYTES_MAX, depth: 12, nodes: VALUE_BYTES_MAX };
/// Few records are longer. One that is grows while it is encoded.
const TEXT_BYTES_USUAL: usize = 1_024;
/// Shortest time to live of a record after a write.
const LIFE_MIN: Millis = Millis::from_secs(24 * 3_600);
const LIFE_SLACK: Millis = Millis::from_secs(60);

/// Why a stored text could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// A newer engine wrote it. It is treated as an outage, not as damage.
    Newer(u32),
    /// Damaged, with the reason.
    Corrupt(String),
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    record: &'a Record,
}

/// Encodes a record. If the text would be too long, the record is cut: first the texts of last failures, then operators' notes, then
/// detail of time windows, then the oldest stamps of the rolling window.
///
/// # Errors
/// The length in bytes, if it exceeds [`VALUE_BYTES_MAX`] even then.
pub fn encode(record: &mut Record) -> Result<String, usize> {
    let mut text = to_text(record);
    for cut in CUTS {
        if text.len() <= VALUE_BYTES_MAX {
            break;
        }
        cut(record);
        text = to_text(record);
    }
    if text.len() > VALUE_BYTES_MAX { Err(text.len()) } else { Ok(text) }
}

/// The length of a text in a stored record, with its escapes.
#[must_use]
pub fn text_bytes(text: &str) -> usize {
    serde_json::to_string(text).map_or(0, |text| text.len())
}

fn to_text(record: &Record) -> String {
    let mut text = Vec::with_capacity(TEXT_BYTES_USUAL);
    // A record has only integers, strings and string keys. `serde_json` serializes these without an error, as UTF-8.
    let written = serde_json::to_writer(&mut text, &Written { format: FORMAT, record }).ok();
    written.and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
}

/// Decodes a stored text. Deadlines and stamps that are also in `before`, the last known record, keep their monotonic time. Others
/// get one from `now`.
///
/// # Errors
/// If the text has a newer format, or is damaged.
pub fn decode(text: &str, now: Now, before: Option<&Record>) -> Result<Record, Unreadable> {
    if text.len() > VALUE_BYTES_MAX {
        return Err(Unreadable::Corrupt(format!("more than {VALUE_BYTES_MAX} bytes")));
    }
    let node = json::parse(text, TEXT).map_err(|fault| Unreadable::Corrupt(fault.message))?;
    let corrupt = |fault: read::UnexpectedField| Unreadable::Corrupt(fault.to_string());
    let format = read::format(&node).map_err(corrupt)?;
    if format > u64::from(FORMAT) {
        return Err(Unreadable::Newer(u32::try_from(format).unwrap_or(u32::MAX)));
    }
    let mut record = read::record(&node).map_err(corrupt)?;
    check(format, &record).map_err(|what| Unreadable::Corrupt(what.to_owned()))?;
    anchor_deadlines(&mut record, now, before);
    anchor_stamps(&mut record, now, before);
    Ok(record)
}

/// Rejects what no engine of this format writes.
fn check(format: u64, record: &Record) -> Result<(), &'static str> {
    let circuits = || record.roles.values().chain([&record.base]);
    let probes = |circuit: &Circuit| match &circuit.state {
        State::HalfOpen(trial) => trial.probes.len(),
        _ => 0,
    };
    if format != u64::from(FORMAT) {
        Err("an unknown format")
    } else if circuits().any(|circuit| circuit.began.is_none()) {
        Err("a circuit's generation has no mark")
    } else if record.writes.len() > WRITES_KEPT {
        Err("too many writes")
    } else if record.roles.len() > ROLES_MAX || record.roles.keys().any(|role| role.len() > NAME_BYTES_MAX) {
        Err("too many roles, or one is too long")
    } else if record.recent.len() > THRESHOLD_FAILURES_MAX as usize {
        Err("too many recent failures")
    } else if circuits().any(|circuit| probes(circuit) > TRIALS_MAX as usize) {
        Err("too many probes")
    } else if circuits().any(|circuit| matches!(&circuit.state, State::Closed(Some(window)) if !window.is_sound())) {
        Err("an impossible window")
    } else {
        Ok(())
    }
}

/// Returns the time to live of a record. It is at least a day, and longer than every deadline and window in the record. `None` (no
/// expiry) if the record has an operator's patch or an override without an end.
#[must_use]
pub fn time_to_live(record: &Record, now: Now, skew: Millis) -> Option<Millis> {
    let mut life = LIFE_MIN;
    let endless = |o: &Option<Override>| o.as_ref().is_some_and(|o| o.until_ms.is_none());
    let mut reach = |deadline: Option<Deadline>| life = life.max(deadline.map_or(Millis::ZERO, |deadline| deadline.remaining(now)));
    if record.patch.is_some() || endless(&record.override_) {
        return None;
    }
    reach(record.cooldown.as_ref().map(|cooldown| cooldown.until_ms));
    reach(record.override_.as_ref().and_then(|o| o.until_ms));
    for circuit in record.roles.values().chain([&record.base]) {
        if circuit.patch.is_some() || endless(&circuit.override_) {
            return None;
        }
        reach(circuit.override_.as_ref().and_then(|o| o.until_ms));
        match &circuit.state {
            // The longest window is shorter than the shortest time to live.
            State::Closed(_) => {}
            State::Open(until) => reach(Some(*until)),
            State::HalfOpen(trial) => trial.probes.iter().for_each(|probe| reach(Some(probe.until_ms))),
        }
    }
    Some(life.plus(skew).plus(skew).plus(LIFE_SLACK))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(window: &str) -> bool {
        let circuit = format!(r#"{{"generation":0,"began":[1,1],"state":{{"closed":{window}}}}}"#);
        let text = format!(
            r#"{{"format":1,"record":{{"writes":[[1,1]],"base":{{"generation":0,"began":[1,1],"state":{{"closed":null}}}},"roles":{{"default":{circuit}}}}}}}"#
        );
        decode(&text, Now::default(), None).is_ok()
    }

    #[test]
    fn an_impossible_window_is_read_as_damage() {
        let count = |size: u32, calls: &str| reads(&format!(r#"{{"count":{{"size":{size},"calls":"{calls}"}}}}"#));
        assert!(count(1, "") && count(2, "sF") && count(1_000, "s"));
        for (size, calls) in [(0, ""), (0, "s"), (2, "sfs"), (1_001, ""), (2, "sx")] {
            assert!(!count(size, calls), "{size} {calls}");
        }
        let time = |size_ms: u64, starts: &[u64]| {
            let buckets: Vec<String> = starts.iter().map(|start| format!("[{start},1,0,0]")).collect();
            reads(&format!(r#"{{"time":{{"size_ms":{size_ms},"buckets":[{}]}}}}"#, buckets.join(",")))
        };
        let many: Vec<u64> = (0..241).collect();
        assert!(time(1, &[]) && time(3_600_000, &[1, 2]) && time(60_000, &many[..240]));
        for (size_ms, starts) in [(0, &[][..]), (3_600_001, &[]), (60_000, &[2, 1]), (60_000, &[1, 1]), (60_000, &many)] {
            assert!(!time(size_ms, starts), "{size_ms} {starts:?}");
        }
    }
}
