//! The two ways to replace a text in one round trip, only if it is still the expected one.
//!
//! Both are answered with the text that was stored before: it was replaced if and only if that is the expected one.

use fuseboard::time::Millis;
use redis::Cmd;

/// A longer time to live is an error to the server; this one is 31 years.
const TTL_MS_MAX: u64 = 1_000_000_000_000;

/// What a replacement needs. Keys have their namespace here.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'a> {
    pub key: &'a str,
    pub expected: &'a [u8],
    pub value: &'a str,
    pub ttl: Option<Millis>,
}

/// One way to replace a text.
pub trait Replace: Send + Sync {
    fn command(&self, replacement: &Replacement<'_>) -> Cmd;

    /// What to send where the server does not know the script.
    fn command_with_script(&self, replacement: &Replacement<'_>) -> Option<Cmd>;

    /// Whether the server tracks the key for this connection after the replacement.
    fn tracking(&self) -> TrackingAfter;
}

/// Whether the server tracks a key after our own write. With `NOLOOP` the write ends tracking without a message, and does not start it
/// again, even if it is a `SET … GET`, which reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackingAfter {
    /// The command reads the key after its write.
    Begun,
    /// Tracking ended. Only a read starts it again.
    Ended,
}

/// `SET … IFEQ`: Redis since 8.4, Valkey since 8.1.
pub struct IfEqual;

impl Replace for IfEqual {
    fn command(&self, replacement: &Replacement<'_>) -> Cmd {
        let mut command = set(replacement.key, replacement.value);
        command.arg("IFEQ").arg(replacement.expected);
        expire(&mut command, replacement.ttl).arg("GET");
        command
    }

    fn command_with_script(&self, _replacement: &Replacement<'_>) -> Option<Cmd> {
        None
    }

    fn tracking(&self) -> TrackingAfter {
        TrackingAfter::Ended
    }
}

/// The last `EXISTS` makes the server track the key again.
const SCRIPT: &str = "local current = redis.call('GET', KEYS[1])
if current == ARGV[1] then
  if ARGV[3] then
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  else
    redis.call('SET', KEYS[1], ARGV[2])
  end
  redis.call('EXISTS', KEYS[1])
end
return current
";

/// SHA-1 of [`SCRIPT`], by which the server keeps it. A test compares it with the server's own.
const SCRIPT_SHA1: &str = "9a65bd56c162d926fa7b0e3d0a1414153aa3f36c";

/// A script, by its digest: for servers without `IFEQ`.
pub struct ByScript;

impl ByScript {
    fn call(name: &str, script: &str, replacement: &Replacement<'_>) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(1).arg(replacement.key).arg(replacement.expected).arg(replacement.value);
        if let Some(ttl) = replacement.ttl {
            command.arg(ttl_ms(ttl));
        }
        command
    }
}

impl Replace for ByScript {
    fn command(&self, replacement: &Replacement<'_>) -> Cmd {
        ByScript::call("EVALSHA", SCRIPT_SHA1, replacement)
    }

    fn command_with_script(&self, replacement: &Replacement<'_>) -> Option<Cmd> {
        Some(ByScript::call("EVAL", SCRIPT, replacement))
    }

    fn tracking(&self) -> TrackingAfter {
        TrackingAfter::Begun
    }
}

/// Creates a key, only if it is absent. It is answered with the text that is there: nil means that the key was created.
pub fn create(key: &str, value: &str, ttl: Option<Millis>) -> Cmd {
    let mut command = set(key, value);
    command.arg("NX");
    expire(&mut command, ttl).arg("GET");
    command
}

fn set(key: &str, value: &str) -> Cmd {
    let mut command = redis::cmd("SET");
    command.arg(key).arg(value);
    command
}

fn expire(command: &mut Cmd, ttl: Option<Millis>) -> &mut Cmd {
    match ttl {
        Some(ttl) => command.arg("PX").arg(ttl_ms(ttl)),
        None => command,
    }
}

/// The server accepts no time to live of 0.
fn ttl_ms(ttl: Millis) -> u64 {
    ttl.0.clamp(1, TTL_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Cmd) -> String {
        let words = command.args_iter().map(|arg| match arg {
            redis::Arg::Simple(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => "?".to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    fn replacement(ttl: Option<Millis>) -> Replacement<'static> {
        Replacement { key: "ns:k", expected: b"old", value: "new", ttl }
    }

    #[test]
    fn if_equal_is_one_set() {
        assert_eq!(words(&IfEqual.command(&replacement(None))), "SET ns:k new IFEQ old GET");
        assert_eq!(words(&IfEqual.command(&replacement(Some(Millis(250))))), "SET ns:k new IFEQ old PX 250 GET");
        assert!(IfEqual.command_with_script(&replacement(None)).is_none());
    }

    #[test]
    fn the_script_is_called_by_its_digest_first() {
        assert_eq!(words(&ByScript.command(&replacement(Some(Millis(250))))), format!("EVALSHA {SCRIPT_SHA1} 1 ns:k old new 250"));
        let whole = ByScript.command_with_script(&replacement(None)).map(|command| words(&command));
        assert_eq!(whole, Some(format!("EVAL {SCRIPT} 1 ns:k old new")));
    }

    #[test]
    fn a_key_is_created_only_if_it_is_absent() {
        assert_eq!(words(&create("ns:k", "new", None)), "SET ns:k new NX GET");
        assert_eq!(words(&create("ns:k", "new", Some(Millis(9)))), "SET ns:k new NX PX 9 GET");
    }

    #[test]
    fn times_to_live_are_ones_that_the_server_accepts() {
        assert_eq!((ttl_ms(Millis(0)), ttl_ms(Millis(u64::MAX))), (1, TTL_MS_MAX));
    }
}
