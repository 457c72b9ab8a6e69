//! The component: each export of the contract converts its arguments, calls the one engine of this instance, and converts the answer.

#[allow(clippy::all, clippy::pedantic, missing_docs)]
mod wit;
mod from_wit;
mod imports;
mod convert;
mod to_wit;
mod steps;

use crate::advisor::Suggestion;
use crate::{Diagnostic, Engine, Problem, ProblemCode, Target};
use imports::{HostClock, HostStore};
use std::cell::Cell;
use wit::exports::fuseboard::breaker::{advisor, board};

struct Component;

wit::export!(Component with_types_in wit);

type ComponentEngine = Engine<HostClock, HostStore>;

thread_local! {
    /// The engine. An export takes it out and puts it back: if an import throws, the instance is left unconfigured, and not borrowed
    /// forever.
    static ENGINE: Cell<Option<Box<ComponentEngine>>> = const { Cell::new(None) };
}

fn with_engine<T, W: From<T>>(request: impl FnOnce(&mut ComponentEngine) -> Result<T, Problem>) -> Result<W, board::Problem> {
    let Some(mut engine) = ENGINE.take() else { return Err(not_configured().into()) };
    let answer = request(&mut engine);
    ENGINE.set(Some(engine));
    Ok(answer?.into())
}

fn not_configured() -> Problem {
    Problem::new(
        ProblemCode::NotConfigured,
        "this instance has no configuration, or lost it when an import trapped: call `configure` first",
    )
}

impl board::Guest for Component {
    fn configure(sources: board::Sources, identity: board::Identity) -> Result<board::Configured, Vec<board::Diagnostic>> {
        let configured = ENGINE.take();
        let was_configured = configured.is_some();
        let mut engine = configured.unwrap_or_else(|| Box::new(Engine::new(HostClock, HostStore)));
        let answer = engine.configure(&sources.into(), identity.into());
        if was_configured || answer.is_ok() {
            ENGINE.set(Some(engine));
        }
        let to_wit = |diagnostics: Vec<Diagnostic>| diagnostics.into_iter().map(Into::into).collect();
        answer.map(|warnings| board::Configured { warnings: to_wit(warnings) }).map_err(to_wit)
    }

    fn allow(target: board::Target) -> Result<board::Decision, board::Problem> {
        with_engine(|engine| engine.allow(&target.into()))
    }

    fn settle(target: board::Target, permit: Option<board::Permit>, report: board::Report) -> Result<board::Verdict, board::Problem> {
        with_engine(|engine| engine.settle(&target.into(), permit.map(Into::into).as_ref(), &report.into()))
    }

    fn settle_leased(lease: board::Lease, tally: board::Tally) -> Result<board::Verdict, board::Problem> {
        with_engine(|engine| engine.settle_leased(&lease.into(), tally.into()))
    }

    fn status(target: board::Target) -> Result<board::StatusReport, board::Problem> {
        with_engine(|engine| engine.status(&target.into()))
    }

    fn list(filter: board::Filter, cursor: Option<String>, limit: u32) -> Result<board::Listing, board::Problem> {
        with_engine(|engine| engine.list(&filter.into(), cursor.as_deref(), limit))
    }

    fn command(scope: board::Scope, action: board::Action) -> Result<board::Commanded, board::Problem> {
        with_engine(|engine| engine.command(&scope.into(), &action.into()))
    }

    fn update_policy(scope: board::Scope, patch: Option<String>) -> Result<board::Commanded, board::Problem> {
        with_engine(|engine| engine.update_policy(&scope.into(), patch.as_deref()))
    }

    fn define(scope: board::Scope, settings: String) -> Result<(), board::Problem> {
        with_engine(|engine| engine.define(&scope.into(), &settings))
    }

    fn forget(scope: board::Scope) -> Result<(), board::Problem> {
        with_engine(|engine| engine.forget(&scope.into()))
    }

    fn explain(target: board::Target) -> Result<board::Explanation, board::Problem> {
        with_engine(|engine| engine.explain(&target.into()))
    }

    fn health() -> Result<board::HealthReport, board::Problem> {
        with_engine(|engine| engine.health())
    }

    /// Needs no configuration, so it uses a new engine.
    fn about() -> board::AboutReport {
        Engine::new(HostClock, HostStore).about().into()
    }

    fn flush() -> Result<board::Flushed, board::Problem> {
        with_engine(ComponentEngine::flush)
    }

    fn parse_retry_after(value: String) -> Result<u64, board::Problem> {
        with_engine(|engine| engine.parse_retry_after(&value))
    }

    fn classify(target: board::Target, report: board::Report) -> Result<board::Outcome, board::Problem> {
        with_engine(|engine| engine.classify(&Target::from(target), &report.into()))
    }

    fn normalize_host(host: String) -> Result<String, board::Problem> {
        with_engine(|engine| engine.normalize_host(&host))
    }
}

impl advisor::Guest for Component {
    fn advise(metrics: advisor::Metrics) -> Result<Vec<advisor::Suggestion>, advisor::Problem> {
        let (target, metrics) = from_wit::metrics(metrics);
        let suggestions: Vec<Suggestion> = with_engine(|engine| engine.advise(&target, &metrics))?;
        Ok(suggestions.into_iter().map(Into::into).collect())
    }
}
