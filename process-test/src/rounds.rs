//! Rounds in which all processes call the same two names, while some of them are stopped or killed at random moments.

use crate::clock::TimeOfDay;
use crate::evidence::Evidence;
use crate::fleet::Fleet;
use crate::observer::Observer;
use crate::policy;
use crate::report::Report;
use crate::service::Service;
use fastrand::Rng;
use std::path::Path;
use std::time::{Duration, Instant};

/// Attempts of each process and round: failing calls that only count, and calls of a name that opens and is probed.
const COUNTED: u32 = 8;
const PROBED: u32 = 25;
/// The commands that each process is given in a round.
const COMMANDS: u32 = 2;
/// A process says about so many lines in a round.
const LINES: u64 = 80;
const STOP_MS_MAX: u64 = 60;
/// Of so many stops, one is longer than a probe's slot and all other waits.
const LONG_STOP: u64 = 20;
const LONG_STOP_MS: u64 = 300;

/// What happened in all rounds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    pub rounds: u64,
    pub calls: u64,
    pub kills: u64,
    pub stops: u64,
    pub acknowledged: u64,
    pub in_doubt: u64,
    pub probes: u64,
    pub generations: u64,
    pub most_probes_at_once: u64,
    pub rounds_with_rival_probes: u64,
    pub longest_recovery_ms: u64,
}

/// How far a process is in a round.
#[derive(Clone, Default)]
struct Progress {
    lines: u64,
    commands_done: u32,
    has_ended: bool,
    is_killed: bool,
}

impl Progress {
    fn hear(&mut self, report: &Report) {
        self.lines += 1;
        self.commands_done += u32::from(matches!(report, Report::Done { .. }));
    }

    fn end(&mut self, process: usize) {
        assert!(self.is_killed, "process {process} has ended by itself");
        self.has_ended = true;
    }

    /// A process that was killed is over when all that it said is read.
    fn is_over(&self) -> bool {
        if self.is_killed { self.has_ended } else { self.commands_done == COMMANDS }
    }

    fn is_due(&self, lines: u64) -> bool {
        self.lines > lines && !self.is_over()
    }
}

/// Processes that were stopped, and when they go on.
#[derive(Default)]
struct Stopped(Vec<(Instant, usize)>);

impl Stopped {
    fn stop(&mut self, fleet: &Fleet, place: usize, during: Duration) {
        fleet.stop(place);
        self.0.push((Instant::now() + during, place));
    }

    fn next_due(&self) -> Option<Instant> {
        self.0.iter().map(|(until, _)| *until).min()
    }

    fn resume_due(&mut self, fleet: &Fleet) {
        let now = Instant::now();
        self.0.retain(|(until, place)| {
            if *until <= now {
                fleet.resume(*place);
            }
            *until > now
        });
    }

    fn resume_all(&self, fleet: &Fleet) {
        self.0.iter().for_each(|(_, place)| fleet.resume(*place));
    }
}

/// Processes with one store, and a board of the test's own that checks them.
pub struct Rounds {
    fleet: Fleet,
    service: Service,
    observer: Observer,
    random: Rng,
    totals: Totals,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Disturbance {
    Kill,
    Stop { ms: u64 },
}

/// A disturbance of a process, after so many of its lines.
#[derive(Clone, Copy)]
struct Planned {
    place: usize,
    lines: u64,
    disturbance: Disturbance,
}

impl Rounds {
    #[must_use]
    pub fn new(program: &Path, url: &str, processes: usize, seed: u64) -> Rounds {
        let service = Service::start();
        let fleet = Fleet::start(program, url, service.port(), vec![TimeOfDay::RIGHT; processes]);
        Rounds { fleet, service, observer: Observer::new(url, TimeOfDay::RIGHT), random: Rng::with_seed(seed), totals: Totals::default() }
    }

    #[must_use]
    pub fn observer(&self) -> &Observer {
        &self.observer
    }

    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Plays one round and checks it.
    ///
    /// # Panics
    /// If a promise is broken.
    pub fn play(&mut self) {
        self.totals.rounds += 1;
        let (count, probe) = (format!("count-{}", self.totals.rounds), format!("{}{}", policy::PROBED_PREFIX, self.totals.rounds));
        self.fleet.send_all(&format!("call {count} {COUNTED}"));
        self.fleet.send_all(&format!("call {probe} {PROBED}"));
        let planned = self.plan();
        let (evidence, killed) = self.listen(planned);
        self.check_counts(&evidence, &count, killed.len());
        self.check_probes(&evidence, &probe);
        for place in killed {
            self.fleet.replace(place);
        }
    }

    /// At most one disturbance for each process: two of them are left alone at least.
    fn plan(&mut self) -> Vec<Planned> {
        let first = self.random.usize(0..self.fleet.len());
        let disturbed = self.random.usize(1..=2);
        (0..disturbed)
            .map(|n| {
                let ms = if self.random.u64(0..LONG_STOP) == 0 { LONG_STOP_MS } else { self.random.u64(1..=STOP_MS_MAX) };
                let disturbance = if self.random.bool() { Disturbance::Kill } else { Disturbance::Stop { ms } };
                Planned { place: (first + n) % self.fleet.len(), lines: self.random.u64(0..LINES), disturbance }
            })
            .collect()
    }

    /// Reads all lines of a round, and disturbs processes as planned. Returns the processes that were killed too.
    fn listen(&mut self, mut planned: Vec<Planned>) -> (Evidence, Vec<usize>) {
        let mut evidence = Evidence::default();
        let mut progress = vec![Progress::default(); self.fleet.len()];
        let mut stopped = Stopped::default();
        while !progress.iter().all(Progress::is_over) {
            stopped.resume_due(&self.fleet);
            let Some(said) = self.fleet.next(stopped.next_due()) else { continue };
            let speaker = &mut progress[said.process];
            match said.report {
                Some(report) => {
                    speaker.hear(&report);
                    evidence.take_in(said.process, report);
                }
                None => speaker.end(said.process),
            }
            planned.retain(|planned| {
                let is_due = progress[planned.place].is_due(planned.lines);
                if is_due {
                    self.disturb(planned, &mut stopped);
                    progress[planned.place].is_killed |= planned.disturbance == Disturbance::Kill;
                }
                !is_due
            });
        }
        // A process may have said all before it was stopped.
        stopped.resume_all(&self.fleet);
        (evidence, (0..progress.len()).filter(|place| progress[*place].is_killed).collect())
    }

    fn disturb(&mut self, planned: &Planned, stopped: &mut Stopped) {
        match planned.disturbance {
            Disturbance::Kill => {
                self.fleet.kill(planned.place);
                self.totals.kills += 1;
            }
            Disturbance::Stop { ms } => {
                stopped.stop(&self.fleet, planned.place, Duration::from_millis(ms));
                self.totals.stops += 1;
            }
        }
    }

    /// Promises 4 and 7: each acknowledged failure counts, and none counts twice.
    fn check_counts(&mut self, evidence: &Evidence, name: &str, kills: usize) {
        let (tally, counted, calls) = (evidence.tally(name), self.observer.counted(name), self.service.calls(name));
        let (least, most) = (tally.acknowledged, tally.acknowledged + tally.in_doubt());
        assert!((least..=most).contains(&counted), "{name}: {counted} counted, {tally:?}");
        assert!(tally.unended <= kills as u64, "{name}: {kills} kills, {tally:?}");
        assert!((tally.begun - tally.unended..=tally.begun).contains(&calls), "{name}: {calls} calls arrived, {tally:?}");
        assert_eq!(evidence.kept, 0, "{name}: outcomes stay in the backlog");
        self.totals.calls += calls;
        self.totals.acknowledged += tally.acknowledged;
        self.totals.in_doubt += tally.in_doubt();
    }

    /// Promises 1, 5 and 6: never more probes than allowed, no wait that is too long, and no circuit that is stuck.
    fn check_probes(&mut self, evidence: &Evidence, name: &str) {
        let most = evidence.probes_at_once();
        assert!(most <= policy::TRIAL_CALLS, "{name}: {most} probes had a slot at one time");
        let longest = evidence.waits_ms.iter().max().copied().unwrap_or(0);
        assert!(longest <= policy::WAIT_MAX_MS, "{name}: a refusal names {longest} ms");
        let recovery = u64::try_from(self.observer.close(name).as_millis()).unwrap_or(u64::MAX);
        let totals = &mut self.totals;
        totals.calls += self.service.calls(name);
        totals.probes += evidence.probes() as u64;
        totals.generations += evidence.generations() as u64;
        totals.most_probes_at_once = totals.most_probes_at_once.max(most as u64);
        totals.rounds_with_rival_probes += u64::from(evidence.probing_processes() > 1);
        totals.longest_recovery_ms = totals.longest_recovery_ms.max(recovery);
    }
}

impl Totals {
    /// The figures that the reliability page shows.
    #[must_use]
    pub fn figures(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("rounds", self.rounds),
            ("calls", self.calls),
            ("processes killed", self.kills),
            ("processes stopped", self.stops),
            ("failures acknowledged", self.acknowledged),
            ("failures in doubt", self.in_doubt),
            ("probes", self.probes),
            ("generations with probes", self.generations),
            ("most probes at one time", self.most_probes_at_once),
            ("rounds with probes of several processes", self.rounds_with_rival_probes),
            ("longest recovery ms", self.longest_recovery_ms),
        ]
    }
}
