//! Whether an engine is configured or stopped.

use super::configured::{Configured, not_configured};
use crate::Problem;
use crate::config::Config;
use crate::sources::{Diagnostic, Identity, Sources};

/// Whether an engine is configured or stopped.
#[derive(Default)]
pub(super) enum Lifecycle {
    #[default]
    Unconfigured,
    Configured(Box<Configured>),
    /// The host stopped it, and must restart it.
    Stopped,
}

impl Lifecycle {
    pub fn configured(&self) -> Result<&Configured, Problem> {
        match self {
            Lifecycle::Configured(configured) => Ok(configured),
            Lifecycle::Unconfigured | Lifecycle::Stopped => Err(not_configured()),
        }
    }

    pub fn configured_mut(&mut self) -> Result<&mut Configured, Problem> {
        match self {
            Lifecycle::Configured(configured) => Ok(configured),
            Lifecycle::Unconfigured | Lifecycle::Stopped => Err(not_configured()),
        }
    }

    /// The configuration in use.
    fn in_use(&self) -> Option<&Config> {
        let state = self.configured().and_then(Configured::state).ok()?;
        Some(&state.config)
    }

    pub fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let read = match self.in_use() {
            Some(config) => config.read_again(sources),
            None => Config::read(sources),
        };
        if let Err(fault) = identity.check() {
            return Err(read.err().into_iter().flatten().chain([fault]).collect());
        }
        let (config, warnings) = read?;
        match self {
            Lifecycle::Configured(configured) => configured.reconfigure(config, identity),
            Lifecycle::Unconfigured | Lifecycle::Stopped => {
                *self = Lifecycle::Configured(Box::new(Configured::new(config, identity)));
            }
        }
        Ok(warnings)
    }
}
