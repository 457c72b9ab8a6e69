//! The contract's exports, each in the manner that the plan has for it.

use crate::plan::{Manner, begin, configure};
use crate::wit::exports::fuseboard::breaker::advisor::{self, Metrics, Suggestion};
use crate::wit::exports::fuseboard::breaker::board::{
    AboutReport, Action, Commanded, Configured, Decision, Diagnostic, Explanation, Filter, Flushed, Guest, HealthReport, Identity, Lease,
    Listing, Outcome, Permit, Problem, Report, Scope, Sources, StatusReport, Tally, Target, Verdict,
};
use crate::{Evil, dull, flood, lie};

/// One answer for each manner; the enormous ones are lists of scopes, where the answer has any.
fn manner<T>(
    export: &str,
    name: &str,
    dull: impl FnOnce() -> T,
    lying: impl FnOnce() -> Result<T, Problem>,
    swell: impl FnOnce(&mut T, Vec<Scope>),
) -> Result<T, Problem> {
    let mut answer = match begin(export, name)? {
        Manner::Lying => return lying(),
        Manner::Dull => return Ok(dull()),
        Manner::Enormous => (dull(), flood::scopes()),
        Manner::EnormousByOneText => (dull(), flood::aliases()),
    };
    swell(&mut answer.0, answer.1);
    Ok(answer.0)
}

/// For an answer that has no list.
fn small<T>(export: &str, name: &str, dull: impl FnOnce() -> T, lying: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    manner(export, name, dull, lying, |_, scopes| std::mem::forget(scopes))
}

impl Guest for Evil {
    fn configure(sources: Sources, identity: Identity) -> Result<Configured, Vec<Diagnostic>> {
        configure(&sources, identity.writer).map(|()| Configured { warnings: Vec::new() })
    }

    fn allow(target: Target) -> Result<Decision, Problem> {
        let lying = || Ok(lie::decision(&target));
        manner("allow", &target.name, dull::decision, lying, |decision, scopes| decision.changed = scopes)
    }

    fn settle(target: Target, _: Option<Permit>, _: Report) -> Result<Verdict, Problem> {
        manner("settle", &target.name, dull::verdict, || Ok(lie::verdict()), |verdict, scopes| verdict.changed = scopes)
    }

    fn settle_leased(lease: Lease, _: Tally) -> Result<Verdict, Problem> {
        let name = lease.circuits.first().map_or("", |circuit| circuit.name.as_str());
        manner("settle-leased", name, dull::verdict, || Ok(lie::verdict()), |verdict, scopes| verdict.changed = scopes)
    }

    fn status(target: Target) -> Result<StatusReport, Problem> {
        small("status", &target.name, dull::status, || Ok(lie::status()))
    }

    fn list(_: Filter, _: Option<String>, _: u32) -> Result<Listing, Problem> {
        manner(
            "list",
            "",
            dull::listing,
            || Ok(lie::listing()),
            |listing, scopes| {
                listing.unreadable = scopes.into_iter().map(|scope| scope.name).collect();
            },
        )
    }

    fn command(scope: Scope, _: Action) -> Result<Commanded, Problem> {
        manner("command", &scope.name, dull::commanded, || Ok(lie::commanded()), |commanded, scopes| commanded.changed = scopes)
    }

    fn update_policy(scope: Scope, _: Option<String>) -> Result<Commanded, Problem> {
        manner("update-policy", &scope.name, dull::commanded, || Ok(lie::commanded()), |commanded, scopes| commanded.changed = scopes)
    }

    fn explain(target: Target) -> Result<Explanation, Problem> {
        small("explain", &target.name, dull::explanation, || Ok(lie::explanation()))
    }

    fn health() -> Result<HealthReport, Problem> {
        small("health", "", dull::health, || Ok(lie::health()))
    }

    fn about() -> AboutReport {
        small("about", "", dull::about, || Ok(lie::about())).unwrap_or_else(|_| dull::about())
    }

    fn flush() -> Result<Flushed, Problem> {
        manner("flush", "", dull::flushed, || Ok(lie::flushed()), |flushed, scopes| flushed.changed = scopes)
    }

    fn parse_retry_after(value: String) -> Result<u64, Problem> {
        small("parse-retry-after", &value, || 0, || Ok(u64::MAX))
    }

    fn classify(target: Target, _: Report) -> Result<Outcome, Problem> {
        small("classify", &target.name, || Outcome::Success, || Err(lie::problem()))
    }

    fn normalize_host(host: String) -> Result<String, Problem> {
        small("normalize-host", &host, || host.clone(), || Err(lie::problem()))
    }
}

impl advisor::Guest for Evil {
    fn advise(metrics: Metrics) -> Result<Vec<Suggestion>, advisor::Problem> {
        small("advise", &metrics.target.name, Vec::new, || Ok(lie::suggestions()))
    }
}
