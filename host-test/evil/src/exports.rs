//! The exports of the contract. Each answers in the style that the plan selects.

use crate::plan::{self, AnswerStyle};
use crate::wit::exports::fuseboard::breaker::advisor::{self, Metrics, Suggestion};
use crate::wit::exports::fuseboard::breaker::board::{
    AboutReport, Action, Commanded, Configured, Decision, Diagnostic, Explanation, Filter, Flushed, Guest, HealthReport, Identity, Lease,
    Listing, Outcome, Permit, Problem, Report, Scope, Sources, StatusReport, Tally, Target, Verdict,
};
use crate::{Evil, flood, lie, minimal};

/// The answer of an export in the selected style. `enlarge` puts many scopes into an answer that has a list.
fn answer<T>(
    export: &str,
    name: &str,
    minimal: impl FnOnce() -> T,
    invalid: impl FnOnce() -> Result<T, Problem>,
    enlarge: impl FnOnce(&mut T, Vec<Scope>),
) -> Result<T, Problem> {
    let (mut answer, scopes) = match plan::begin(export, name)? {
        AnswerStyle::False => return invalid(),
        AnswerStyle::Minimal => return Ok(minimal()),
        AnswerStyle::Huge => (minimal(), flood::scopes()),
        AnswerStyle::HugeFromOneText => (minimal(), flood::aliases()),
    };
    enlarge(&mut answer, scopes);
    Ok(answer)
}

/// The same for an answer without a list.
fn answer_without_list<T>(
    export: &str,
    name: &str,
    minimal: impl FnOnce() -> T,
    invalid: impl FnOnce() -> Result<T, Problem>,
) -> Result<T, Problem> {
    answer(export, name, minimal, invalid, |_, scopes| std::mem::forget(scopes))
}

impl Guest for Evil {
    fn configure(sources: Sources, identity: Identity) -> Result<Configured, Vec<Diagnostic>> {
        plan::configure(&sources, identity.writer).map(|()| Configured { warnings: Vec::new() })
    }

    fn allow(target: Target) -> Result<Decision, Problem> {
        let invalid = || Ok(lie::decision(&target));
        answer("allow", &target.name, minimal::decision, invalid, |decision, scopes| decision.changed = scopes)
    }

    fn settle(target: Target, _: Option<Permit>, _: Report) -> Result<Verdict, Problem> {
        answer("settle", &target.name, minimal::verdict, || Ok(lie::verdict()), |verdict, scopes| verdict.changed = scopes)
    }

    fn settle_leased(lease: Lease, _: Tally) -> Result<Verdict, Problem> {
        let name = lease.circuits.first().map_or("", |circuit| circuit.name.as_str());
        answer("settle-leased", name, minimal::verdict, || Ok(lie::verdict()), |verdict, scopes| verdict.changed = scopes)
    }

    fn status(target: Target) -> Result<StatusReport, Problem> {
        answer_without_list("status", &target.name, minimal::status, || Ok(lie::status()))
    }

    fn list(_: Filter, _: Option<String>, _: u32) -> Result<Listing, Problem> {
        answer(
            "list",
            "",
            minimal::listing,
            || Ok(lie::listing()),
            |listing, scopes| {
                listing.unreadable = scopes.into_iter().map(|scope| scope.name).collect();
            },
        )
    }

    fn command(scope: Scope, _: Action) -> Result<Commanded, Problem> {
        answer("command", &scope.name, minimal::commanded, || Ok(lie::commanded()), |commanded, scopes| commanded.changed = scopes)
    }

    fn update_policy(scope: Scope, _: Option<String>) -> Result<Commanded, Problem> {
        answer("update-policy", &scope.name, minimal::commanded, || Ok(lie::commanded()), |commanded, scopes| commanded.changed = scopes)
    }

    fn define(scope: Scope, _: String) -> Result<(), Problem> {
        answer_without_list("define", &scope.name, || (), || Ok(()))
    }

    fn forget(scope: Scope) -> Result<(), Problem> {
        answer_without_list("forget", &scope.name, || (), || Ok(()))
    }

    fn explain(target: Target) -> Result<Explanation, Problem> {
        answer_without_list("explain", &target.name, minimal::explanation, || Ok(lie::explanation()))
    }

    fn health() -> Result<HealthReport, Problem> {
        answer_without_list("health", "", minimal::health, || Ok(lie::health()))
    }

    fn about() -> AboutReport {
        answer_without_list("about", "", minimal::about, || Ok(lie::about())).unwrap_or_else(|_| minimal::about())
    }

    fn flush() -> Result<Flushed, Problem> {
        answer("flush", "", minimal::flushed, || Ok(lie::flushed()), |flushed, scopes| flushed.changed = scopes)
    }

    fn parse_retry_after(value: String) -> Result<u64, Problem> {
        answer_without_list("parse-retry-after", &value, || 0, || Ok(u64::MAX))
    }

    fn classify(target: Target, _: Report) -> Result<Outcome, Problem> {
        answer_without_list("classify", &target.name, || Outcome::Success, || Err(lie::problem()))
    }

    fn normalize_host(host: String) -> Result<String, Problem> {
        answer_without_list("normalize-host", &host, || host.clone(), || Err(lie::problem()))
    }
}

impl advisor::Guest for Evil {
    fn advise(metrics: Metrics) -> Result<Vec<Suggestion>, advisor::Problem> {
        answer_without_list("advise", &metrics.target.name, Vec::new, || Ok(lie::suggestions()))
    }
}
