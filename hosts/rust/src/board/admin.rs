//! Status, commands and the other requests beside the call path, over all engines of a board.

use super::handle::Board;
use super::request_runner::{RequestRunner, on_this_thread};
use super::target_status::TargetStatus;
use crate::error::Error;
use fuseboard::advisor::{Metrics, Suggestion};
use fuseboard::key;
use fuseboard::{
    AboutReport, CircuitKind, Command, Commanded, Diagnostic, Explanation, Filter, Flushed, HealthReport, Listing, Outcome, PolicyEngine,
    Report, Scope, Sources, Target,
};
use std::time::Duration;

/// Each fails if the engine rejects the request with a [`Problem`](fuseboard::Problem), or was stopped during it.
#[allow(clippy::missing_errors_doc)]
impl Board {
    /// Returns the current status of a target's circuits, and of the store.
    ///
    /// `refused` is the board's count and includes repeated refusals, except those of targets that the board has evicted: it remembers
    /// 16,384 of them.
    pub fn status(&self, target: &Target) -> Result<TargetStatus, Error> {
        on_this_thread(self.runner().status(target))
    }

    /// Lists circuits that have a stored record, at most `limit` (1 to 1,000) records a page. Pass the returned cursor to continue. A page
    /// before the last one may be empty.
    pub fn list(&self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Error> {
        on_this_thread(self.runner().list(filter, cursor, limit))
    }

    /// Carries out an operator's command on a circuit or a whole host.
    pub fn command(&self, scope: &Scope, command: &Command) -> Result<Commanded, Error> {
        on_this_thread(self.runner().command(scope, command))
    }

    /// Changes a live policy for every process: a JSON object of settings. `None` removes the patch.
    pub fn update_policy(&self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, Error> {
        on_this_thread(self.runner().update_policy(scope, patch))
    }

    /// Defines the settings of a circuit, or of a whole host, in this process: a JSON object of settings, above flags and beneath
    /// operators' patches. A later definition replaces an earlier one. Counts of failures and trials may be up to 2^31 - 1 here.
    ///
    /// Nothing is stored. It applies until [`Board::forget`], also after a reload and after an engine was restarted. It ends leases of
    /// the circuit and of no other. At most 65,536 scopes have a definition.
    pub fn define(&self, scope: &Scope, settings: &str) -> Result<(), Error> {
        self.set_definition(scope, Some(settings))
    }

    /// Removes what [`Board::define`] set.
    pub fn forget(&self, scope: &Scope) -> Result<(), Error> {
        self.set_definition(scope, None)
    }

    fn set_definition(&self, scope: &Scope, settings: Option<&str>) -> Result<(), Error> {
        let (inner, canonical) = (self.current(), key::canonical(scope)?);
        let slot = inner.slot_of(&canonical.name);
        // Each engine serves the resolvers of its own hosts and names.
        let slots = if canonical.kind == CircuitKind::Resolver { 0..inner.engines.len() } else { slot..slot + 1 };
        for slot in slots {
            inner.engines.define(slot, &canonical, settings)?;
        }
        inner.drop_grants(&[canonical]);
        Ok(())
    }

    /// Returns each effective value and where it comes from.
    pub fn explain(&self, target: &Target) -> Result<Explanation, Error> {
        on_this_thread(self.runner().explain(target))
    }

    /// Returns whether the store can be reached, over all engines: lost since the first of them lost it. A restarted engine knows of no
    /// outage.
    pub fn health(&self) -> Result<HealthReport, Error> {
        let mut all = HealthReport { storage_lost_since_ms: None, kept: 0, dropped: 0 };
        for slot in 0..self.current().engines.len() {
            let one = self.current().engines.with_engine(slot, PolicyEngine::health)?;
            let lost = [all.storage_lost_since_ms, one.storage_lost_since_ms];
            all.storage_lost_since_ms = lost.into_iter().flatten().min();
            all.kept = all.kept.saturating_add(one.kept);
            all.dropped = all.dropped.saturating_add(one.dropped);
        }
        self.current().dispatch(&[]);
        Ok(all)
    }

    /// Returns versions and limits.
    pub fn about(&self) -> Result<AboutReport, Error> {
        self.current().engines.with_engine(0, PolicyEngine::about)
    }

    /// Reports every tally, and writes the backlogs of all engines. Begins no request after `limit`. [`Flushed::kept`] says how many
    /// outcomes are left. If an engine fails, the others write all the same, and the first error is returned at the end.
    pub fn flush(&self, limit: Duration) -> Result<Flushed, Error> {
        self.current().flush(limit)
    }

    /// As [`Board::flush`], within the time that all boards of this process have in all for it: 2 s. The same time limits
    /// [`Board::close`] and the drop of a board. It comes back as fast as it was spent while no board spends it.
    ///
    /// For a process that is about to end and cannot drop its boards, because other parts of the program own them.
    pub fn flush_before_exit(&self) -> Result<Flushed, Error> {
        self.current().flush_before_exit()
    }

    /// Returns the wait that a `Retry-After` value asks for now, uncapped.
    pub fn parse_retry_after(&self, value: &str) -> Result<Duration, Error> {
        self.current().engines.with_engine(0, |engine| engine.parse_retry_after(value)).map(Duration::from_millis)
    }

    /// Returns what a report would count as, for the target's circuit.
    pub fn classify(&self, target: &Target, report: &Report) -> Result<Outcome, Error> {
        let state = self.current().target(target)?;
        self.current().engines.with_engine(state.slot, |engine| engine.classify(target, report))
    }

    /// Returns the canonical spelling of a host.
    pub fn normalize_host(&self, host: &str) -> Result<String, Error> {
        self.current().engines.with_engine(0, |engine| engine.normalize_host(host))
    }

    /// Returns bounded tuning advice from aggregated telemetry.
    pub fn advise(&self, target: &Target, metrics: &Metrics) -> Result<Vec<Suggestion>, Error> {
        self.current().engines.with_engine(0, |engine| engine.advise(target, metrics))
    }

    /// Replaces the configuration of every engine, until the next one or until a [`reload`](Board::reload) reads the builder's sources
    /// again. A bad one changes nothing. Leases end. Returns the warnings.
    pub fn reconfigure(&self, sources: Sources) -> Result<Vec<Diagnostic>, Error> {
        self.current().reconfigure(sources)
    }

    /// Restarts every engine before its next request, under a new writer. What the engines held in memory is lost; records in the store and
    /// the board's leases stay. After a fork, call [`Board::after_fork_in_child`] instead.
    pub fn renew(&self) {
        self.current().engines.stop_all();
    }

    fn runner(&self) -> RequestRunner<'_> {
        RequestRunner::OnThisThread(self.current())
    }
}
