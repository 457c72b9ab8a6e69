//! Opens a connection and prepares it: RESP3 and the user, the cache's invalidations, and what the server can do.

use super::cache::Tracked;
use super::cache_mode::CacheMode;
use super::connection::Connection;
use super::liveness::Liveness;
use super::replace::{ByScript, Replace};
use super::server::Server;
use redis::aio::{AsyncPushSender, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, Cmd, RedisError, Value};
use std::sync::Arc;

/// Commands that wait to be written. A further one waits for room.
const QUEUE: usize = 1_024;

/// A connection that is ready for commands, or why there is none.
pub async fn connect(
    client: &Client,
    cache: CacheMode,
    number: u64,
    pushes: impl AsyncPushSender,
    liveness: Arc<Liveness>,
) -> Result<Connection, String> {
    // Time-outs are the caller's: the crate's own would hide whether a command was sent.
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None)
        .set_pipeline_buffer_size(QUEUE)
        .set_push_sender(pushes);
    let mut redis = client.get_multiplexed_async_connection_with_config(&config).await.map_err(|error| describe(&error))?;
    let tracked = match cache {
        CacheMode::On => track(&mut redis).await?,
        CacheMode::Off => Tracked::No,
    };
    let hello = send(&mut redis, &redis::cmd("HELLO")).await?;
    Ok(Connection::new(number, redis, replace(&hello)?, tracked, liveness))
}

/// Requests invalidation messages for keys that this connection reads, except for its own writes. If the server refuses, there is no
/// cache.
async fn track(redis: &mut MultiplexedConnection) -> Result<Tracked, String> {
    let answer = send(redis, redis::cmd("CLIENT").arg("TRACKING").arg("ON").arg("NOLOOP")).await?;
    Ok(if answer == Value::Okay { Tracked::Yes } else { Tracked::No })
}

/// A server that does not name its version gets the script, which all understand.
fn replace(hello: &Value) -> Result<&'static dyn Replace, String> {
    match Server::from_hello(hello) {
        Some(server) if server.is_too_old() => Err(format!("it is {server}; Redis 7.0 or Valkey 7.2, or newer, is needed")),
        Some(server) => Ok(server.replace()),
        None => Ok(&ByScript),
    }
}

async fn send(redis: &mut MultiplexedConnection, command: &Cmd) -> Result<Value, String> {
    redis.send_packed_command(command).await.map_err(|error| describe(&error))
}

fn describe(error: &RedisError) -> String {
    format!("it cannot be connected to: {error}")
}
