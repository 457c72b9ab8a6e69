//! `allow`: may this call pass its one or two circuits?

use super::call::{Call, Repeat};
use super::leg::{Leg, Legs};
use super::ports::{Clock, Store};
use super::trouble::Trouble;
use crate::answer::{Admitted, Answer, Decision, Reason, Refusal, Refused};
use crate::machine::allow::{FULL_RETRY_MAX, Gate, allow, at_rest, still_open};
use crate::machine::given::{Given, Step};
use crate::machine::policy::{Mode, OnStorageError};
use crate::machine::record::Record;
use crate::machine::settle::{Ended, Hold, Pace, settle};
use crate::permit::{Claim, Outcome, Permit};
use crate::time::{Deadline, Millis};
use crate::{Problem, Target};

/// By what a circuit was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    Store,
    /// This process's own copy.
    Local,
    /// The last record seen, since others wrote it all the time: good for an answer, not for a probe.
    Seen,
    /// Nothing: the answer is about the store.
    Nothing,
}

pub(super) struct Asked {
    pub gate: Gate,
    pub ground: Ground,
    /// The gate holds only once something is stored.
    pending: Pending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    Nothing,
    Write,
}

impl Asked {
    fn refuses(&self) -> bool {
        matches!(self.gate, Gate::Refuse(_))
    }
}

impl<C: Clock, S: Store> Call<'_, C, S> {
    pub fn allow(mut self, target: &Target) -> Result<Decision, Problem> {
        let legs = self.board.ways.legs(target)?;
        let Legs { circuit, resolver } = &*legs;
        self.hand_in_kept();
        let mut first = self.ask_leg(circuit)?;
        let mut second = match resolver {
            Some(leg) => Some((leg, self.ask_leg(leg)?)),
            None => None,
        };
        if first.refuses() || second.as_ref().is_some_and(|(_, asked)| asked.refuses()) {
            self.tidy(circuit, &first);
            if let Some((leg, asked)) = &second {
                self.tidy(leg, asked);
            }
        } else {
            first = self.take(circuit, first)?;
            if !first.refuses()
                && let Some((leg, asked)) = second
            {
                let taken = self.take(leg, asked)?;
                if taken.refuses() {
                    self.give_back(circuit, &first.gate);
                }
                second = Some((leg, taken));
            }
        }
        self.reject_late(&mut first, second.as_mut().map(|(_, asked)| asked));
        Ok(self.answer(circuit, first, second))
    }

    /// Loads and decides, and writes nothing yet.
    fn ask_leg(&mut self, leg: &Leg) -> Result<Asked, Problem> {
        let ground = match self.fetch(leg) {
            Ok(()) => Ground::Store,
            Err(Trouble::TooLarge(why)) => return Err(Trouble::TooLarge(why).into()),
            Err(Trouble::Contended) => Ground::Seen,
            Err(_) => match self.sharing().on_storage_error {
                OnStorageError::Local => Ground::Local,
                OnStorageError::Reject => return Ok(self.unasked(leg)),
            },
        };
        let record = self.cell(leg).view();
        leg.check_room(record)?;
        if let Some(gate) = at_rest(record, leg.role()).or_else(|| self.still_open(leg)) {
            return Ok(Asked { gate, ground, pending: Pending::Nothing });
        }
        let step = self.decide(leg, &allow);
        let pending = if step.write.is_some() { Pending::Write } else { Pending::Nothing };
        Ok(Asked { gate: step.answer, ground, pending })
    }

    /// By the reading that this call began with: what the store took meanwhile may be waited once more, and never too little.
    fn still_open(&mut self, leg: &Leg) -> Option<Gate> {
        let (now, seed) = (self.start(), self.board.identity.seed);
        let (policy, cell) = self.policed(leg);
        still_open(&policy, &leg.scope, seed, cell.view(), now)
    }

    /// The store cannot be asked, and the configuration says `reject`.
    fn unasked(&mut self, leg: &Leg) -> Asked {
        let wait = self.board.outage.alone_for(self.mono()).unwrap_or(FULL_RETRY_MAX);
        let refusal = self.refusal(leg, Reason::Storage, wait);
        let gate = match self.policy(leg).mode {
            Mode::Enforce => Gate::Refuse(refusal),
            Mode::Observe => Gate::Observed(refusal),
        };
        Asked { gate, ground: Ground::Nothing, pending: Pending::Nothing }
    }

    /// Stores what an admission needs, and decides anew where others were faster.
    fn take(&mut self, leg: &Leg, asked: Asked) -> Result<Asked, Problem> {
        if asked.pending == Pending::Nothing {
            return Ok(asked);
        }
        let pending = Pending::Nothing;
        match asked.ground {
            Ground::Local => return Ok(Asked { gate: self.locally(leg, &allow), ..asked }),
            Ground::Seen => return Ok(Asked { gate: self.without_probe(leg), ..asked }),
            Ground::Store | Ground::Nothing => {}
        }
        match self.turn(leg, Repeat::Allowed, &allow) {
            Ok((gate, _)) => Ok(Asked { gate, ground: Ground::Store, pending }),
            Err(Trouble::Contended) => Ok(Asked { gate: self.without_probe(leg), ground: Ground::Seen, pending }),
            Err(Trouble::TooLarge(why)) => Err(Trouble::TooLarge(why).into()),
            Err(_) => match self.sharing().on_storage_error {
                OnStorageError::Local => Ok(Asked { gate: self.locally(leg, &allow), ground: Ground::Local, pending }),
                OnStorageError::Reject => Ok(self.unasked(leg)),
            },
        }
    }

    /// The answer by the last record seen, where the write of a probe was always lost to others.
    fn without_probe(&mut self, leg: &Leg) -> Gate {
        match self.decide(leg, &allow).answer {
            Gate::Probe(..) => Gate::Refuse(self.refusal(leg, Reason::HalfOpenFull, FULL_RETRY_MAX)),
            gate => gate,
        }
    }

    fn refusal(&mut self, leg: &Leg, reason: Reason, wait: Millis) -> Refusal {
        let last_failure = self.cell(leg).view().circuit(leg.role()).last_failure.clone();
        Refusal { reason, retry_after_ms: Some(wait.0), last_failure }
    }

    /// Stores what a refusal found out (a cooldown that is over, a wait that was too long), if no other was faster.
    fn tidy(&mut self, leg: &Leg, asked: &Asked) {
        if !asked.refuses() || asked.pending == Pending::Nothing {
            return;
        }
        let refusing = |given: &Given, record: &Record| {
            let step = allow(given, record);
            if matches!(step.answer, Gate::Refuse(_)) { step } else { Step::unchanged(step.answer) }
        };
        match asked.ground {
            Ground::Local => drop(self.locally(leg, &refusing)),
            // The refusal stands whether or not this is stored: the next question finds the same out again.
            Ground::Store => drop(self.turn(leg, Repeat::Allowed, &refusing)),
            Ground::Seen | Ground::Nothing => {}
        }
    }

    /// The other circuit refused after all. If this fails the slot ends at its deadline.
    fn give_back(&mut self, leg: &Leg, gate: &Gate) {
        let Gate::Probe(claim, _) = gate else { return };
        let ended = Ended::now(Outcome::Neutral, Pace::Normal);
        let neutral = |given: &Given, record: &Record| settle(given, record, Hold::Claim(*claim), &ended);
        if self.turn(leg, Repeat::Never, &neutral).is_err() {
            self.locally(leg, &neutral);
        }
    }

    /// A caller that was paused while its probe was written must not start with a dead permit.
    fn reject_late(&mut self, first: &mut Asked, second: Option<&mut Asked>) {
        let late = |asked: &Asked, mono| matches!(asked.gate, Gate::Probe(_, Deadline { due, .. }) if due <= mono);
        let probing = |asked: &Asked| matches!(asked.gate, Gate::Probe(..));
        if !probing(first) && !second.as_ref().is_some_and(|asked| probing(asked)) {
            return;
        }
        let mono = self.mono();
        let refusal = Refusal { reason: Reason::HalfOpenFull, retry_after_ms: Some(FULL_RETRY_MAX.0), last_failure: None };
        for asked in std::iter::once(first).chain(second) {
            if late(asked, mono) {
                asked.gate = Gate::Refuse(refusal.clone());
            }
        }
    }

    fn answer(&mut self, circuit: &Leg, first: Asked, second: Option<(&Leg, Asked)>) -> Decision {
        let resolver = second.as_ref().map(|(leg, _)| *leg);
        let lease = self.lease(circuit, &first, second.as_ref());
        let (claim, verdict) = read(first.gate);
        let (resolver_claim, resolver_verdict) = second.map_or((None, None), |(_, asked)| read(asked.gate));
        let enforced = [&verdict, &resolver_verdict].into_iter().flatten().any(|(mode, _)| *mode == Mode::Enforce);
        let mode = if enforced { Mode::Enforce } else { Mode::Observe };
        let of_mode = |verdict: Option<(Mode, Refusal)>| verdict.filter(|(of, _)| *of == mode).map(|(_, refusal)| refusal);
        let refused = self.refused(circuit, of_mode(verdict), resolver, of_mode(resolver_verdict), mode);
        let answer = match refused {
            Some(refused) if mode == Mode::Enforce => Answer::Refused(refused),
            would_refuse => {
                let permit = Permit { circuit: claim, resolver: resolver_claim };
                Answer::Admitted(Admitted { permit, lease: lease.map(Box::new), would_refuse: would_refuse.map(Box::new) })
            }
        };
        let (events, changed) = self.told();
        Decision { answer, events, changed }
    }

    fn refused(
        &mut self,
        leg: &Leg,
        circuit: Option<Refusal>,
        other: Option<&Leg>,
        resolver: Option<Refusal>,
        mode: Mode,
    ) -> Option<Refused> {
        let longest = match (&circuit, &resolver) {
            (None, None) => return None,
            (Some(one), None) | (None, Some(one)) => one.retry_after_ms,
            (Some(one), Some(other)) => one.retry_after_ms.zip(other.retry_after_ms).map(|(one, other)| one.max(other)),
        };
        let mut repeat = u64::MAX;
        for leg in [circuit.is_some().then_some(leg), other.filter(|_| resolver.is_some())].into_iter().flatten() {
            let (policy, cell) = self.policed(leg);
            repeat = repeat.min(policy.lease.lasts.0);
            if mode == Mode::Enforce {
                cell.count_refusal(leg.role());
            }
        }
        let repeat = if mode == Mode::Enforce { repeat.min(longest.unwrap_or(u64::MAX)) } else { 0 };
        let repeat_ms = u32::try_from(repeat).unwrap_or(0);
        Some(Refused { circuit, resolver, retry_after_ms: longest, repeat_ms })
    }
}

/// A gate's claim, and what it refuses by which mode.
fn read(gate: Gate) -> (Option<Claim>, Option<(Mode, Refusal)>) {
    match gate {
        Gate::Pass(claim, _) | Gate::Probe(claim, _) | Gate::Waved(claim) => (Some(claim), None),
        Gate::Observed(refusal) => (None, Some((Mode::Observe, refusal))),
        Gate::Refuse(refusal) => (None, Some((Mode::Enforce, refusal))),
    }
}
