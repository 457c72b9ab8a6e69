//! Compares the engine with the reference breaker and the window oracle, over random sequences and policies.

use crate::figures::at_random;
use crate::random_actions::{self, outcome};
use crate::reference_breaker::{Breaker, Phase as Reference, ReferencePermit, Rules};
use crate::settings::{Settings, Window};
use crate::simulation::{Simulation, report};
use crate::window_oracle::{self, PastCall};
use fuseboard::{Answer, CircuitStatus, Outcome, Permit, Phase, Report, Target, WindowCounts, Written};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Allow,
    /// With one of the permits held, or without a permit.
    Settle {
        held: Option<usize>,
        outcome: Outcome,
        speed: Speed,
        retry_after: Option<u64>,
    },
    Wait(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speed {
    Normal,
    Slow,
}

fn step() -> impl Strategy<Value = Step> {
    let speed = prop_oneof![2 => Just(Speed::Normal), 1 => Just(Speed::Slow)];
    let held = prop_oneof![5 => (0_usize..4).prop_map(Some), 1 => Just(None)];
    let retry_after = prop_oneof![12 => Just(None), 1 => (0_u64..4_000).prop_map(Some)];
    let settle = (held, outcome(), speed, retry_after).prop_map(|(held, outcome, speed, retry_after)| Step::Settle {
        held,
        outcome,
        speed,
        retry_after,
    });
    // Waits that end at deadlines, just before them, and at random times.
    let wait = prop_oneof![Just(1), Just(499), Just(500), Just(999), Just(1_000), Just(1_001), 1_u64..5_000];
    prop_oneof![5 => Just(Step::Allow), 8 => settle, 3 => wait.prop_map(Step::Wait)]
}

fn rules(settings: &Settings) -> Rules {
    Rules {
        fail_max: settings.fail_max,
        fail_gap: settings.fail_gap,
        reset: settings.reset,
        backoff: settings.backoff,
        success_threshold: settings.success_threshold,
        trial_failures: settings.trial_failures,
        trial_calls: usize::try_from(settings.trial_calls).expect("few"),
        probe_timeout: settings.probe_timeout,
        retry_after_cap: settings.retry_after_cap,
        skew: settings.skew,
    }
}

/// The engine and the reference that it is compared with.
struct Pair {
    simulation: Simulation,
    target: Target,
    breaker: Breaker,
    window: Option<Window>,
    past: Vec<PastCall>,
    held: Vec<(Permit, ReferencePermit)>,
}

impl Pair {
    fn new(settings: &Settings) -> Pair {
        let breaker = Breaker {
            rules: rules(settings),
            phase: Reference::Closed,
            streak: (0, 0),
            openings: 0,
            generation: 0,
            last_probe: 0,
            cooldown: 0,
        };
        let simulation = Simulation::new(std::slice::from_ref(settings));
        Pair { simulation, target: Target::name("db"), breaker, window: settings.window, past: Vec::new(), held: Vec::new() }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Allow => self.allow(),
            Step::Settle { held, outcome, speed, retry_after } => self.settle(*held, *outcome, *speed, *retry_after),
            Step::Wait(ms) => self.simulation.advance(*ms),
        }
        let status = self.simulation.boards[0].engine.status(&self.target).expect("a status").circuit;
        self.compare(&status);
    }

    fn allow(&mut self) {
        let decision = self.simulation.allow(0, &self.target).expect("a decision");
        match (decision.answer, self.breaker.allow(self.simulation.now)) {
            (Answer::Admitted(admitted), Ok(reference_permit)) => self.held.push((admitted.permit, reference_permit)),
            (Answer::Refused(refused), Err(wait)) => assert_eq!(refused.retry_after_ms, Some(wait), "how long to wait"),
            (engine, reference) => panic!("the engine returned {engine:?}, the reference {reference:?}"),
        }
    }

    fn settle(&mut self, held: Option<usize>, outcome: Outcome, speed: Speed, retry_after: Option<u64>) {
        let now = self.simulation.now;
        self.breaker.apply_elapsed_time(now);
        let (permit, reference_permit) = match held.filter(|_| !self.held.is_empty()) {
            Some(place) => {
                let (permit, reference_permit) = self.held.remove(place % self.held.len());
                (Some(permit), reference_permit)
            }
            None => (None, self.without_permit()),
        };
        let elapsed_ns = Some(if speed == Speed::Slow { 100_000_001 } else { 100_000_000 });
        let report = Report { retry_after_ms: retry_after, elapsed_ns, ..report(outcome) };
        let verdict = self.simulation.settle(0, &self.target, permit.as_ref(), &report).expect("a verdict");
        let slow = speed == Speed::Slow && self.window.is_some_and(|window| window.slow_call_rate.is_some());
        let failed_probe = slow && outcome == Outcome::Success && matches!(self.breaker.phase, Reference::HalfOpen(..));
        let closed = self.breaker.phase == Reference::Closed;
        // A caller's wait does not apply to the caller's own outcome `success`.
        let applied = retry_after.filter(|_| outcome != Outcome::Success);
        let counted = self.breaker.settle(reference_permit, if failed_probe { Outcome::Failure } else { outcome }, applied, now);
        if permit.is_some() {
            assert_eq!(counted, verdict.circuit.written != Written::Stale, "whether {outcome:?} counts: {verdict:?}");
        }
        if let (true, Some(window)) = (counted && closed && outcome != Outcome::Neutral, self.window) {
            self.past.push(PastCall { at: now, failed: outcome == Outcome::Failure, slow });
            if self.breaker.phase == Reference::Closed && window_oracle::trips(&of_window(&window), &self.past, now) {
                self.breaker.open(now);
            }
        }
        if self.breaker.phase != Reference::Closed {
            self.past.clear();
        }
    }

    /// The permit under which an outcome without a permit counts: of the oldest slot if the circuit is half-open.
    fn without_permit(&self) -> ReferencePermit {
        match &self.breaker.phase {
            Reference::HalfOpen(_, _, probes) => (self.breaker.generation, probes.first().map(|(probe, _)| *probe)),
            _ => (self.breaker.generation, None),
        }
    }

    fn compare(&mut self, status: &CircuitStatus) {
        let now = self.simulation.now;
        self.breaker.apply_elapsed_time(now);
        let (phase, remaining, trial) = match &self.breaker.phase {
            Reference::Closed => (Phase::Closed, None, (0, 0, 0)),
            Reference::Open(until) => (Phase::Open, Some(until - now), (0, 0, 0)),
            Reference::HalfOpen(successes, failures, probes) => {
                (Phase::HalfOpen, None, (*successes, *failures, probes.iter().filter(|(_, until)| *until > now).count() as u64))
            }
        };
        assert_eq!((status.phase, status.remaining_ms), (phase, remaining), "the phase");
        let shown = (u64::from(status.trial_successes), u64::from(status.trial_failures), u64::from(status.probes));
        assert_eq!(shown, trial, "successes, failures and probes while half-open");
        assert_eq!(u64::from(status.failure_streak), self.breaker.streak.0, "the streak");
        let cooldown = Some(self.breaker.cooldown.saturating_sub(now)).filter(|left| *left > 0);
        assert_eq!(status.cooldown.as_ref().map(|cooldown| cooldown.remaining_ms), cooldown, "the cooldown");
        if let (Some(window), Reference::Closed) = (&self.window, &self.breaker.phase) {
            let inside = window_oracle::in_window(&of_window(window), &self.past, now);
            let count = |of: fn(&PastCall) -> bool| u32::try_from(inside.iter().filter(|one| of(one)).count()).expect("few");
            let counts =
                WindowCounts { successes: count(|one| !one.failed), failures: count(|one| one.failed), slow: count(|one| one.slow) };
            assert_eq!(status.window.unwrap_or_default(), counts, "the window");
        }
    }
}

fn of_window(window: &Window) -> window_oracle::Rules {
    let Window { size, minimum_calls, failure_rate, failure_count, slow_call_rate, .. } = *window;
    window_oracle::Rules { size, minimum_calls, failure_rate, failure_count, slow_call_rate }
}

#[test]
fn the_engine_agrees_with_the_reference_breaker_and_the_window_oracle() {
    let sequences = (random_actions::rules(), proptest::collection::vec(step(), 1..80));
    let figures = at_random("agreement", &[2, 4, 5], 1_000, &sequences, |(settings, sequence)| {
        let mut pair = Pair::new(&settings);
        sequence.iter().for_each(|step| pair.step(step));
        vec![("steps", sequence.len() as u64), ("changes of phase", pair.breaker.generation)]
    });
    figures.write();
}
