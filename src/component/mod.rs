//! The component: the contract's exports, each handed to the one engine of this instance. WIT types ↔ ours, nothing else.

mod from_wit;
mod lent;
mod same;
mod to_wit;

use crate::advisor::Suggestion;
use crate::{Diagnostic, Engine, Problem, ProblemCode, Target};
use lent::{LentClock, LentStore};
use std::cell::Cell;
use wit::exports::fuseboard::breaker::{advisor, board};

#[allow(clippy::all, clippy::pedantic, missing_docs)]
mod wit {
    wit_bindgen::generate!({ world: "breaker", path: "wit", generate_all });
}

struct Component;

wit::export!(Component with_types_in wit);

type Board = Engine<LentClock, LentStore>;

thread_local! {
    /// Taken out for the length of a call and put back after it: a host that throws from an import leaves a board that is not
    /// configured, not one that is borrowed for ever.
    static BOARD: Cell<Option<Box<Board>>> = const { Cell::new(None) };
}

fn ask<T, W: From<T>>(question: impl FnOnce(&mut Board) -> Result<T, Problem>) -> Result<W, board::Problem> {
    let Some(mut board) = BOARD.take() else { return Err(not_configured().into()) };
    let answer = question(&mut board);
    BOARD.set(Some(board));
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
        let configured = BOARD.take();
        let keep = configured.is_some();
        let mut board = configured.unwrap_or_else(|| Box::new(Engine::new(LentClock, LentStore)));
        let answer = board.configure(&sources.into(), identity.into());
        if keep || answer.is_ok() {
            BOARD.set(Some(board));
        }
        let told = |diagnostics: Vec<Diagnostic>| diagnostics.into_iter().map(Into::into).collect();
        answer.map(|warnings| board::Configured { warnings: told(warnings) }).map_err(told)
    }

    fn allow(target: board::Target) -> Result<board::Decision, board::Problem> {
        ask(|board| board.allow(&target.into()))
    }

    fn settle(target: board::Target, permit: Option<board::Permit>, report: board::Report) -> Result<board::Verdict, board::Problem> {
        ask(|board| board.settle(&target.into(), permit.map(Into::into).as_ref(), &report.into()))
    }

    fn settle_leased(lease: board::Lease, tally: board::Tally) -> Result<board::Verdict, board::Problem> {
        ask(|board| board.settle_leased(&lease.into(), tally.into()))
    }

    fn status(target: board::Target) -> Result<board::StatusReport, board::Problem> {
        ask(|board| board.status(&target.into()))
    }

    fn list(filter: board::Filter, cursor: Option<String>, limit: u32) -> Result<board::Listing, board::Problem> {
        ask(|board| board.list(&filter.into(), cursor.as_deref(), limit))
    }

    fn command(scope: board::Scope, action: board::Action) -> Result<board::Commanded, board::Problem> {
        ask(|board| board.command(&scope.into(), &action.into()))
    }

    fn update_policy(scope: board::Scope, patch: Option<String>) -> Result<board::Commanded, board::Problem> {
        ask(|board| board.update_policy(&scope.into(), patch.as_deref()))
    }

    fn explain(target: board::Target) -> Result<board::Explanation, board::Problem> {
        ask(|board| board.explain(&target.into()))
    }

    fn health() -> Result<board::HealthReport, board::Problem> {
        ask(|board| board.health())
    }

    /// Needs no configuration, and so asks an engine that has none.
    fn about() -> board::AboutReport {
        Engine::new(LentClock, LentStore).about().into()
    }

    fn flush() -> Result<board::Flushed, board::Problem> {
        ask(Board::flush)
    }

    fn parse_retry_after(value: String) -> Result<u64, board::Problem> {
        ask(|board| board.parse_retry_after(&value))
    }

    fn classify(target: board::Target, report: board::Report) -> Result<board::Outcome, board::Problem> {
        ask(|board| board.classify(&Target::from(target), &report.into()))
    }

    fn normalize_host(host: String) -> Result<String, board::Problem> {
        ask(|board| board.normalize_host(&host))
    }
}

impl advisor::Guest for Component {
    fn advise(metrics: advisor::Metrics) -> Result<Vec<advisor::Suggestion>, advisor::Problem> {
        let (target, seen) = from_wit::metrics(metrics);
        let suggestions: Vec<Suggestion> = ask(|board| board.advise(&target, &seen))?;
        Ok(suggestions.into_iter().map(Into::into).collect())
    }
}
