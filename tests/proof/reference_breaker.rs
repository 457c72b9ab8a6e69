//! A simple breaker for one circuit in one process, in whole milliseconds. It was written from the documentation alone, without
//! reading `src/`, and is short enough to be checked by reading it.

use fuseboard::Outcome;

#[derive(Clone, Debug)]
pub struct Rules {
    pub fail_max: Option<u64>,
    pub fail_gap: Option<u64>,
    pub reset: u64,
    /// The factor by which the wait grows with each re-opening, and the longest wait (if `reset` is not longer).
    pub backoff: (u64, u64),
    pub success_threshold: u64,
    pub trial_failures: u64,
    pub trial_calls: usize,
    pub probe_timeout: u64,
    pub retry_after_cap: u64,
    pub skew: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    Closed,
    /// Until this time.
    Open(u64),
    /// Successes, failures, and the probes in flight with their expiry.
    HalfOpen(u64, u64, Vec<(u64, u64)>),
}

/// Generation and probe.
pub type ReferencePermit = (u64, Option<u64>);

pub struct Breaker {
    pub rules: Rules,
    pub phase: Phase,
    /// The number of failures, and the time of the last.
    pub streak: (u64, u64),
    pub openings: u32,
    pub generation: u64,
    /// The number of the last admitted call, which identifies a probe.
    pub last_probe: u64,
    pub cooldown: u64,
}

impl Breaker {
    fn enter(&mut self, phase: Phase) {
        (self.phase, self.generation) = (phase, self.generation + 1);
    }

    pub fn open(&mut self, now: u64) {
        let (times, longest) = self.rules.backoff;
        let wait = (0..self.openings).fold(self.rules.reset, |wait, _| (wait * times).min(longest.max(self.rules.reset)));
        self.openings += 1;
        self.enter(Phase::Open(now + wait));
    }

    /// Applies the time elapsed since the last request.
    pub fn apply_elapsed_time(&mut self, now: u64) {
        if matches!(self.phase, Phase::Open(until) if until <= now) {
            self.enter(Phase::HalfOpen(0, 0, Vec::new()));
        }
    }

    /// Returns a permit, or how long to wait.
    pub fn allow(&mut self, now: u64) -> Result<ReferencePermit, u64> {
        self.apply_elapsed_time(now);
        let (calls, reusable_from) = (self.rules.trial_calls, |(_, until): &(u64, u64)| until + 2 * self.rules.skew);
        let wait = match &self.phase {
            Phase::Closed => 0,
            Phase::Open(until) => until - now,
            Phase::HalfOpen(_, _, probes) if probes.iter().filter(|probe| reusable_from(probe) > now).count() < calls => 0,
            Phase::HalfOpen(_, _, probes) => {
                probes.iter().map(reusable_from).filter(|free| *free > now).min().map_or(0, |free| free - now).min(1_000)
            }
        };
        let wait = wait.max(self.cooldown.saturating_sub(now));
        if wait > 0 {
            return Err(wait);
        }
        self.last_probe += 1;
        let Phase::HalfOpen(_, _, probes) = &mut self.phase else { return Ok((self.generation, None)) };
        if probes.len() >= calls
            && let Some(expired) = probes.iter().position(|(_, until)| until + 2 * self.rules.skew <= now)
        {
            probes.remove(expired);
        }
        probes.push((self.last_probe, now + self.rules.probe_timeout));
        Ok((self.generation, Some(self.last_probe)))
    }

    /// Returns whether the outcome counted.
    pub fn settle(&mut self, permit: ReferencePermit, outcome: Outcome, retry_after: Option<u64>, now: u64) -> bool {
        self.apply_elapsed_time(now);
        self.cooldown = self.cooldown.max(retry_after.map_or(0, |wait| now + wait.min(self.rules.retry_after_cap)));
        let is_valid = match &mut self.phase {
            Phase::Closed => true,
            Phase::Open(_) => false,
            Phase::HalfOpen(_, _, probes) => {
                let before = probes.len();
                probes.retain(|(probe, _)| permit.0 != self.generation || Some(*probe) != permit.1);
                probes.len() < before
            }
        };
        let counts = is_valid && permit.0 == self.generation;
        match (outcome, &mut self.phase) {
            (Outcome::Success, Phase::Closed) if counts => self.streak.0 = 0,
            (Outcome::Success, Phase::HalfOpen(successes, ..)) if counts => {
                *successes += 1;
                if *successes >= self.rules.success_threshold {
                    (self.streak.0, self.openings) = (0, 0);
                    self.enter(Phase::Closed);
                }
            }
            (Outcome::Failure, phase) if counts => {
                let aged = self.rules.fail_gap.is_some_and(|gap| now - self.streak.1 > gap);
                self.streak = (if aged { 1 } else { self.streak.0 + 1 }, now);
                let opens = if let Phase::HalfOpen(_, failures, _) = phase {
                    *failures += 1;
                    *failures > self.rules.trial_failures
                } else {
                    self.rules.fail_max.is_some_and(|most| self.streak.0 >= most)
                };
                if opens {
                    self.open(now);
                }
            }
            _ => {}
        }
        counts
    }
}
