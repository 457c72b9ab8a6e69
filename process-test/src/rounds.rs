//! Rounds in which all processes call the same two names, while some of them are stopped or killed at random moments.

use crate::evidence::Evidence;
use crate::fleet::Fleet;
use crate::message::Message;
use crate::observer::Observer;
use crate::policy;
use crate::service::Service;
use crate::time_source::TimeSource;
use fastrand::Rng;
use std::path::Path;
use std::time::{Duration, Instant};

/// Attempts of each process and round to call a name whose failures are counted.
const COUNTED_CALLS: u32 = 8;
/// Attempts of each process and round to call a name whose circuit opens and is probed.
const PROBED_CALLS: u32 = 25;
/// Commands for each process and round.
const COMMANDS: u32 = 2;
/// About the number of messages of a process in a round.
const MESSAGES: u64 = 90;
/// The longest usual stop.
const STOP_MS_MAX: u64 = 60;
/// One of this many stops is a long one.
const STOPS_PER_LONG_STOP: u64 = 20;
/// Longer than a probe's slot and all other waits.
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
    messages: u64,
    commands_done: u32,
    has_ended: bool,
    is_killed: bool,
}

impl Progress {
    fn note(&mut self, message: &Message) {
        self.messages += 1;
        self.commands_done += u32::from(matches!(message, Message::Done { .. }));
    }

    fn end(&mut self, process: usize) {
        assert!(self.is_killed, "process {process} has ended, and was not killed");
        self.has_ended = true;
    }

    /// Whether the process has written all its messages of the round.
    fn is_done(&self) -> bool {
        if self.is_killed { self.has_ended } else { self.commands_done == COMMANDS }
    }

    /// Whether it is time for a disturbance after this many messages.
    fn is_due(&self, messages: u64) -> bool {
        self.messages > messages && !self.is_done()
    }
}

/// Processes that were stopped, and when they are resumed.
#[derive(Default)]
struct Stopped(Vec<(Instant, usize)>);

impl Stopped {
    fn stop(&mut self, fleet: &Fleet, index: usize, during: Duration) {
        fleet.stop(index);
        self.0.push((Instant::now() + during, index));
    }

    fn next_due(&self) -> Option<Instant> {
        self.0.iter().map(|(until, _)| *until).min()
    }

    fn resume_due(&mut self, fleet: &Fleet) {
        let now = Instant::now();
        self.0.retain(|(until, index)| {
            if *until <= now {
                fleet.resume(*index);
            }
            *until > now
        });
    }

    fn resume_all(&self, fleet: &Fleet) {
        self.0.iter().for_each(|(_, index)| fleet.resume(*index));
    }
}

/// Processes with one store, and an observer that checks them.
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

/// A disturbance of a process, and when it happens.
#[derive(Clone, Copy)]
struct PlannedDisturbance {
    index: usize,
    /// After this many messages of the process.
    messages: u64,
    disturbance: Disturbance,
}

impl Rounds {
    #[must_use]
    pub fn new(program: &Path, url: &str, processes: usize, seed: u64) -> Rounds {
        let service = Service::start();
        let fleet = Fleet::start(program, url, service.port(), vec![TimeSource::ACCURATE; processes]);
        Rounds {
            fleet,
            service,
            observer: Observer::new(url, TimeSource::ACCURATE),
            random: Rng::with_seed(seed),
            totals: Totals::default(),
        }
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
        self.fleet.send_all(&format!("call {count} {COUNTED_CALLS}"));
        self.fleet.send_all(&format!("call {probe} {PROBED_CALLS}"));
        let planned = self.plan();
        let (evidence, killed) = self.run(planned);
        self.check_counts(&evidence, &count, killed.len());
        self.check_probes(&evidence, &probe);
        for index in killed {
            self.fleet.replace(index);
        }
    }

    /// Plans a disturbance of one or two processes.
    fn plan(&mut self) -> Vec<PlannedDisturbance> {
        let first = self.random.usize(0..self.fleet.len());
        let disturbed = self.random.usize(1..=2);
        (0..disturbed)
            .map(|n| {
                let ms = if self.random.u64(0..STOPS_PER_LONG_STOP) == 0 { LONG_STOP_MS } else { self.random.u64(1..=STOP_MS_MAX) };
                let disturbance = if self.random.bool() { Disturbance::Kill } else { Disturbance::Stop { ms } };
                PlannedDisturbance { index: (first + n) % self.fleet.len(), messages: self.random.u64(0..MESSAGES), disturbance }
            })
            .collect()
    }

    /// Reads all messages of a round, and disturbs processes as planned. Also returns the processes that were killed.
    fn run(&mut self, mut planned: Vec<PlannedDisturbance>) -> (Evidence, Vec<usize>) {
        let mut evidence = Evidence::default();
        let mut progress = vec![Progress::default(); self.fleet.len()];
        let mut stopped = Stopped::default();
        while !progress.iter().all(Progress::is_done) {
            stopped.resume_due(&self.fleet);
            let Some(next) = self.fleet.next(stopped.next_due()) else { continue };
            let sender = &mut progress[next.process];
            match next.message {
                Some(message) => {
                    sender.note(&message);
                    evidence.add(next.process, message);
                }
                None => sender.end(next.process),
            }
            planned.retain(|planned| {
                let is_due = progress[planned.index].is_due(planned.messages);
                if is_due {
                    self.disturb(planned, &mut stopped);
                    progress[planned.index].is_killed |= planned.disturbance == Disturbance::Kill;
                }
                !is_due
            });
        }
        // A process may have been stopped after its last message.
        stopped.resume_all(&self.fleet);
        (evidence, (0..progress.len()).filter(|index| progress[*index].is_killed).collect())
    }

    fn disturb(&mut self, planned: &PlannedDisturbance, stopped: &mut Stopped) {
        match planned.disturbance {
            Disturbance::Kill => {
                self.fleet.kill(planned.index);
                self.totals.kills += 1;
            }
            Disturbance::Stop { ms } => {
                stopped.stop(&self.fleet, planned.index, Duration::from_millis(ms));
                self.totals.stops += 1;
            }
        }
    }

    /// Promises 4 and 7: each acknowledged failure counts, and none counts twice.
    fn check_counts(&mut self, evidence: &Evidence, name: &str, kills: usize) {
        let (counts, counted, calls) = (evidence.counts(name), self.observer.counted(name), self.service.calls(name));
        let (least, most) = (counts.acknowledged, counts.acknowledged + counts.in_doubt());
        assert!((least..=most).contains(&counted), "{name}: {counted} counted, {counts:?}");
        assert!(counts.unended <= kills as u64, "{name}: {kills} kills, {counts:?}");
        assert!((counts.begun - counts.unended..=counts.begun).contains(&calls), "{name}: {calls} calls arrived, {counts:?}");
        assert_eq!(evidence.kept, 0, "{name}: outcomes stay in the backlog");
        self.totals.calls += calls;
        self.totals.acknowledged += counts.acknowledged;
        self.totals.in_doubt += counts.in_doubt();
    }

    /// Promises 1, 5 and 6: there are never more probes than allowed, no wait is too long, and no circuit is stuck.
    fn check_probes(&mut self, evidence: &Evidence, name: &str) {
        let most = evidence.most_probes_at_once();
        assert!(most <= policy::TRIAL_CALLS, "{name}: {most} probes had a slot at one time");
        let longest = evidence.waits_ms.iter().max().copied().unwrap_or(0);
        assert!(longest <= policy::WAIT_MAX_MS, "{name}: the longest wait is {longest} ms");
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
