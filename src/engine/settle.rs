//! `settle` and `settle_leased`: how a permitted call ended.

use super::call::{Call, Decide, Repeat, Write};
use super::leg::{Leg, Legs};
use super::ports::{Clock, Store};
use super::trouble::Trouble;
use crate::answer::{EventKind, Settled, Verdict, Written};
use crate::classify::{classify, failure_text, status_of};
use crate::machine::given::{Given, Step};
use crate::machine::policy::{OnStorageError, Policy};
use crate::machine::record::Record;
use crate::machine::settle::{Count, Ended, Hold, Pace, Settlement, When, at_rest, settle, stands};
use crate::names::CircuitKind;
use crate::permit::{Claim, Lease, Outcome, Permit, Report, Tally};
use crate::retry_after::{self, Ignored};
use crate::time::{Millis, Wall};
use crate::{Problem, Target};

/// What happened, by the circuit's policy, and why its `Retry-After` is ignored, if it is.
type Understand<'a> = &'a dyn Fn(&Given) -> (Ended, Option<Ignored>);

impl<C: Clock, S: Store> Call<'_, C, S> {
    pub fn settle(mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, Problem> {
        let legs = self.board.ways.legs(target)?;
        self.hand_in_kept();
        let hold = |claim: fn(&Permit) -> Option<Claim>| permit.map_or(Hold::Bare, |permit| claim(permit).map_or(Hold::Inert, Hold::Claim));
        let circuit = self.settle_reported(&legs.circuit, hold(|permit| permit.circuit), report);
        let resolver = legs.resolver.as_ref().map(|leg| self.settle_reported(leg, hold(|permit| permit.resolver), report));
        let (circuit, resolver) = each(circuit, resolver)?;
        let (events, changed) = self.told();
        Ok(Verdict { circuit, resolver, events, changed })
    }

    pub fn settle_leased(mut self, lease: &Lease, tally: Tally) -> Result<Verdict, Problem> {
        let legs = self.board.ways.legs(&Legs::target_of(lease)?)?;
        self.hand_in_kept();
        let circuit = self.settle_tally(&legs.circuit, lease.permit.circuit, tally);
        let resolver = legs.resolver.as_ref().map(|leg| self.settle_tally(leg, lease.permit.resolver, tally));
        let (circuit, resolver) = each(circuit, resolver)?;
        let (events, changed) = self.told();
        Ok(Verdict { circuit, resolver, events, changed })
    }

    fn settle_reported(&mut self, leg: &Leg, hold: Hold, report: &Report) -> Result<Settled, Problem> {
        let asks = report.retry_after_ms.is_some() || report.retry_after.is_some();
        if !asks && let Some(settled) = self.settle_quietly(leg, hold, report) {
            return Ok(settled);
        }
        self.settle_with(leg, hold, &|given| understand(given.policy, given.circuit.kind, report, given.now.wall))
    }

    /// The way of a healthy call: by the record that its `allow` left, without the store and without a copy.
    fn settle_quietly(&mut self, leg: &Leg, hold: Hold, report: &Report) -> Option<Settled> {
        let (policy, cell) = self.policed(leg);
        let outcome = classify(&policy.classify, report);
        let phase = cell.view().circuit(leg.role()).phase();
        let unchanged = |phase| Some(Settled { outcome, written: Written::Unchanged, phase });
        match hold {
            Hold::Inert => unchanged(phase),
            Hold::Claim(claim) if cell.is_sound() && outcome != Outcome::Failure => {
                let ended = Ended::now(outcome, pace(&policy, report.elapsed_ns));
                let settlement = at_rest(&policy, cell.view(), leg.role(), &claim, &ended)?;
                unchanged(settlement.phase)
            }
            Hold::Claim(_) | Hold::Bare => None,
        }
    }

    fn settle_tally(&mut self, leg: &Leg, claim: Option<Claim>, tally: Tally) -> Result<Settled, Problem> {
        let phase = self.cell(leg).view().circuit(leg.role()).phase();
        let mut settled = Settled { outcome: Outcome::Success, written: Written::Unchanged, phase };
        let Some(claim) = claim.filter(|_| self.policy(leg).window.is_some()) else { return Ok(settled) };
        for (times, slow) in [(tally.successes, Pace::Normal), (tally.slow, Pace::Slow)] {
            if times == 0 {
                continue;
            }
            let one = self.settle_with(leg, Hold::Claim(claim), &|given| {
                let pace = if given.policy.slow_ns().is_some() { slow } else { Pace::Normal };
                let when = When::Earlier(Wall(given.now.wall.0.saturating_sub(tally.age_ms)));
                (Ended { times, when, ..Ended::now(Outcome::Success, pace) }, None)
            })?;
            settled = Settled { written: worse(settled.written, one.written), ..one };
        }
        Ok(settled)
    }

    /// The whole way: load where the known record will not do, decide, swap; and keep the outcome where the store cannot be had.
    fn settle_with(&mut self, leg: &Leg, hold: Hold, ended: Understand) -> Result<Settled, Problem> {
        let decide = |given: &Given, record: &Record| -> Step<(Settlement, Outcome)> {
            let (ended, ignored) = ended(given);
            let mut step = settle(given, record, hold, &ended);
            if let Some(why) = ignored {
                step.events.push(given.event(EventKind::RetryAfterIgnored, record.circuit(given.role()).generation, &why.to_string()));
            }
            Step { answer: (step.answer, ended.outcome), write: step.write, events: step.events }
        };
        let done = if self.knows(leg, hold) { Ok(()) } else { self.fetch(leg) };
        match done.and_then(|()| self.turn(leg, Repeat::Never, &decide)) {
            Ok(((settlement, outcome), write)) => Ok(self.settled(leg, settlement, outcome, write)),
            Err(trouble @ (Trouble::Refused(_) | Trouble::TooLarge(_))) => Err(trouble.into()),
            Err(trouble) => Ok(self.settle_later(leg, hold, &trouble, ended, &decide)),
        }
    }

    /// Whether the known record has what the permit claims: nothing is called stale on a cached record.
    fn knows(&mut self, leg: &Leg, hold: Hold) -> bool {
        let cell = self.cell(leg);
        let record = cell.view();
        match hold {
            Hold::Claim(claim) => cell.is_sound() && stands(record, record.circuit(leg.role()), &claim),
            Hold::Inert | Hold::Bare => false,
        }
    }

    fn settled(&mut self, leg: &Leg, settlement: Settlement, outcome: Outcome, write: Write) -> Settled {
        let written = match (write, settlement.count) {
            (Write::Unknown, _) => {
                self.tell(Some(leg), EventKind::OutcomeUnknown, "the store's answer was lost: it may count or not");
                Written::Unknown
            }
            (_, Count::Stale) => Written::Stale,
            (Write::Stored, Count::Counted) => Written::Stored,
            (Write::Stored | Write::None, Count::Inert) | (Write::None, Count::Counted) => Written::Unchanged,
        };
        let phase = if write == Write::Unknown { self.cell(leg).view().circuit(leg.role()).phase() } else { settlement.phase };
        Settled { outcome, written, phase }
    }

    /// Keeps the outcome for later; in `local` mode this process goes by it already.
    fn settle_later(
        &mut self,
        leg: &Leg,
        hold: Hold,
        trouble: &Trouble,
        ended: Understand,
        decide: Decide<(Settlement, Outcome)>,
    ) -> Settled {
        let own = matches!(hold, Hold::Claim(claim) if self.cell(leg).view().circuit(leg.role()).local_epoch == Some(claim.epoch));
        let kept = self.decide(leg, &|given, _| Step::unchanged(ended(given).0)).answer;
        let outcome = kept.outcome;
        let idle = outcome == Outcome::Neutral && kept.retry_after.is_none() && !matches!(hold, Hold::Claim(Claim { probe: Some(_), .. }));
        let apart = matches!(trouble, Trouble::Outage(_)) && self.sharing().on_storage_error == OnStorageError::Local;
        let phase = if apart { self.locally(leg, decide).0.phase } else { self.cell(leg).view().circuit(leg.role()).phase() };
        if idle || own && kept.retry_after.is_none() {
            return Settled { outcome, written: Written::Unchanged, phase };
        }
        let at = self.clock.wall();
        // Of a claim that only this process's own copy ever gave, the store is to hear no more than the server's word.
        let (hold, written) = if own { (Hold::Inert, Written::Unchanged) } else { (hold, Written::Kept) };
        self.board.kept.keep(leg, hold, Ended { when: When::Earlier(at), ..kept });
        Settled { outcome, written, phase }
    }
}

/// Each circuit is settled by itself: what the store refuses of one keeps nothing of the other back, and the answer says so.
fn each(circuit: Result<Settled, Problem>, resolver: Option<Result<Settled, Problem>>) -> Result<(Settled, Option<Settled>), Problem> {
    match (circuit, resolver.transpose()) {
        (Ok(circuit), Ok(resolver)) => Ok((circuit, resolver)),
        (Err(problem), Ok(None) | Err(_)) => Err(problem),
        (Err(problem), Ok(Some(_))) | (Ok(_), Err(problem)) => {
            Err(Problem { detail: format!("{}; of two circuits this is one, the other is settled", problem.detail), ..problem })
        }
    }
}

/// What a report says, by a circuit's policy, and why its `Retry-After` is ignored, if it is.
fn understand(policy: &Policy, kind: CircuitKind, report: &Report, now: Wall) -> (Ended, Option<Ignored>) {
    let outcome = classify(&policy.classify, report);
    let heard = outcome == Outcome::Failure || matches!(status_of(report), None | Some(429 | 503));
    let heard = heard && kind != CircuitKind::Resolver && policy.retry_after_cap > Millis::ZERO;
    let asked = match (report.retry_after_ms, &report.retry_after) {
        _ if !heard => Ok(None),
        (Some(ms), _) => Ok(Some(Millis(ms))),
        (None, Some(header)) => retry_after::parse(header, now).map(Some),
        (None, None) => Ok(None),
    };
    let (retry_after, ignored) = match asked {
        Ok(asked) => (asked, None),
        Err(ignored) => (None, Some(ignored)),
    };
    let what = failure_text(report);
    (Ended { what, retry_after, ..Ended::now(outcome, pace(policy, report.elapsed_ns)) }, ignored)
}

fn pace(policy: &Policy, elapsed_ns: Option<u64>) -> Pace {
    match (policy.slow_ns(), elapsed_ns) {
        (Some(limit), Some(elapsed)) if elapsed > limit => Pace::Slow,
        _ => Pace::Normal,
    }
}

/// The less certain of two.
fn worse(one: Written, two: Written) -> Written {
    let rank = |written| match written {
        Written::Unchanged => 0,
        Written::Stored => 1,
        Written::Kept => 2,
        Written::Stale => 3,
        Written::Unknown => 4,
    };
    if rank(two) > rank(one) { two } else { one }
}
