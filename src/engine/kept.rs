//! Outcomes that could not be stored: kept in memory, and handed in when the store can be had again.

use super::call::{Call, Repeat, Write};
use super::cells::Format;
use super::leg::Leg;
use super::ports::{Clock, Store};
use super::storage::SWAPS_MAX;
use crate::answer::{EventKind, Phase};
use crate::machine::given::{Given, Step};
use crate::machine::record::Record;
use crate::machine::settle::{Count, Ended, Hold, settle};

/// Outcomes that an instance keeps at most; more are dropped, and counted.
pub(super) const KEPT_MAX: usize = 10_000;

#[derive(Clone, Debug)]
struct Outcome {
    leg: Leg,
    hold: Hold,
    ended: Ended,
}

#[derive(Debug, Default)]
pub(super) struct Kept {
    waiting: Vec<Outcome>,
    dropped: u64,
}

impl Kept {
    pub fn keep(&mut self, leg: &Leg, hold: Hold, ended: Ended) {
        if self.waiting.len() >= KEPT_MAX {
            self.dropped = self.dropped.saturating_add(1);
        } else {
            self.waiting.push(Outcome { leg: leg.clone(), hold, ended });
        }
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Takes out all that wait for the same record's circuit as the first.
    fn take_first(&mut self) -> Option<(Leg, Vec<Outcome>)> {
        let leg = self.waiting.first()?.leg.clone();
        let (mut mine, mut others) = (Vec::new(), Vec::new());
        for outcome in std::mem::take(&mut self.waiting) {
            let place = if outcome.leg == leg { &mut mine } else { &mut others };
            place.push(outcome);
        }
        self.waiting = others;
        Some((leg, mine))
    }
}

/// What became of the outcomes of one circuit.
struct Merged {
    added: u32,
    dropped: u32,
}

impl<C: Clock, S: Store> Call<'_, C, S> {
    /// Hands in what waits, while the store answers and the budget lasts.
    pub fn hand_in_kept(&mut self) {
        let mut unreadable = Vec::new();
        while self.may_hand_in()
            && let Some((leg, outcomes)) = self.board.kept.take_first()
        {
            let Err(outcomes) = self.hand_in(&leg, outcomes) else { continue };
            if self.cell(&leg).format == Format::Newer {
                // Other circuits' outcomes need not wait for this record's.
                unreadable.extend(outcomes);
            } else {
                // Handed in first the next time too.
                unreadable.append(&mut self.board.kept.waiting);
                self.board.kept.waiting = outcomes;
                break;
            }
        }
        self.board.kept.waiting.append(&mut unreadable);
    }

    /// Half of the call's budget and swaps stay for the call itself.
    fn may_hand_in(&mut self) -> bool {
        if self.board.kept.waiting.is_empty() || self.swaps >= SWAPS_MAX / 2 {
            return false;
        }
        let start = self.start();
        self.board.outage.alone_for(start).is_none() && self.spent().0 <= self.sharing().storage_budget.0 / 2
    }

    /// Gives the outcomes back where they could not be handed in.
    fn hand_in(&mut self, leg: &Leg, outcomes: Vec<Outcome>) -> Result<(), Vec<Outcome>> {
        let turned = self.fetch(leg).and_then(|()| self.turn(leg, Repeat::Never, &|given, record| merge(given, record, &outcomes)));
        match turned {
            Ok((_, Write::Unknown)) => {
                self.tell(Some(leg), EventKind::OutcomeUnknown, &format!("{} kept outcomes may count or not", outcomes.len()));
            }
            Ok((merged, _)) => {
                self.board.kept.dropped = self.board.kept.dropped.saturating_add(u64::from(merged.dropped));
                self.tell(Some(leg), EventKind::OutcomesMerged, &format!("{} added, {} dropped", merged.added, merged.dropped));
            }
            Err(_) => return Err(outcomes),
        }
        Ok(())
    }
}

/// Adds those whose epoch and generation still stand, all in one step.
fn merge(given: &Given, record: &Record, outcomes: &[Outcome]) -> Step<Merged> {
    let mut merged = Merged { added: 0, dropped: 0 };
    let mut events = Vec::new();
    let mut next = record.clone();
    for Outcome { hold, ended, .. } in outcomes {
        // Without a permit it cannot be told which probe it was.
        let astray = *hold == Hold::Bare && next.circuit(given.role()).phase() != Phase::Closed;
        let hold = if astray { &Hold::Inert } else { hold };
        let step = settle(given, &next, *hold, ended);
        match step.answer.count {
            Count::Counted => merged.added += 1,
            Count::Stale | Count::Inert => merged.dropped += 1,
        }
        events.extend(step.events.into_iter().filter(|event| event.kind != EventKind::OutcomeStale));
        next = step.write.unwrap_or(next);
    }
    let write = (next != *record).then_some(next);
    Step { answer: merged, write, events }
}
