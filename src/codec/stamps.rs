//! Gives each stored stamp a monotonic time when this process first reads it.

use crate::machine::record::{Circuit, Record, State};
use crate::machine::window::{Bucket, Window};
use crate::time::{Now, Stamp};

/// Sets each stamp's monotonic time. It is copied from `before`, the last known record, if that has the same stamp in the same place.
pub(super) fn anchor_stamps(record: &mut Record, now: Now, before: Option<&Record>) {
    let mut known = before.map_or_else(Vec::new, |before| before.recent.clone());
    known.sort_unstable_by_key(|stamp| stamp.at);
    for stamp in &mut record.recent {
        let place = known.binary_search_by_key(&stamp.at, |known| known.at);
        anchor(stamp, now, place.ok().and_then(|place| known.get(place)).copied());
    }
    anchor_circuit(&mut record.base, now, before.map(|before| &before.base));
    for (role, circuit) in record.roles.iter_mut() {
        anchor_circuit(circuit, now, before.map(|before| before.circuit(role)));
    }
}

fn anchor_circuit(circuit: &mut Circuit, now: Now, before: Option<&Circuit>) {
    if let Some(streak) = &mut circuit.streak {
        anchor(&mut streak.at_ms, now, before.and_then(|before| before.streak).map(|known| known.at_ms));
    }
    if let Some(stamp) = &mut circuit.written_at_ms {
        anchor(stamp, now, before.and_then(|before| before.written_at_ms));
    }
    let known = before.map(|before| buckets(&before.state)).unwrap_or_default();
    let State::Closed(Some(Window::Time { buckets, .. })) = &mut circuit.state else { return };
    for Bucket(start, ..) in buckets {
        let place = known.binary_search_by_key(&start.at, |Bucket(known, ..)| known.at);
        anchor(start, now, place.ok().and_then(|place| known.get(place)).map(|Bucket(known, ..)| *known));
    }
}

fn buckets(state: &State) -> &[Bucket] {
    if let State::Closed(Some(Window::Time { buckets, .. })) = state { buckets } else { &[] }
}

fn anchor(stamp: &mut Stamp, now: Now, known: Option<Stamp>) {
    *stamp = known.filter(|known| known.at == stamp.at).unwrap_or_else(|| now.stamp_at(stamp.at));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::record::Streak;
    use crate::time::{Millis, Mono, Wall};

    fn at(wall_s: u64, mono_s: u64) -> Now {
        Now { wall: Wall(wall_s * 1_000), mono: Mono(mono_s * 1_000_000_000) }
    }

    /// A record that was just parsed: a burst, a streak, a bucket and a write, all at 100 s.
    fn parsed() -> Record {
        let stamp = Stamp::from(Wall(100_000));
        let mut record = Record { recent: vec![stamp], ..Record::default() };
        let circuit = record.circuit_mut("default");
        circuit.streak = Some(Streak { failures: 1, at_ms: stamp });
        circuit.written_at_ms = Some(stamp);
        circuit.state = State::Closed(Some(Window::Time { size_ms: Millis(60_000), buckets: vec![Bucket(stamp, 0, 1, 0)] }));
        record
    }

    fn ages(record: &Record, now: Now) -> [Millis; 4] {
        let circuit = record.circuit("default");
        let [Bucket(bucket, ..)] = buckets(&circuit.state) else { panic!("one bucket") };
        [record.recent[0], circuit.streak.unwrap().at_ms, *bucket, circuit.written_at_ms.unwrap()].map(|stamp| stamp.age(now))
    }

    fn anchored(now: Now, before: Option<&Record>) -> Record {
        let mut record = parsed();
        anchor_stamps(&mut record, now, before);
        record
    }

    #[test]
    fn a_known_stamp_keeps_its_age_whatever_the_wall_clock_does() {
        let before = anchored(at(103, 500), None);
        assert_eq!(ages(&before, at(103, 500)), [Millis(3_000); 4]);
        for wall_s in [40, 110, 4_000] {
            let again = anchored(at(wall_s, 510), Some(&before));
            assert_eq!(ages(&again, at(wall_s, 510)), [Millis(13_000); 4]);
        }
    }

    #[test]
    fn a_new_stamp_gets_its_age_by_the_wall_clock_and_is_now_if_it_lies_ahead() {
        assert_eq!(ages(&anchored(at(160, 500), None), at(160, 500)), [Millis(60_000); 4]);
        assert_eq!(ages(&anchored(at(40, 500), None), at(40, 500)), [Millis::ZERO; 4]);
        let other = Record { recent: vec![at(99, 1).stamp()], ..Record::default() };
        assert_eq!(ages(&anchored(at(101, 500), Some(&other)), at(101, 500)), [Millis(1_000); 4]);
    }
}
