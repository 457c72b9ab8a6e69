//! Status, commands and the other requests beside the call path, for asynchronous callers.

use super::handle::Board;
use super::target_status::TargetStatus;
use crate::error::Error;
use fuseboard::{Command, Commanded, Explanation, Filter, Listing, Scope, Target};

/// Each waits for the store as [`Board::allow_async`] does, and blocks no executor. Each fails as its synchronous form.
#[allow(clippy::missing_errors_doc)]
impl Board {
    /// As [`Board::status`].
    ///
    /// ```
    /// # async fn show(board: &fuseboard_host::Board) -> Result<(), fuseboard_host::Error> {
    /// use fuseboard_host::{Command, Scope, Target};
    ///
    /// let status = board.status_async(&Target::host("api.example")).await?;
    /// println!("{:?}, {} failures in a row", status.circuit.phase, status.circuit.failure_streak);
    /// board.command_async(&Scope::host("api.example"), &Command::Close).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn status_async(&self, target: &Target) -> Result<TargetStatus, Error> {
        if let Some(runner) = self.async_runner() {
            return runner.status(target).await;
        }
        let target = target.clone();
        self.on_pool(move |board| board.status(&target)).await
    }

    /// As [`Board::list`].
    pub async fn list_async(&self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Error> {
        if let Some(runner) = self.async_runner() {
            return runner.list(filter, cursor, limit).await;
        }
        let (filter, cursor) = (*filter, cursor.map(str::to_owned));
        self.on_pool(move |board| board.list(&filter, cursor.as_deref(), limit)).await
    }

    /// As [`Board::command`]. If the future is dropped before its end, the command may be carried out or not. If it was, leases of this board
    /// end after `lease_ms` at the latest, as those of other boards do.
    pub async fn command_async(&self, scope: &Scope, command: &Command) -> Result<Commanded, Error> {
        if let Some(runner) = self.async_runner() {
            return runner.command(scope, command).await;
        }
        let (scope, command) = (scope.clone(), command.clone());
        self.on_pool(move |board| board.command(&scope, &command)).await
    }

    /// As [`Board::update_policy`]. A future that is dropped is as one of [`Board::command_async`].
    pub async fn update_policy_async(&self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, Error> {
        if let Some(runner) = self.async_runner() {
            return runner.update_policy(scope, patch).await;
        }
        let (scope, patch) = (scope.clone(), patch.map(str::to_owned));
        self.on_pool(move |board| board.update_policy(&scope, patch.as_deref())).await
    }

    /// As [`Board::explain`].
    pub async fn explain_async(&self, target: &Target) -> Result<Explanation, Error> {
        if let Some(runner) = self.async_runner() {
            return runner.explain(target).await;
        }
        let target = target.clone();
        self.on_pool(move |board| board.explain(&target)).await
    }
}
