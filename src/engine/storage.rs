//! Reading and writing one record: conditional loads, compare-and-swap, and what to make of a store that fails.

use super::call::Call;
use super::cells::{Format, Known};
use super::changes;
use super::leg::Leg;
use super::outage::Turn;
use super::ports::{Clock, Entry, Lookup, Revision, Store, StoreError, Swap};
use super::trouble::Trouble;
use crate::answer::EventKind;
use crate::codec::{self, Unreadable};
use crate::machine::policy::ROLES_MAX;
use crate::machine::record::{Record, WRITES_KEPT, WriteMark};
use crate::time::Millis;
use std::rc::Rc;

/// Swaps that one call tries at most.
pub(super) const SWAPS_MAX: u32 = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commit {
    Stored,
    Conflict,
    /// The answer was lost, and the write could not be found.
    Unknown,
}

impl<C: Clock, S: Store> Call<'_, C, S> {
    /// Brings the cell up to date.
    pub fn fetch(&mut self, leg: &Leg) -> Result<(), Trouble> {
        let cell = self.cell(leg);
        let (known, was_missing) = (cell.revision(), cell.is_missing());
        match self.load(leg, known)? {
            Lookup::Unchanged => self.see_unchanged(leg),
            // Most healthy targets have no record, and never had.
            Lookup::Missing if was_missing => {}
            Lookup::Missing => self.take_in(leg, None)?,
            Lookup::Found(entry) => self.take_in(leg, Some(entry))?,
        }
        Ok(())
    }

    fn load(&mut self, leg: &Leg, known: Option<Revision>) -> Result<Lookup, Trouble> {
        match self.ask(|store, within| store.load(&leg.key, known, within)) {
            Ok(Lookup::Unchanged) if known.is_none() => Err(self.lost("it answered `unchanged` where no revision was known")),
            Err(Trouble::Unknown(why)) => Err(self.lost(&why)),
            other => other,
        }
    }

    /// Asks the store, unless it is to be left alone, within what is left of this call's budget.
    pub fn ask<T>(&mut self, operation: impl FnOnce(&S, Millis) -> Result<T, StoreError>) -> Result<T, Trouble> {
        let within = self.within()?;
        let answer = operation(self.store, within);
        self.operations = self.operations.saturating_add(1);
        match answer {
            Ok(value) => {
                if self.board.outage.answered() == Turn::News {
                    self.tell(None, EventKind::StorageBack, "the store answers again");
                }
                Ok(value)
            }
            Err(StoreError::Unavailable(why)) => Err(self.lost(&why)),
            Err(StoreError::Unknown(why)) => Err(Trouble::Unknown(why)),
            Err(StoreError::Refused(why)) => Err(Trouble::Refused(why)),
        }
    }

    fn within(&mut self) -> Result<Millis, Trouble> {
        let budget = self.sharing().storage_budget;
        let start = self.start();
        let now = if self.operations == 0 { start } else { self.mono() };
        if let Some(wait) = self.board.outage.alone_for(now) {
            return Err(Trouble::Outage(format!("it failed lately and is left alone for {} ms", wait.0)));
        }
        match Millis(budget.0.saturating_sub(now.since(start).0)) {
            Millis(0) if self.conflicts > 0 => Err(Trouble::Contended),
            Millis(0) => Err(self.lost(&format!("the budget of {} ms is spent", budget.0))),
            left => Ok(left),
        }
    }

    fn lost(&mut self, why: &str) -> Trouble {
        let now = self.now();
        if self.board.outage.failed(now.wall, now.mono) == Turn::News {
            self.tell(None, EventKind::StorageLost, why);
        }
        Trouble::Outage(why.to_owned())
    }

    fn see_unchanged(&mut self, leg: &Leg) {
        let cell = self.cell(leg);
        if let Some(local) = cell.local.take() {
            let known = Rc::clone(cell.view());
            self.see(leg, &local, &known);
        }
    }

    /// Takes in what the store holds; a damaged record is replaced.
    fn take_in(&mut self, leg: &Leg, entry: Option<Entry>) -> Result<(), Trouble> {
        let mut entry = entry;
        loop {
            let Some(Entry { revision, value }) = entry else {
                self.install(leg, Known::Missing);
                return Ok(());
            };
            let now = self.now();
            let before = match &self.cell(leg).known {
                Known::Stored(_, record) => Some(record.as_ref()),
                Known::Never | Known::Missing => None,
            };
            match codec::decode(&value, now, before) {
                Ok(record) => {
                    self.install(leg, Known::Stored(revision, Rc::new(record)));
                    return Ok(());
                }
                Err(Unreadable::Newer(format)) => return Err(self.newer(leg, format)),
                Err(Unreadable::Corrupt(why)) => match self.replace(leg, revision, &why)? {
                    Swap::Stored(_) => return Ok(()),
                    Swap::Conflict(current) => entry = current,
                },
            }
        }
    }

    /// Puts a new record in a damaged one's place.
    fn replace(&mut self, leg: &Leg, damaged: Revision, why: &str) -> Result<Swap, Trouble> {
        let mut record = Record::default();
        // Claims taken while nothing was stored must not match here.
        record.base.generation = 1;
        self.sign(&mut record);
        let swap = self.swap(leg, Some(damaged), &record)?;
        if let Swap::Stored(revision) = swap {
            self.install(leg, Known::Stored(revision, Rc::new(record)));
            self.tell(Some(leg), EventKind::RecordReplaced, &format!("the stored record was damaged: {why}"));
        }
        Ok(swap)
    }

    fn newer(&mut self, leg: &Leg, format: u32) -> Trouble {
        let why = format!("its record has format {format}, this engine reads up to {}", codec::FORMAT);
        if std::mem::replace(&mut self.cell(leg).format, Format::Newer) == Format::Ours {
            self.tell(Some(leg), EventKind::StorageLost, &why);
        }
        Trouble::Outage(why)
    }

    fn install(&mut self, leg: &Leg, known: Known) {
        let cell = self.cell(leg);
        let first = matches!(cell.known, Known::Never) && cell.local.is_none();
        let (before, after) = cell.learn(known);
        if std::mem::take(&mut cell.format) == Format::Newer {
            self.tell(Some(leg), EventKind::StorageBack, "the record can be read again");
        }
        if first {
            // Nothing was known, so nothing is news; but a lease may stand from before this cell was forgotten.
            self.note_changes(leg, &before, &after);
        } else {
            self.see(leg, &before, &after);
        }
    }

    /// Tells what others did, and which circuits it changed.
    fn see(&mut self, leg: &Leg, before: &Record, after: &Record) {
        let at = self.clock.wall();
        self.board.untold.events.extend(changes::seen(leg, before, after, at));
        self.note_changes(leg, before, after);
    }

    pub fn note_changes(&mut self, leg: &Leg, before: &Record, after: &Record) {
        let changed = changes::changed(leg, before, after);
        if !changed.is_empty() {
            self.cell(leg).forget_policies();
            self.board.untold.changed.extend(changed);
        }
    }

    /// Writes a record over the known one.
    pub fn commit(&mut self, leg: &Leg, mut next: Record) -> Result<Commit, Trouble> {
        if self.swaps >= SWAPS_MAX {
            return Err(Trouble::Contended);
        }
        self.swaps += 1;
        if next.roles.len() > ROLES_MAX {
            return Err(Trouble::TooLarge(format!("{} would have more than {ROLES_MAX} roles: use fewer", leg.scope)));
        }
        let expected = self.cell(leg).revision();
        let mark = self.sign(&mut next);
        match self.swap(leg, expected, &next) {
            Ok(Swap::Stored(revision)) => {
                self.install_own(leg, revision, next);
                Ok(Commit::Stored)
            }
            Ok(Swap::Conflict(current)) => {
                self.conflicts += 1;
                self.take_in(leg, current)?;
                Ok(Commit::Conflict)
            }
            Err(Trouble::Unknown(_)) => Ok(self.look_for_own(leg, next, mark)),
            Err(trouble) => Err(trouble),
        }
    }

    fn install_own(&mut self, leg: &Leg, revision: Revision, next: Record) {
        let (before, after) = self.cell(leg).learn(Known::Stored(revision, Rc::new(next)));
        self.note_changes(leg, &before, &after);
    }

    /// After a lost answer: is our write there?
    fn look_for_own(&mut self, leg: &Leg, next: Record, mark: WriteMark) -> Commit {
        let Ok(lookup) = self.load(leg, None) else { return Commit::Unknown };
        let Lookup::Found(entry) = lookup else {
            // Nothing is stored: that a record was missing before and is now tells nothing of our write.
            self.install(leg, Known::Missing);
            return Commit::Unknown;
        };
        let now = self.now();
        let ours = codec::decode(&entry.value, now, Some(&next)).is_ok_and(|record| record.writes.contains(&mark));
        if ours {
            self.install_own(leg, entry.revision, next);
        }
        // What others wrote after it; trouble here is the next question's affair.
        let taken = self.take_in(leg, Some(entry));
        if ours && taken.is_ok() { Commit::Stored } else { Commit::Unknown }
    }

    fn swap(&mut self, leg: &Leg, expected: Option<Revision>, record: &Record) -> Result<Swap, Trouble> {
        let too_large = |bytes| {
            let most = codec::VALUE_BYTES_MAX;
            Trouble::TooLarge(format!(
                "the record of {} would take {bytes} bytes, at most {most}: use fewer roles or smaller patches",
                leg.scope
            ))
        };
        let text = codec::encode(record).map_err(too_large)?;
        let ttl = codec::time_to_live(record, self.now(), self.sharing().clock_skew);
        self.ask(|store, within| store.compare_and_swap(&leg.key, expected, &text, ttl, within))
    }

    /// Gives a record its next write mark, and the epoch that a new one needs.
    fn sign(&mut self, record: &mut Record) -> WriteMark {
        let mark = self.next_mark();
        if record.epoch == 0 {
            record.epoch = mark.epoch();
        }
        record.writes.push(mark);
        let surplus = record.writes.len().saturating_sub(WRITES_KEPT);
        record.writes.drain(..surplus);
        mark
    }

    pub fn next_mark(&mut self) -> WriteMark {
        self.board.sequence = self.board.sequence.saturating_add(1);
        WriteMark(self.board.identity.writer, self.board.sequence)
    }
}
