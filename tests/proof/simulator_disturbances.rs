//! What disturbs a random run: new configurations, changes by others, and records that leave the cache.

use crate::driver::{Driver, Progress, sources};
use crate::observer::Damage;
use crate::settings::Settings;
use crate::simulator::Simulator;
use crate::write_checks::WriteChecks;
use fuseboard::{Identity, Scope, Target, key};
use std::collections::{BTreeMap, BTreeSet};

/// More than a cache of records holds.
const EVICTING: u64 = 10_001;
const DAMAGED: [&str; 3] = ["", "{", r#"{"format":2}"#];

impl Simulator {
    /// Configures the instance again, also with more slots.
    pub fn configure(&mut self) {
        let more = if self.mix.counts_every_outcome() { 0 } else { self.random_below(2) };
        let text = Settings { trial_calls: self.settings.trial_calls + more, ..self.settings.clone() }.document();
        self.driver.steps.configure(&sources(&text), Identity { writer: self.writer, seed: 1 }).expect("valid");
    }

    /// Others change the store, or the instance's process ends and another one starts.
    pub fn change_outside(&mut self) {
        let target = self.target();
        match self.random_below(4) {
            0 => self.driver.store.wipe(),
            1 | 2 => {
                let damaged = self.one_of(&DAMAGED).expect("one");
                self.driver.store.put(&key::key(&Scope::name(&*target.name)), damaged);
                self.observer.damage = Damage::Put;
            }
            _ => self.restart(),
        }
        self.observer.forget();
    }

    fn restart(&mut self) {
        self.writer += 1;
        self.driver = Driver::on(&self.driver.store, &self.driver.clock, self.writer, &self.settings.document());
        (self.writes, self.lost, self.back) = (WriteChecks::default(), 0, 0);
        (self.allowing, self.settling) = (BTreeMap::new(), BTreeMap::new());
        (self.operating, self.swaps) = (BTreeSet::new(), BTreeMap::new());
    }

    /// Uses so many other records that those of the open requests leave the cache.
    pub fn evict(&mut self) {
        for n in 0..EVICTING {
            let step = self.driver.steps.status(self.driver.now(), &Target::name(format!("other-{n}"))).expect("valid");
            if let Progress::Store(token) = self.driver.take(step) {
                self.driver.carry_out(token);
                self.driver.deliver(token);
            }
        }
    }
}
