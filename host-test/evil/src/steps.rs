//! The interface `steps`. Each request makes the attack of the export of `board` with its name, and ends at once.

use crate::Evil;
use crate::wit::exports::fuseboard::breaker::board::{Guest as Board, Problem};
use crate::wit::exports::fuseboard::breaker::steps::{
    AllowNeed, AllowStep, Guest, Need, Now, OfTarget, Permit, Reply, Report, Request, Seen, SettleNeed, SettleStep, Step, Target,
    TargetKeys, ToCommand, ToListCircuits, ToSettleLeased, ToUpdatePolicy,
};
use std::cell::Cell;

thread_local! {
    /// The request that was begun last.
    static BEGUN: Cell<Option<Request>> = const { Cell::new(None) };
}

impl Guest for Evil {
    fn keys(target: Target) -> Result<TargetKeys, Problem> {
        Ok(TargetKeys { circuit: target.name, resolver: target.resolver })
    }

    fn allow(_: Now, target: Target, _: Seen, _: Seen) -> Result<AllowStep, Problem> {
        <Evil as Board>::allow(target).map(|decision| AllowStep { need: AllowNeed::Decided(decision), woken: Vec::new() })
    }

    fn settle(_: Now, target: Target, permit: Option<Permit>, report: Report) -> Result<SettleStep, Problem> {
        let verdict = <Evil as Board>::settle(target, permit, report)?;
        Ok(SettleStep { need: SettleNeed::Settled(verdict), woken: Vec::new() })
    }

    fn begin(_: Now, request: Request) -> Result<u64, Problem> {
        BEGUN.set(Some(request));
        Ok(0)
    }

    fn resume(_: Now, _: u64, _: Reply) -> Result<Step, Problem> {
        let need = match BEGUN.take().unwrap_or(Request::Flush) {
            Request::SettleLeased(ToSettleLeased { lease, tally }) => Need::Settled(Evil::settle_leased(lease, tally)?),
            Request::Status(OfTarget { target }) => Need::Status(Evil::status(target)?),
            Request::List(ToListCircuits { filter, cursor, limit }) => Need::Listed(Evil::list(filter, cursor, limit)?),
            Request::Command(ToCommand { scope, action }) => Need::Commanded(Evil::command(scope, action)?),
            Request::UpdatePolicy(ToUpdatePolicy { scope, patch }) => Need::Commanded(Evil::update_policy(scope, patch)?),
            Request::Explain(OfTarget { target }) => Need::Explained(Evil::explain(target)?),
            Request::Flush => Need::Flushed(Evil::flush()?),
        };
        Ok(Step { need, woken: Vec::new() })
    }

    fn abandon(_: Now, _: u64) -> Result<Vec<u64>, Problem> {
        Ok(Vec::new())
    }
}
