//! Cuts a record whose text would be too long to store. The parts are cut in a fixed order, and only as many as necessary.

use crate::machine::record::{Circuit, Record, State};
use crate::machine::window::{Bucket, Window};

/// Least important first. Patches, phases, streaks and slots are never cut.
pub const CUTS: [fn(&mut Record); 4] = [failure_texts, notes, time_windows, failure_stamps];

/// What remains of a last failure's text: enough for a status.
const FAILURE_TEXT_CHARS: usize = 16;
/// What remains of a window of time.
const BUCKETS: usize = 30;
/// What remains of the rolling window.
const FAILURE_STAMPS: usize = 64;

fn failure_texts(record: &mut Record) {
    let last_failures = circuits(record).filter_map(|circuit| circuit.last_failure.as_mut());
    last_failures.for_each(|last| last.what = last.what.chars().take(FAILURE_TEXT_CHARS).collect());
}

/// The notes of operators' cooldowns and overrides.
fn notes(record: &mut Record) {
    record.cooldown.iter_mut().for_each(|cooldown| cooldown.note.clear());
    record.override_.iter_mut().for_each(|o| o.note.clear());
    circuits(record).filter_map(|circuit| circuit.override_.as_mut()).for_each(|o| o.note.clear());
}

/// Merges neighbouring buckets of time windows. The sum begins when the oldest of them does, so calls leave the window earlier, never
/// later.
fn time_windows(record: &mut Record) {
    for circuit in circuits(record) {
        if let State::Closed(Some(Window::Time { buckets, .. })) = &mut circuit.state {
            let size = buckets.len().div_ceil(BUCKETS).max(1);
            *buckets = buckets.chunks(size).filter_map(merged).collect();
        }
    }
}

fn merged(buckets: &[Bucket]) -> Option<Bucket> {
    buckets.iter().copied().reduce(|mut sum, bucket| {
        sum.add(bucket);
        sum
    })
}

/// The oldest stamps of the rolling window.
fn failure_stamps(record: &mut Record) {
    let surplus = record.recent.len().saturating_sub(FAILURE_STAMPS);
    record.recent.drain(..surplus);
}

fn circuits(record: &mut Record) -> impl Iterator<Item = &mut Circuit> {
    record.circuits_mut().map(|(_, circuit)| circuit)
}
