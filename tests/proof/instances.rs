//! The instances in steps that one case is played in.

use crate::driver::{Driver, sources};
use crate::settings::Settings;
use crate::simulation::START;
use crate::write_checks::WriteChecks;
use fuseboard::Identity;
use fuseboard::time::{Mono, Wall};
use fuseboard_stores::{ManualClock, MemoryStore};

/// The instances in which the runs of a case are made, one after the other. Each run has a target of its own.
pub struct Instances {
    pub clock: ManualClock,
    pub store: MemoryStore,
    /// Makes the setup, unless the first instance does.
    pub before: Driver,
    pub drivers: Vec<Driver>,
    pub writes: Vec<WriteChecks>,
    pub runs: u64,
}

impl Instances {
    pub fn new(settings: &Settings, count: usize) -> Instances {
        let clock = ManualClock::at(Wall(START), Mono(0));
        let store = MemoryStore::with_clock(clock.clone());
        let document = settings.document();
        let driver = |writer| Driver::on(&store, &clock, writer, &document);
        let (before, drivers) = (driver(1), (0..count).map(|at| driver(writer(at))).collect());
        let writes = (0..count).map(|_| WriteChecks::default()).collect();
        Instances { clock, store, before, drivers, writes, runs: 0 }
    }

    pub fn configure(&mut self, at: usize, settings: &Settings) {
        let identity = Identity { writer: writer(at), seed: 1 };
        self.drivers[at].steps.configure(&sources(&settings.document()), identity).expect("valid");
    }
}

/// The writer of an instance.
fn writer(at: usize) -> u64 {
    10 + at as u64
}
