//! The one loop in which time, storage and decisions meet.

mod ports;
mod leg;
mod recent;
mod ways;
mod outage;
mod cells;
mod policies;
mod changes;
mod trouble;
mod board;
mod call;
mod storage;
mod kept;
mod allow;
mod lease;
mod settle;
mod operate;
mod look;

pub use ports::{Clock, Entry, Lookup, Page, Revision, Store, StoreError, Swap};

use crate::advisor::{Metrics, Suggestion, advise};
use crate::answer::{Decision, Verdict};
use crate::classify;
use crate::config::{Config, Patches};
use crate::machine::policy;
use crate::sources::{Diagnostic, Identity, Sources};
use crate::status::{About, Command, Commanded, Explanation, Filter, Flushed, Health, Limit, Listing, StatusReport};
use crate::{Lease, Outcome, Permit, Problem, ProblemCode, Report, Scope, Tally, Target, codec, host, key, retry_after};
use board::Board;
use call::Call;

/// The contract that this engine upholds.
const CONTRACT: &str = "fuseboard:breaker@0.1.0";

fn not_configured() -> Problem {
    Problem::new(ProblemCode::NotConfigured, "this board has no configuration: call `configure` first")
}

/// One board: all circuits of one configuration, by a clock and a store.
pub struct Engine<C, S> {
    clock: C,
    store: S,
    board: Option<Board>,
}

impl<C: Clock, S: Store> Engine<C, S> {
    /// An engine that still waits for its configuration.
    pub fn new(clock: C, store: S) -> Self {
        Engine { clock, store, board: None }
    }

    /// Reads a configuration; the warnings of a good one. State of circuits stays, and the new policies apply from now on.
    ///
    /// # Errors
    /// All faults at once; nothing is changed then.
    pub fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let (config, warnings) = Config::read(sources)?;
        match &mut self.board {
            Some(board) => board.reconfigure(config, identity),
            None => self.board = Some(Board::new(config, identity)),
        }
        Ok(warnings)
    }

    fn call(&mut self) -> Result<Call<'_, C, S>, Problem> {
        let board = self.board.as_mut().ok_or_else(not_configured)?;
        Ok(Call::new(board, &self.clock, &self.store))
    }

    fn config(&self) -> Result<&Config, Problem> {
        self.board.as_ref().map(|board| board.config.as_ref()).ok_or_else(not_configured)
    }

    /// May I?
    ///
    /// # Errors
    /// `not-configured`, `bad-target`, `too-large`. A store that fails is no error here: the configuration says what then.
    pub fn allow(&mut self, target: &Target) -> Result<Decision, Problem> {
        self.call()?.allow(target)
    }

    /// Says once how a call ended; never repeat it.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`, `too-large`, and `storage` where the store refuses for good. An outage is no error: the
    /// outcome is kept.
    pub fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, Problem> {
        self.call()?.settle(target, permit, report)
    }

    /// Hands in what was admitted under a lease; never repeat it.
    ///
    /// # Errors
    /// As [`Engine::settle`], and `bad-permit` for a lease that names no circuits.
    pub fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Result<Verdict, Problem> {
        self.call()?.settle_leased(lease, tally)
    }

    /// How a target's circuits are now; by the last record seen where the store cannot be asked.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn status(&mut self, target: &Target) -> Result<StatusReport, Problem> {
        self.call()?.status(target)
    }

    /// Circuits with a stored record, a page at a time.
    ///
    /// # Errors
    /// `not-configured`, `bad-target` for a cursor that is none, `storage`.
    pub fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Problem> {
        self.call()?.list(*filter, cursor, limit)
    }

    /// Carries out an operator's command.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`, `too-large`, `storage`.
    pub fn command(&mut self, scope: &Scope, command: &Command) -> Result<Commanded, Problem> {
        self.call()?.command(scope, command)
    }

    /// Changes a live policy for every process; `None` takes the patch back.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`, `bad-patch`, `too-large`, `storage`.
    pub fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, Problem> {
        self.call()?.update_policy(scope, patch)
    }

    /// Where each effective value comes from.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn explain(&mut self, target: &Target) -> Result<Explanation, Problem> {
        self.call()?.explain(target)
    }

    /// How the store does, and what waits for it.
    ///
    /// # Errors
    /// `not-configured`.
    pub fn health(&mut self) -> Result<Health, Problem> {
        Ok(self.call()?.health())
    }

    /// Writes what is kept.
    ///
    /// # Errors
    /// `not-configured`.
    pub fn flush(&mut self) -> Result<Flushed, Problem> {
        Ok(self.call()?.flush())
    }

    /// What a `Retry-After` value means now, in milliseconds, uncapped.
    ///
    /// # Errors
    /// `bad-target` with the reason why a cooldown would ignore it.
    pub fn parse_retry_after(&self, value: &str) -> Result<u64, Problem> {
        self.config()?;
        let wait = retry_after::parse(value, self.clock.wall());
        wait.map(|wait| wait.0).map_err(|ignored| Problem::new(ProblemCode::BadTarget, ignored.to_string()))
    }

    /// What a report would count as, for the target's circuit, by the patches last seen.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn classify(&mut self, target: &Target, report: &Report) -> Result<Outcome, Problem> {
        let mut call = self.call()?;
        let legs = call.board.ways.legs(target)?;
        Ok(classify::classify(&call.policy(&legs.circuit).classify, report))
    }

    /// Bounded tuning advice for the target's circuit, from telemetry; it looks at no store, so patches apart.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn advise(&self, target: &Target, seen: &Metrics) -> Result<Vec<Suggestion>, Problem> {
        let circuit = key::route(target)?.circuit;
        Ok(advise(&self.config()?.policy(&circuit, Patches::default()), seen))
    }

    /// The one spelling under which a host is known.
    ///
    /// # Errors
    /// `not-configured`, `bad-target`.
    pub fn normalize_host(&self, host: &str) -> Result<String, Problem> {
        self.config()?;
        host::normalize_host(host).map_err(|detail| Problem::new(ProblemCode::BadTarget, detail))
    }

    /// Versions and limits.
    #[must_use]
    pub fn about(&self) -> About {
        let limit = |name: &str, value: u64| Limit { name: name.to_owned(), value };
        let limits = vec![
            limit("host-bytes", crate::names::HOST_BYTES_MAX as u64),
            limit("name-bytes", crate::names::NAME_BYTES_MAX as u64),
            limit("roles", policy::ROLES_MAX as u64),
            limit("value-bytes", codec::VALUE_BYTES_MAX as u64),
            limit("patch-bytes", operate::PATCH_BYTES_MAX as u64),
            limit("kept-outcomes", kept::KEPT_MAX as u64),
            limit("known-records", 2 * cells::CELLS_MAX as u64),
            limit("swaps", u64::from(storage::SWAPS_MAX)),
            limit("list-page", u64::from(look::LIST_MAX)),
        ];
        About { engine: env!("CARGO_PKG_VERSION").to_owned(), contract: CONTRACT.to_owned(), record_format: codec::FORMAT, limits }
    }
}
