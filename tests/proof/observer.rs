//! The promises of DESIGN.md as assertions. The observer sees what a board was asked and answered, and the stored records before and after
//! it; each assertion begins with the number of its promise.

use crate::settings::Settings;
use crate::stored::{Circuit, Probe, Record, State};
use crate::watch::Log;
use fuseboard::{
    Answer, Claim, Decision, Event, EventKind, Outcome, Permit, Phase, Reason, Refusal, Report, Revision, Scope, Settled, Target, Verdict,
    Written, key,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

const DAY: u64 = 86_400_000;
/// Longer than that no monotonic clock of nanoseconds runs.
const CENTURIES: u64 = 400 * 365 * DAY;
const SWAPS_MAX: u64 = 32;

/// A circuit that a call passes, and where its record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    pub scope: Scope,
    pub key: String,
}

impl Leg {
    pub fn of(target: &Target) -> Vec<Leg> {
        let Ok(route) = key::route(target) else { return Vec::new() };
        let leg = |scope: Scope| Leg { key: key::key(&scope), scope };
        std::iter::once(route.circuit).chain(route.resolver).map(leg).collect()
    }

    fn role(&self) -> &str {
        self.scope.role.as_deref().unwrap_or(fuseboard::DEFAULT_ROLE)
    }
}

/// What stood under a key.
#[derive(Clone, Debug)]
pub struct Seen {
    pub revision: Option<Revision>,
    pub text: String,
    pub record: Rc<Option<Record>>,
}

/// One call, from outside.
pub struct Sight<'a> {
    pub legs: &'a [Leg],
    /// `None`: not to be read.
    pub before: &'a [Seen],
    pub after: &'a [Seen],
    pub log: &'a Log,
    /// The true time when the call began, and when it ended: a store may answer late.
    pub now: u64,
    pub then: u64,
    /// The board's time of day when it began.
    pub wall: u64,
    pub settings: &'a Settings,
    /// The store was well, before, after and during the call.
    pub sound: bool,
}

/// One circuit of it.
struct One<'a> {
    sight: &'a Sight<'a>,
    leg: &'a Leg,
    was: &'a Record,
    is: &'a Record,
    /// With the patches that stand in the record.
    settings: Cow<'a, Settings>,
}

/// What the observer remembers of a circuit.
#[derive(Debug, Default)]
struct Track {
    granted: Vec<Granted>,
    slots: BTreeSet<(u64, u64, u64)>,
    /// Not before this true time, give or take the skew, may an open circuit admit.
    opening: Option<(u64, u64)>,
    failures: Failures,
}

#[derive(Debug)]
struct Granted {
    epoch: u64,
    generation: u64,
    slot: u64,
    /// Its expiry by the true time: at the earliest, and at the latest.
    until: u64,
    until_then: u64,
}

/// Acknowledged failures of one generation, with no success between them.
#[derive(Debug, Default)]
struct Failures {
    epoch: u64,
    generation: u64,
    count: u64,
    last: u64,
}

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

macro_rules! promise {
    ($observer:expr, $number:literal, $holds:expr, $($seen:tt)+) => {
        $observer.made[$number] += 1;
        assert!($holds, "promise {}: {}", $number, format_args!($($seen)+));
    };
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
        let of_leg =
            |place: usize, refused: &fuseboard::Refused| if place == 0 { refused.circuit.clone() } else { refused.resolver.clone() };
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

    fn admitted(&mut self, one: &One, claim: Claim) {
        let Sight { now, then, wall, sound, .. } = *one.sight;
        let (circuit, settings, role) = (one.circuit(), &one.settings, one.leg.role());
        if one.is_overridden() {
            return;
        }
        let track = self.tracks.entry(one.leg.scope.clone()).or_default();
        let close = self.clocks == Clocks::Close;
        if sound
            && close
            && let State::Open(until) = &circuit.state
            && *until <= wall + settings.open_max() + settings.skew
            && let Some((_, due)) = track.opening.filter(|(stored, _)| stored == until)
        {
            promise!(self, 3, then + settings.skew >= due, "admitted {} ms before an open circuit's deadline", due - then);
        }
        if let (true, true, Some(cooldown)) = (sound, close, &one.was.cooldown) {
            let operators = cooldown.reason == "operator";
            let bound =
                if operators { u64::MAX } else { settings.retry_after_cap.max(settings.rolling.map_or(0, |rolling| rolling.cooldown)) };
            let clamped = cooldown.until_ms > (wall + settings.skew).saturating_add(bound);
            let over = cooldown.until_ms <= then + settings.skew;
            promise!(self, 3, over || clamped, "admitted {} ms before a cooldown's end", cooldown.until_ms - then);
        }
        match (&circuit.state, claim.probe) {
            (State::Closed(_), None) => {
                let right = (claim.epoch, claim.generation) == (one.was.epoch, circuit.generation);
                promise!(self, 2, !sound || right, "a claim {claim:?} on a closed circuit {circuit:?} of epoch {}", one.was.epoch);
            }
            (State::Open(_) | State::HalfOpen(_), Some(slot)) if sound || one.stands(one.is, &claim) => {
                let trial_calls = self.trial_calls_max.max(settings.trial_calls);
                let same = |granted: &&Granted| granted.epoch == claim.epoch && granted.generation == claim.generation;
                let unexpired = track.granted.iter().filter(same).filter(|granted| granted.until > now).count() as u64;
                let first = track.slots.insert((claim.epoch, claim.generation, slot));
                let Claim { epoch, generation, .. } = claim;
                let (until, until_then) = (now + settings.probe_timeout, then + settings.probe_timeout);
                track.granted.push(Granted { epoch, generation, slot, until, until_then });
                promise!(self, 1, !close || unexpired < trial_calls, "{unexpired} unexpired probes, and one more, of {trial_calls}");
                promise!(self, 2, first, "slot {slot} was given twice in generation {}", claim.generation);
                promise!(self, 1, one.stands(one.is, &claim), "a probe {claim:?} that is not stored in {:?}", one.is.circuit(role));
            }
            _ => assert!(!sound, "promise 1: a claim {claim:?} on {circuit:?}"),
        }
    }

    fn refused(&mut self, one: &One, refusal: &Refusal) {
        let Sight { now, wall, sound, .. } = *one.sight;
        let settings = &one.settings;
        // A probe that was over before its write was answered is refused too.
        let late = refusal.reason == Reason::HalfOpenFull && one.sight.then >= now + settings.probe_timeout;
        // When an override's time is over, anything may stand beneath it.
        if !sound || late || one.is_overridden() && refusal.reason != Reason::ForcedOpen {
            return;
        }
        let (skew, close) = (settings.skew, self.clocks == Clocks::Close);
        let wait = refusal.retry_after_ms;
        let bound = match refusal.reason {
            Reason::Open => settings.open_max() + settings.stagger + skew,
            Reason::HalfOpenFull | Reason::Storage => 1_000,
            Reason::Staggered => settings.stagger + skew,
            Reason::CooldownRetryAfter => settings.retry_after_cap + skew,
            Reason::CooldownRolling => settings.rolling.map_or(60_000, |rolling| rolling.cooldown) + skew,
            Reason::CooldownOperator | Reason::ForcedOpen => 30 * DAY + skew,
        };
        let endless = refusal.reason == Reason::ForcedOpen && wait.is_none();
        promise!(self, 6, endless || wait.is_some_and(|wait| (1..=bound).contains(&wait)), "{refusal:?}, at most {bound} ms");
        let track = self.tracks.entry(one.leg.scope.clone()).or_default();
        let (circuit, overridden) = (one.circuit(), one.is_overridden());
        match (refusal.reason, &circuit.state) {
            (Reason::Open, State::Open(until)) => {
                let due = track.opening.filter(|(stored, _)| stored == until).map(|(_, due)| due);
                if let (Some(due), true) = (due, close) {
                    promise!(self, 5, now < due + skew + settings.stagger, "still open {} ms after its deadline", now - due);
                }
            }
            (Reason::HalfOpenFull, State::HalfOpen(trial)) => {
                // By the true time where it saw the slot given, and within what clocks may differ.
                let free_from = |probe: &Probe| {
                    let current = |granted: &&Granted| (granted.epoch, granted.generation) == (one.was.epoch, circuit.generation);
                    let seen = track.granted.iter().filter(current).find(|granted| granted.slot == probe.slot);
                    seen.map_or(probe.until_ms.saturating_add(now).saturating_sub(wall), |granted| granted.until_then)
                        .saturating_add(3 * skew)
                };
                let taken = trial.probes.iter().filter(|probe| !close || free_from(probe) > now).count() as u64;
                promise!(self, 5, taken >= settings.trial_calls, "full with {taken} probes of {}", settings.trial_calls);
            }
            (Reason::Staggered, State::HalfOpen(_) | State::Open(_)) => {
                // By a clock that is behind, the open deadline that led here may not be over.
                promise!(self, 5, settings.stagger + skew > 0, "staggered without a stagger");
            }
            (Reason::CooldownOperator | Reason::CooldownRetryAfter | Reason::CooldownRolling, _) => {
                promise!(self, 3, one.was.cooldown.is_some(), "{refusal:?} without a cooldown");
            }
            (Reason::ForcedOpen, _) => {
                promise!(self, 3, overridden, "{refusal:?} without an override");
            }
            other => panic!("promise 5: {other:?} is no reason to refuse"),
        }
    }

    fn leased(&mut self, one: &One) {
        let circuit = one.is.circuit(one.leg.role());
        let healthy = matches!(circuit.state, State::Closed(_)) && circuit.streak.is_none() && one.is.cooldown.is_none();
        promise!(self, 3, healthy && !one.is.is_overridden(one.leg.role()), "a lease of {circuit:?}");
    }

    pub fn settled(&mut self, sight: &Sight, permit: Option<&Permit>, report: &Report, verdict: &Verdict) {
        self.looked(sight);
        if self.replaced_damage(&verdict.events) {
            return;
        }
        for place in 0..sight.legs.len() {
            let Some(one) = One::of(sight, place) else { continue };
            let settled = if place == 0 { Some(verdict.circuit) } else { verdict.resolver };
            let Some(settled) = settled else { panic!("a verdict for each circuit") };
            let claim = permit.map(|permit| if place == 0 { permit.circuit } else { permit.resolver });
            self.settled_one(&one, claim, report, settled);
            if sight.sound {
                self.changes_are_told(&one, &verdict.events, &verdict.changed);
            }
        }
        if sight.sound && sight.log.conflicts == 0 {
            let legs = sight.legs.len() as u64;
            let (loads, swaps) = (sight.log.loads, sight.log.swaps);
            promise!(self, 8, loads <= legs && swaps <= legs, "{loads} loads and {swaps} swaps in one `settle` of {legs} circuits");
        }
    }

    /// A problem of one circuit does not tell what became of the other.
    pub fn not_settled(&mut self, sight: &Sight) {
        self.looked(sight);
        for place in 0..sight.legs.len() {
            let Some(one) = One::of(sight, place) else { continue };
            let track = self.tracks.entry(one.leg.scope.clone()).or_default();
            track.drop_settled(one.is.epoch, one.is.circuit(one.leg.role()));
            track.failures = Failures::default();
        }
    }

    /// `claim`: `None` without a permit, `Some(None)` with one that claims nothing here.
    fn settled_one(&mut self, one: &One, claim: Option<Option<Claim>>, report: &Report, settled: Settled) {
        let (was, is) = (one.circuit(), one.is.circuit(one.leg.role()));
        if one.is_overridden() || one.is.is_overridden(one.leg.role()) {
            return;
        }
        let asks = report.retry_after.is_some() || report.retry_after_ms.is_some();
        let stands = match claim {
            None => !matches!(was.state, State::Open(_)) && !matches!(&was.state, State::HalfOpen(trial) if trial.probes.is_empty()),
            Some(None) => false,
            Some(Some(claim)) => one.stands(one.was, &claim),
        };
        if one.sight.sound {
            let written = settled.written;
            // Where nothing is to be written by the record that its `allow` left, the store is not asked: a success, or a disabled circuit's.
            let probe = claim.flatten().is_some_and(|claim| claim.probe.is_some());
            let unasked = !one.sight.log.keys.contains(&one.leg.key);
            let healthy = unasked && written == Written::Unchanged && !probe;
            if matches!(claim, Some(Some(_))) {
                promise!(self, 2, stands || healthy || written == Written::Stale, "{written:?} for {claim:?} on {was:?}");
            }
            promise!(self, 2, !stands || matches!(written, Written::Stored | Written::Unchanged), "{written:?} for {claim:?} on {was:?}");
            if !stands {
                promise!(self, 2, asks || was == is, "an inert outcome of {claim:?} made {is:?} of {was:?}");
                let clears =
                    one.is.cooldown.is_none() && one.was.cooldown.as_ref().is_some_and(|cooldown| cooldown.until_ms > one.sight.wall);
                promise!(self, 2, !clears || self.clocks == Clocks::Astray, "an inert outcome ended a cooldown");
            }
            let same = was.generation == is.generation && one.was.epoch == one.is.epoch;
            promise!(self, 7, !same || is.counted() <= was.counted() + 1, "one outcome made {is:?} of {was:?}");
        }
        let track = self.tracks.entry(one.leg.scope.clone()).or_default();
        track.drop_settled(one.is.epoch, is);
        if matches!(was.state, State::Closed(_))
            && stands
            && matches!(settled.written, Written::Stored | Written::Unchanged | Written::Unknown)
        {
            self.closed_count(one, settled.outcome, settled.written);
        }
    }

    fn closed_count(&mut self, one: &One, outcome: Outcome, written: Written) {
        let (now, settings) = (one.sight.now, &one.settings);
        let (was, is) = (one.circuit(), one.is.circuit(one.leg.role()));
        let failures = &mut self.tracks.entry(one.leg.scope.clone()).or_default().failures;
        // Stamps are times of day: by clocks astray nobody can say.
        let astray = self.clocks == Clocks::Astray;
        let late = settings.fail_gap.is_some_and(|gap| astray || now + settings.skew - failures.last > gap);
        if late || (failures.epoch, failures.generation) != (one.is.epoch, was.generation) {
            *failures = Failures { epoch: one.is.epoch, generation: was.generation, count: 0, last: now };
        }
        match outcome {
            // One whose answer was lost may have counted.
            Outcome::Success => failures.count = 0,
            Outcome::Failure if written == Written::Stored => (failures.count, failures.last) = (failures.count + 1, now),
            Outcome::Failure | Outcome::Neutral => {}
        }
        let count = failures.count;
        let closed = is.generation == was.generation && matches!(is.state, State::Closed(_));
        let reached = outcome == Outcome::Failure && written == Written::Stored && settings.fail_max.is_some_and(|most| most <= count);
        promise!(self, 4, !(closed && reached), "closed after {count} acknowledged failures: {is:?}");
    }

    /// What boards write they can read; where somebody put another text, there was no record before.
    fn replaced_damage(&mut self, events: &[Event]) -> bool {
        let replaced = events.iter().find(|event| event.kind == EventKind::RecordReplaced);
        promise!(self, 9, self.damage == Damage::Put || replaced.is_none(), "replaced what nobody damaged: {replaced:?}");
        replaced.is_some()
    }

    /// One event for each change of phase, and the circuit is named as changed.
    fn changes_are_told(&mut self, one: &One, events: &[Event], changed: &[Scope]) {
        let (was, is) = (one.circuit(), one.is.circuit(one.leg.role()));
        // What an earlier call found out that ended with a problem is told by the next: it is no news of this one.
        let mine = |event: &&Event| {
            event.generation > was.generation
                && event.here
                && event.kind == EventKind::PhaseChanged
                && event.circuit.as_ref().is_some_and(|circuit| *circuit == one.leg.scope)
        };
        let told: Vec<(u64, Option<Phase>)> = events.iter().filter(mine).map(|event| (event.generation, event.to)).collect();
        if one.is_overridden() || one.is.is_overridden(one.leg.role()) || one.was.epoch != one.is.epoch && one.was.epoch != 0 {
            return;
        }
        let steps: Vec<u64> = (was.generation..is.generation).map(|before| before + 1).collect();
        let generations: Vec<u64> = told.iter().map(|(generation, _)| *generation).collect();
        promise!(self, 8, generations == steps, "events of {told:?} from {was:?} to {is:?}");
        let last = told.last().is_none_or(|(_, to)| *to == Some(is.phase()));
        promise!(self, 8, last, "the last of {told:?} leads to {is:?}");
        let covered = changed.iter().any(|scope| scope.covers(&one.leg.scope));
        promise!(self, 3, steps.is_empty() || covered, "{changed:?} does not name {}", one.leg.scope);
    }

    fn waits_are_bounded(&mut self, one: &One) {
        let Sight { now, then, wall, .. } = *one.sight;
        let settings = &one.settings;
        let State::Open(until) = one.is.circuit(one.leg.role()).state else { return };
        let known = self.tracks.get(&one.leg.scope).and_then(|track| track.opening).filter(|(stored, _)| *stored == until);
        let wait = known.map_or(until.saturating_add(now).saturating_sub(wall), |(_, due)| due).saturating_sub(then);
        let most = settings.open_max() + settings.skew;
        promise!(self, 6, self.clocks == Clocks::Astray || wait <= most, "open for {wait} ms, at most {most}");
    }

    /// What every call leaves behind.
    pub fn looked(&mut self, sight: &Sight) {
        let Sight { now, then, wall, settings, log, .. } = *sight;
        let operations = log.loads + log.swaps;
        self.operations_max = self.operations_max.max(operations);
        promise!(self, 8, log.swaps <= SWAPS_MAX, "{} swaps in one call", log.swaps);
        for (text, ttl) in &log.written {
            let same = sight.after.iter().find(|seen| seen.text == *text).map(|seen| seen.record.clone());
            let record = same.unwrap_or_else(|| Record::read(Some(text)).into());
            let Some(record) = record.as_ref() else { panic!("promise 13: a record that cannot be read: {text}") };
            let least = DAY + 2 * settings.skew + 60_000;
            let lives = match (record.deadlines(), ttl) {
                (None, None) => true,
                (Some(deadlines), Some(ttl)) => {
                    let longest = deadlines.iter().map(|until| until.saturating_sub(wall + then - now)).max().unwrap_or(0).min(CENTURIES);
                    let longest = if self.clocks == Clocks::Close { longest.saturating_sub(settings.skew) } else { 0 };
                    ttl.0 >= least && ttl.0 >= longest
                }
                _ => false,
            };
            promise!(self, 12, lives, "{ttl:?} for {text}");
            promise!(self, 12, text.len() <= 65_536, "{} bytes are written", text.len());
        }
        for (place, leg) in sight.legs.iter().enumerate() {
            let Some(one) = One::of(sight, place) else { continue };
            self.tracks.entry(leg.scope.clone()).or_default().follow(one.is.circuit(leg.role()), now, wall);
        }
    }
}

impl Track {
    /// An opening that it has not seen yet was written by the board that was just asked: its deadline is by that board's clock.
    fn follow(&mut self, circuit: &Circuit, now: u64, wall: u64) {
        if let State::Open(until) = circuit.state
            && self.opening.is_none_or(|(stored, _)| stored != until)
        {
            self.opening = Some((until, until.saturating_add(now).saturating_sub(wall)));
        }
    }

    /// Probes whose slot no longer stands are over.
    fn drop_settled(&mut self, epoch: u64, circuit: &Circuit) {
        let State::HalfOpen(trial) = &circuit.state else { return };
        let current = |granted: &Granted| (granted.epoch, granted.generation) == (epoch, circuit.generation);
        self.granted.retain(|granted| !current(granted) || trial.probes.iter().any(|probe| probe.slot == granted.slot));
    }
}

impl<'a> One<'a> {
    fn of(sight: &'a Sight<'a>, place: usize) -> Option<One<'a>> {
        let (was, is) = (Option::as_ref(&sight.before.get(place)?.record)?, Option::as_ref(&sight.after.get(place)?.record)?);
        let leg = sight.legs.get(place)?;
        let settings = patched(sight.settings, &leg.scope, was);
        Some(One { sight, leg, was, is, settings })
    }

    fn circuit(&self) -> &'a Circuit {
        self.was.circuit(self.leg.role())
    }

    fn is_overridden(&self) -> bool {
        self.was.is_overridden(self.leg.role())
    }

    /// Whether a claim has what it claims: epoch, generation, slot.
    fn stands(&self, record: &Record, claim: &Claim) -> bool {
        let circuit = record.circuit(self.leg.role());
        // Taken while nothing was stored, it stands in the record that others have made since.
        let unborn = claim.epoch == 0;
        let slot = match (&circuit.state, claim.probe) {
            (State::Closed(_), None) => true,
            (State::HalfOpen(trial), Some(slot)) => trial.probes.iter().any(|probe| probe.slot == slot),
            _ => false,
        };
        (unborn || claim.epoch == record.epoch) && claim.generation == circuit.generation && slot
    }
}

impl Circuit {
    pub fn phase(&self) -> Phase {
        match self.state {
            State::Closed(_) => Phase::Closed,
            State::Open(_) => Phase::Open,
            State::HalfOpen(_) => Phase::HalfOpen,
        }
    }
}

/// By the patches that stand in a record.
fn patched<'a>(settings: &'a Settings, scope: &Scope, record: &Record) -> Cow<'a, Settings> {
    let whole = Scope { role: None, ..scope.clone() };
    let of_whole = match &record.patch {
        Some(patch) => Cow::Owned(settings.patched(&whole, patch)),
        None => Cow::Borrowed(settings),
    };
    // A name or a resolver has but the one patch.
    let Some(own) = &scope.role else { return of_whole };
    let of_role = |role: &str| {
        let patch = record.circuit(role).patch.as_ref();
        patch.map(|patch| of_whole.patched(&Scope { role: Some(role.to_owned()), ..scope.clone() }, patch))
    };
    // The cooldown is the whole host's: the largest cap of any role holds.
    let others = record.roles.keys().filter_map(|role| of_role(role)).map(|settings| settings.retry_after_cap).max();
    let mut settings = of_role(own).map_or_else(|| of_whole.clone(), Cow::Owned);
    if let Some(cap) = others.filter(|cap| *cap > settings.retry_after_cap) {
        settings.to_mut().retry_after_cap = cap;
    }
    settings
}
