//! The native engine as a [`PolicyEngine`].

use super::clock::Clock;
use super::lifecycle::Lifecycle;
use super::native::Engine;
use super::store::Store;
use crate::advisor::{Metrics, Suggestion};
use crate::policy_engine::{EngineError, PolicyEngine, Stopped};
use crate::{
    AboutReport, Command, Commanded, Decision, Diagnostic, Explanation, Filter, Flushed, HealthReport, Identity, Lease, Listing, Outcome,
    Permit, Report, Scope, Sources, StatusReport, Tally, Target, Verdict,
};

impl<C: Clock, S: Store> Engine<C, S> {
    /// This engine, unless its host stopped it.
    pub(super) fn running(&mut self) -> Result<&mut Self, EngineError> {
        match self.steps.lifecycle {
            Lifecycle::Stopped => Err(Stopped::Trap("its host had stopped it before this request".to_owned()).into()),
            Lifecycle::Unconfigured | Lifecycle::Configured(_) => Ok(self),
        }
    }
}

impl<C: Clock, S: Store> PolicyEngine for Engine<C, S> {
    fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, EngineError> {
        self.running()?.configure(sources, identity).map_err(EngineError::Configuration)
    }

    fn allow(&mut self, target: &Target) -> Result<Decision, EngineError> {
        Ok(self.running()?.allow(target)?)
    }

    fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, EngineError> {
        Ok(self.running()?.settle(target, permit, report)?)
    }

    fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Result<Verdict, EngineError> {
        Ok(self.running()?.settle_leased(lease, tally)?)
    }

    fn status(&mut self, target: &Target) -> Result<StatusReport, EngineError> {
        Ok(self.running()?.status(target)?)
    }

    fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, EngineError> {
        Ok(self.running()?.list(filter, cursor, limit)?)
    }

    fn command(&mut self, scope: &Scope, command: &Command) -> Result<Commanded, EngineError> {
        Ok(self.running()?.command(scope, command)?)
    }

    fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, EngineError> {
        Ok(self.running()?.update_policy(scope, patch)?)
    }

    fn define(&mut self, scope: &Scope, settings: &str) -> Result<(), EngineError> {
        Ok(self.running()?.define(scope, settings)?)
    }

    fn forget(&mut self, scope: &Scope) -> Result<(), EngineError> {
        Ok(self.running()?.forget(scope)?)
    }

    fn explain(&mut self, target: &Target) -> Result<Explanation, EngineError> {
        Ok(self.running()?.explain(target)?)
    }

    fn health(&mut self) -> Result<HealthReport, EngineError> {
        Ok(Engine::health(self.running()?)?)
    }

    fn about(&mut self) -> Result<AboutReport, EngineError> {
        Ok(Engine::about(self.running()?))
    }

    fn flush(&mut self) -> Result<Flushed, EngineError> {
        Ok(self.running()?.flush()?)
    }

    fn parse_retry_after(&mut self, value: &str) -> Result<u64, EngineError> {
        Ok(Engine::parse_retry_after(self.running()?, value)?)
    }

    fn classify(&mut self, target: &Target, report: &Report) -> Result<Outcome, EngineError> {
        Ok(self.running()?.classify(target, report)?)
    }

    fn normalize_host(&mut self, host: &str) -> Result<String, EngineError> {
        Ok(Engine::normalize_host(self.running()?, host)?)
    }

    fn advise(&mut self, target: &Target, metrics: &Metrics) -> Result<Vec<Suggestion>, EngineError> {
        Ok(Engine::advise(self.running()?, target, metrics)?)
    }

    fn is_stopped(&self) -> bool {
        matches!(self.steps.lifecycle, Lifecycle::Stopped)
    }

    fn stop(&mut self) {
        self.steps.lifecycle = Lifecycle::Stopped;
    }

    fn restart(&mut self) -> Result<(), EngineError> {
        self.steps.lifecycle = Lifecycle::Unconfigured;
        Ok(())
    }
}
