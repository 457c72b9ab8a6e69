//! The parts of a model that are the same in all its states.

use crate::configuration::Configuration;
use crate::history::Histories;
use crate::model_policy::ModelPolicy;
use crate::stuck_check::StuckCheck;

/// The model of one configuration.
pub struct System {
    pub configuration: &'static Configuration,
    pub histories: Histories,
    pub stuck_check: StuckCheck,
}

impl System {
    #[must_use]
    pub fn new(configuration: &'static Configuration) -> System {
        let sources = || configuration.policies.iter().map(ModelPolicy::sources).collect();
        System { configuration, histories: Histories::new(sources()), stuck_check: StuckCheck::new(sources()) }
    }
}
