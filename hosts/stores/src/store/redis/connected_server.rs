//! One server with an open connection, and how commands are sent to it.

use super::connection::Connection;
use super::failure::Failure;
use super::link::Link;
use super::node_address::NodeAddress;
use super::progress::Progress;
use redis::{Cmd, Pipeline, Value};
use std::sync::Arc;

#[derive(Clone)]
pub struct ConnectedServer {
    pub connection: Connection,
    link: Arc<Link>,
}

impl ConnectedServer {
    /// Connects first if there is no connection, unless that failed only lately.
    pub async fn of(link: &Arc<Link>) -> Result<ConnectedServer, Failure> {
        Ok(ConnectedServer { connection: link.connection().await?, link: Arc::clone(link) })
    }

    pub fn address(&self) -> Option<NodeAddress> {
        self.link.address()
    }

    /// Sends commands; a lost connection is marked as such. An error of the server in the first answer is a failure.
    pub async fn send(&self, commands: &Pipeline, progress: &Progress) -> Result<Vec<Value>, Failure> {
        self.checked(self.connection.send(commands, progress).await)
    }

    /// As [`ConnectedServer::send`], for slots that are being moved to this node.
    pub async fn send_asking(&self, commands: &Pipeline, progress: &Progress) -> Result<Vec<Value>, Failure> {
        let mut asking = redis::pipe();
        for command in commands.cmd_iter() {
            asking.cmd("ASKING").add_command(command.clone());
        }
        let answers = self.connection.send(&asking, progress).await;
        self.checked(answers.map(|answers| answers.into_iter().skip(1).step_by(2).collect()))
    }

    /// Sends a command of the store's own, for which no caller waits.
    pub async fn query(&self, command: &Cmd) -> Result<Value, Failure> {
        let mut commands = redis::pipe();
        commands.add_command(command.clone());
        let answers = self.checked(self.connection.exchange(&commands).await)?;
        Ok(answers.into_iter().next().unwrap_or(Value::Nil))
    }

    fn checked(&self, result: Result<Vec<Value>, Failure>) -> Result<Vec<Value>, Failure> {
        let failure = match &result {
            Ok(answers) => match answers.first() {
                Some(Value::ServerError(error)) => Failure::from_server(error),
                _ => return result,
            },
            Err(failure) => failure.clone(),
        };
        if matches!(failure, Failure::Lost(_)) || failure.asks_for_reconnection() {
            self.link.lose(self.connection.number, &failure.to_string());
        }
        Err(failure)
    }
}
