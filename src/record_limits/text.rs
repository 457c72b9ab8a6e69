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

/// Merges neighbouring buckets of time windows. A merged bucket has the start of its oldest part, so calls leave the window earlier,
/// never later.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::LastFailure;
    use crate::codec::{VALUE_BYTES_MAX, encode};
    use crate::machine::record::Override;
    use crate::status::OverrideKind;
    use crate::time::{Millis, Mono, Now, Stamp, Wall};

    const NOW: Now = Now { wall: Wall(1_800_000_239_000), mono: Mono(1 << 62) };

    fn window(buckets: u64) -> State {
        let buckets = (0..buckets).map(|place| Bucket(NOW.stamp_at(Wall(1_800_000_000_000 + place * 1_000)), 1, 2, 1)).collect();
        State::Closed(Some(Window::Time { size_ms: Millis(60_000), buckets }))
    }

    /// A record with 16 roles, each with everything that can be cut.
    fn record(failure: &str, note: &str, buckets: u64, stamps: u64) -> Record {
        let override_ = Some(Override { kind: OverrideKind::Disabled, until_ms: None, note: note.to_owned() });
        let last_failure = Some(LastFailure { what: failure.to_owned(), at_ms: 1 });
        let circuit = Circuit { state: window(buckets), last_failure, override_, ..Circuit::default() };
        let mut record =
            Record { recent: (0..stamps).map(|stamp| Stamp::from(Wall(1_800_000_000_000 + stamp))).collect(), ..Record::default() };
        (0..16).for_each(|role| drop(record.roles.insert(format!("r{role}"), circuit.clone())));
        record
    }

    fn is_cut(before: &Record) -> [bool; 4] {
        let mut record = before.clone();
        let text = encode(&mut record).expect("a text that is short enough");
        assert!(text.len() <= VALUE_BYTES_MAX, "{} bytes", text.len());
        let (before_first, first) = (before.circuit("r0"), record.circuit("r0"));
        [
            before_first.last_failure != first.last_failure,
            before_first.override_ != first.override_,
            before_first.state != first.state,
            before.recent != record.recent,
        ]
    }

    #[test]
    fn a_record_is_cut_in_the_stated_order_and_no_further_than_necessary() {
        let letters = |times| "x".repeat(times);
        assert_eq!(is_cut(&record(&letters(120), &letters(200), 61, 64)), [false; 4]);
        assert_eq!(is_cut(&record(&letters(3_000), &letters(200), 61, 64)), [true, false, false, false]);
        assert_eq!(is_cut(&record(&letters(3_000), &letters(3_000), 61, 64)), [true, true, false, false]);
        assert_eq!(is_cut(&record(&letters(3_000), &letters(3_000), 240, 64)), [true, true, true, false]);
        assert_eq!(is_cut(&record(&letters(3_000), &letters(3_000), 240, 4_000)), [true; 4]);
    }

    #[test]
    fn a_cut_window_keeps_its_counts_until_its_oldest_bucket_leaves() {
        let mut record = record("", "", 240, 0);
        let counts = |record: &Record, now| match &record.circuit("r0").state {
            State::Closed(Some(window)) if window.is_sound() => window.counts(now),
            state => panic!("{state:?}"),
        };
        let before = counts(&record, NOW);
        time_windows(&mut record);
        let after = counts(&record, NOW);
        assert!(after.failures <= before.failures && after.failures >= before.failures - 16, "{before:?} {after:?}");
        let earlier = Now { wall: Wall(1_800_000_001_000), mono: NOW.ago(Millis(238_000)).mono };
        assert_eq!(counts(&record, earlier).failures, 480, "no call was lost");
    }

    #[test]
    fn a_failure_text_keeps_its_status_and_a_failure_stamp_its_place() {
        let mut record = record("503", "", 1, 70);
        failure_texts(&mut record);
        failure_stamps(&mut record);
        assert_eq!(record.circuit("r0").last_failure.as_ref().map(|last| last.what.as_str()), Some("503"));
        assert_eq!((record.recent.first(), record.recent.len()), (Some(&Stamp::from(Wall(1_800_000_000_006))), 64));
    }
}
