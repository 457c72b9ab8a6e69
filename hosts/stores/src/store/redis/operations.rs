//! Load, swap and list, as asynchronous operations on one connection.

use super::cache::{Tracked, ValueCache};
use super::cache_mode::CacheMode;
use super::connected_server::ConnectedServer;
use super::failure::Failure;
use super::listing::{self, Count, Place};
use super::liveness::Liveness;
use super::progress::Progress;
use super::replace::{Replacement, TrackingAfter, create};
use super::servers::Servers;
use super::settings::RedisSettings;
use super::text::{Stored, Text};
use fuseboard::time::{Millis, Wall};
use fuseboard::{Entry, Page, Revision, Swap};
use futures_util::future::try_join_all;
use redis::{Cmd, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A read whose connection was lost is sent once more on a new one.
const READS_MAX: u32 = 2;

/// What operations work with: one connection to each server and one cache per process.
pub struct Operations {
    pub settings: Arc<RedisSettings>,
    pub cache: Arc<ValueCache>,
    pub liveness: Arc<Liveness>,
    pub servers: Servers,
}

/// A compare-and-swap as the engine asks for it. The key has no namespace.
pub struct SwapRequest {
    pub key: String,
    pub expected: Option<Revision>,
    pub value: String,
    pub ttl: Option<Millis>,
}

impl Operations {
    pub fn new(settings: Arc<RedisSettings>) -> Operations {
        let cache = Arc::new(ValueCache::new());
        let liveness = Arc::new(Liveness::new(settings.known_for()));
        let servers = Servers::new(&settings, &cache, &liveness);
        Operations { settings, cache, liveness, servers }
    }

    /// What is known without asking the server, if there is a cache.
    pub fn known(&self, key: &str) -> Option<Stored> {
        if self.settings.cache() == CacheMode::Off {
            return None;
        }
        let now = Instant::now();
        self.liveness.mark_read(now);
        if self.liveness.is_fresh(now) { self.cache.known(key, now) } else { None }
    }

    /// What the server holds under a key.
    pub async fn read(&self, key: &str, progress: &Progress) -> Result<Stored, Failure> {
        let mut reads = 1;
        loop {
            let node = self.servers.node_of(&self.full(key)).await?;
            match self.read_on(&node, key, progress).await {
                Err(Failure::Lost(_)) if reads < READS_MAX => {
                    progress.answered();
                    reads += 1;
                }
                result => return result,
            }
        }
    }

    /// What the server holds under several keys. No read waits for the one before it, so all of them take one round trip, also in a
    /// cluster, where each goes to its own node.
    pub async fn read_many(&self, keys: &[String], progress: &Progress) -> Result<Vec<Stored>, Failure> {
        let Some(first) = keys.first() else { return Ok(Vec::new()) };
        self.servers.node_of(&self.full(first)).await?;
        progress.send()?;
        let read = try_join_all(keys.iter().map(|key| self.read_one_of_many(key))).await;
        progress.answered();
        read
    }

    async fn read_one_of_many(&self, key: &str) -> Result<Stored, Failure> {
        match self.known(key) {
            Some(stored) => Ok(stored),
            None => self.read(key, &Progress::default()).await,
        }
    }

    /// `GET`, and also `PTTL` if the answer will be cached, because the server sends no invalidation at the expiry, only when it removes
    /// the key.
    async fn read_on(&self, node: &ConnectedServer, key: &str, progress: &Progress) -> Result<Stored, Failure> {
        let full = self.full(key);
        let mut commands = redis::pipe();
        commands.cmd("GET").arg(&full);
        if node.connection.tracked == Tracked::Yes {
            commands.cmd("PTTL").arg(&full);
        }
        let known_changes = self.cache.known_changes(key);
        let sent = Instant::now();
        let answers = self.servers.send(node, &commands, progress).await?;
        let stored = text(answers.first())?;
        match (&stored, answers.get(1)) {
            (None, Some(_)) => self.cache.remember(key, None, known_changes, None),
            (Some(_), Some(Value::Int(-1))) => self.cache.remember(key, stored.clone(), known_changes, None),
            (Some(_), Some(Value::Int(left @ 0..))) => {
                self.cache.remember(key, stored.clone(), known_changes, sent.checked_add(Duration::from_millis(left.unsigned_abs())));
            }
            _ => self.cache.keep_text(key, stored.clone()),
        }
        Ok(stored)
    }

    pub async fn swap(&self, request: &SwapRequest, progress: &Progress) -> Result<Swap, Failure> {
        let node = self.servers.node_of(&self.full(&request.key)).await?;
        let expected = match request.expected {
            None => None,
            Some(revision) => match self.expected_text(&node, &request.key, revision, progress).await? {
                Ok(text) => Some(text),
                Err(current) => return Ok(Swap::Conflict(current)),
            },
        };
        let write = self.cache.begin_write(&request.key);
        let sent = Instant::now();
        let answer = self.write(&node, request, expected.as_ref(), progress).await?;
        if answer.previous != expected {
            let conflict = answer.previous.as_ref().map(Text::entry);
            write.end(answer.previous, Tracked::No, None);
            return Ok(Swap::Conflict(conflict));
        }
        let text = Text::new(request.value.as_bytes());
        let revision = text.revision();
        let until = request.ttl.and_then(|ttl| sent.checked_add(Duration::from_millis(ttl.0)));
        let tracked = match answer.reread {
            Some(current) if current.as_ref() != Some(&text) => Tracked::No,
            _ => node.connection.tracked,
        };
        write.end(Some(text), tracked, until);
        Ok(Swap::Stored(revision))
    }

    /// The text of the expected revision: from memory, else from the server. An entry of another revision is a conflict.
    async fn expected_text(
        &self,
        node: &ConnectedServer,
        key: &str,
        revision: Revision,
        progress: &Progress,
    ) -> Result<Result<Text, Option<Entry>>, Failure> {
        if let Some(text) = self.cache.text(key, revision) {
            return Ok(Ok(text));
        }
        let current = match self.read_on(node, key, progress).await {
            // The swap itself has not been sent.
            Err(Failure::Lost(why) | Failure::Unexpected(why)) => return Err(Failure::NotSent(why)),
            current => current?,
        };
        Ok(match current {
            Some(text) if text.revision() == revision => Ok(text),
            other => Err(other.as_ref().map(Text::entry)),
        })
    }

    /// One round trip, two where the server does not know the script yet.
    async fn write(
        &self,
        node: &ConnectedServer,
        request: &SwapRequest,
        expected: Option<&Text>,
        progress: &Progress,
    ) -> Result<Written, Failure> {
        let key = self.full(&request.key);
        let (value, ttl) = (request.value.as_str(), request.ttl);
        let Some(expected) = expected else {
            return self.write_by(node, create(&key, value, ttl), reread(node, TrackingAfter::Ended, &key), progress).await;
        };
        let replace = node.connection.replace;
        let replacement = Replacement { key: &key, expected: expected.bytes(), value, ttl };
        let tracking_read = || reread(node, replace.tracking(), &key);
        let result = self.write_by(node, replace.command(&replacement), tracking_read(), progress).await;
        match (result, replace.command_with_script(&replacement)) {
            (Err(failure), Some(command)) if failure.has_code("NOSCRIPT") => self.write_by(node, command, tracking_read(), progress).await,
            (result, _) => result,
        }
    }

    async fn write_by(&self, node: &ConnectedServer, write: Cmd, reread: Option<Cmd>, progress: &Progress) -> Result<Written, Failure> {
        let mut commands = redis::pipe();
        commands.add_command(write);
        if let Some(reread) = reread {
            commands.add_command(reread);
        }
        let answers = self.servers.send(node, &commands, progress).await?;
        let previous = text(answers.first())?;
        let reread = answers.get(1).map(|answer| text(Some(answer)).unwrap_or(None));
        Ok(Written { previous, reread })
    }

    /// One page of keys, and where the next one begins. Ends early at the deadline, so that a page may be short.
    pub async fn list(&self, prefix: &str, place: Place, limit: usize, deadline: Instant, progress: &Progress) -> Result<Page, Failure> {
        let full = self.full(prefix);
        let Place { pending: mut keys, mut scan } = place;
        let mut count = Count::for_room(limit);
        while let Some(from) = scan.take() {
            if !keys.is_empty() || Instant::now() >= deadline {
                scan = Some(from);
                break;
            }
            let all = self.servers.all().await?;
            let from = from.among(&all);
            let node = self.servers.named(from.node.as_ref()).await?;
            let mut commands = redis::pipe();
            commands.add_command(listing::scan(from.cursor, &full, count));
            let answers = node.send(&commands, progress).await?;
            let answer = answers.first().unwrap_or(&Value::Nil);
            let (next, found) = listing::read(answer, self.settings.key_prefix(), prefix).ok_or_else(|| unexpected(answer))?;
            (scan, keys) = (from.next(next, &all), found);
            count = count.found_none();
        }
        let pending = keys.split_off(limit.min(keys.len()));
        Ok(Page { keys, next: Place { pending, scan }.cursor() })
    }

    /// The server's time of day. In a cluster, that of the node with the namespace's own slot, so that all processes ask the same one.
    pub async fn time(&self, progress: &Progress) -> Result<Wall, Failure> {
        let node = self.servers.node_of(self.settings.key_prefix()).await?;
        let mut commands = redis::pipe();
        commands.cmd("TIME");
        let answers = node.send(&commands, progress).await?;
        let answer = answers.first().unwrap_or(&Value::Nil);
        wall(answer).ok_or_else(|| unexpected(answer))
    }

    fn full(&self, key: &str) -> String {
        format!("{}{key}", self.settings.key_prefix())
    }
}

/// What a write was answered with.
struct Written {
    previous: Stored,
    /// The result of the read after it, if there was one.
    reread: Option<Stored>,
}

/// The `GET` after a write that makes the server track the key again, in the same round trip. None if there is no cache.
fn reread(node: &ConnectedServer, tracking: TrackingAfter, key: &str) -> Option<Cmd> {
    let is_needed = node.connection.tracked == Tracked::Yes && tracking == TrackingAfter::Ended;
    is_needed.then(|| redis::cmd("GET").arg(key).to_owned())
}

fn text(answer: Option<&Value>) -> Result<Stored, Failure> {
    match answer {
        Some(Value::Nil) => Ok(None),
        Some(Value::BulkString(bytes)) => Ok(Some(Text::new(bytes))),
        Some(Value::ServerError(error)) => Err(Failure::from_server(error)),
        other => Err(unexpected(other.unwrap_or(&Value::Nil))),
    }
}

/// Reads the answer to `TIME`: seconds and microseconds, as texts.
fn wall(answer: &Value) -> Option<Wall> {
    let Value::Array(parts) = answer else { return None };
    let [Value::BulkString(seconds), Value::BulkString(microseconds)] = parts.as_slice() else { return None };
    let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse::<u64>().ok();
    Some(Wall(number(seconds)?.checked_mul(1_000)?.checked_add(number(microseconds)? / 1_000)?))
}

/// The kind of an answer, without its contents.
fn unexpected(answer: &Value) -> Failure {
    let kind = match answer {
        Value::Nil => "nothing",
        Value::Int(_) => "a number",
        Value::BulkString(_) | Value::SimpleString(_) | Value::Okay => "a text",
        _ => "another kind of value",
    };
    Failure::Unexpected(kind.to_owned())
}
