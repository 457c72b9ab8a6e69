//! The promises of DESIGN.md as assertions. The observer sees what a board was asked and answered, and the stored records before and after
//! it; each assertion begins with the number of its promise.

use crate::stored::Record;
use fuseboard::{Answer, Decision, Event, EventKind, Refused, Scope};
use sight::One;
use std::collections::BTreeMap;
use track::Track;

pub use sight::{Leg, Seen, Sight};

const DAY: u64 = 86_400_000;

macro_rules! promise {
    ($observer:expr, $number:literal, $holds:expr, $($seen:tt)+) => {
        $observer.made[$number] += 1;
        assert!($holds, "promise {}: {}", $number, format_args!($($seen)+));
    };
}

mod admitted;
mod refused;
mod settled;
mod sight;
mod told;
mod track;
mod written;

/// What is not to be judged, since the story gave the board leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clocks {
    /// They differ by at most the skew, or there is but one.
    #[default]
    Close,
    /// Some jumped farther: deadlines that another process wrote may be met too early or too late.
    Astray,
}

#[derive(Default)]
pub struct Observer {
    tracks: BTreeMap<Scope, Track>,
    pub clocks: Clocks,
    /// Assertions made, by promise.
    pub made: [u64; 17],
    /// The largest `trial_calls` in use, where policies are changed while they run.
    pub trial_calls_max: u64,
    pub operations_max: u64,
    pub damage: Damage,
}

/// Whether somebody has put a text in the store that is no record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Damage {
    #[default]
    None,
    Put,
}

impl Observer {
    /// Forgets what it remembers of circuits: somebody wiped the store or wrote past the engine.
    pub fn forget(&mut self) {
        self.tracks.clear();
    }

    /// An operator changed these.
    pub fn forget_scope(&mut self, scope: &Scope) {
        self.tracks.retain(|circuit, _| !scope.covers(circuit));
    }

    pub fn circuits(&self) -> Vec<Scope> {
        self.tracks.keys().cloned().collect()
    }

    /// A board that had been without its store may have handed in outcomes of any circuit.
    pub fn catch_up(&mut self, scope: &Scope, record: &Record, now: u64, wall: u64) {
        let Some(track) = self.tracks.get_mut(scope) else { return };
        let circuit = record.circuit(scope.role.as_deref().unwrap_or(fuseboard::DEFAULT_ROLE));
        track.follow(circuit, now, wall);
        track.drop_settled(record.epoch, circuit);
    }

    pub fn allowed(&mut self, sight: &Sight, decision: &Decision) {
        self.looked(sight);
        if self.replaced_damage(&decision.events) {
            return;
        }
        let legs = || sight.legs.iter().enumerate();
        let of_leg = |place: usize, refused: &Refused| if place == 0 { refused.circuit.clone() } else { refused.resolver.clone() };
        for (place, _) in legs() {
            let Some(one) = One::of(sight, place) else { continue };
            match &decision.answer {
                Answer::Admitted(admitted) => {
                    let claim = if place == 0 { admitted.permit.circuit } else { admitted.permit.resolver };
                    if let Some(claim) = claim {
                        self.admitted(&one, claim);
                    }
                    if let Some(refusal) = admitted.would_refuse.as_ref().and_then(|refused| of_leg(place, refused)) {
                        self.refused(&one, &refusal);
                    }
                    if admitted.lease.is_some() {
                        self.leased(&one);
                    }
                }
                Answer::Refused(refused) => match of_leg(place, refused) {
                    Some(refusal) => self.refused(&one, &refusal),
                    None => continue,
                },
            }
            if sight.sound {
                self.changes_are_told(&one, &decision.events, &decision.changed);
                self.waits_are_bounded(&one);
            }
        }
        if sight.sound && sight.log.conflicts == 0 {
            let legs = sight.legs.len() as u64;
            let (loads, swaps) = (sight.log.loads, sight.log.swaps);
            promise!(self, 8, loads <= legs && swaps <= legs + 1, "{loads} loads and {swaps} swaps in one `allow` of {legs} circuits");
        }
    }

    /// What boards write they can read; where somebody put another text, there was no record before.
    fn replaced_damage(&mut self, events: &[Event]) -> bool {
        let replaced = events.iter().find(|event| event.kind == EventKind::RecordReplaced);
        promise!(self, 9, self.damage == Damage::Put || replaced.is_none(), "replaced what nobody damaged: {replaced:?}");
        replaced.is_some()
    }
}
