//! Reads a record from a parsed text. A field that is missing, unknown, repeated or of the wrong type is damage.

use crate::answer::LastFailure;
use crate::document_tree::{Content, Node};
use crate::machine::record::{Circuit, Cooldown, CooldownReason, Override, Probe, Record, State, Streak, Trial};
use crate::machine::window::{Bucket, Calls, Window};
use crate::status::OverrideKind;
use crate::time::{Deadline, Millis, Stamp, Wall};
use crate::vec_map::VecMap;
use crate::write_mark::WriteMark;
use std::fmt;

/// A stored field that is not as expected.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnexpectedField {
    field: String,
    expected: &'static str,
}

impl fmt::Display for UnexpectedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not {}", self.field, self.expected)
    }
}

type Read<T> = Result<T, UnexpectedField>;

/// Reads the format number alone, so that a newer format is recognized whatever else it has.
pub(super) fn format(node: &Node) -> Read<u64> {
    number("format", Fields::of("record", node)?.need("format")?)
}

pub(super) fn record(node: &Node) -> Read<Record> {
    let mut outer = Fields::of("record", node)?;
    outer.need("format")?;
    let inner = outer.need("record")?;
    outer.end()?;
    let mut fields = Fields::of("record", inner)?;
    let record = Record {
        writes: list("writes", fields.need("writes")?, mark)?,
        cooldown: fields.maybe("cooldown", cooldown)?,
        recent: fields.maybe("recent", |node| list("recent", node, stamp))?.unwrap_or_default(),
        override_: fields.maybe("override", override_)?,
        patch: fields.maybe("patch", |node| text("patch", node))?,
        base: circuit(fields.need("base")?)?,
        roles: fields.maybe("roles", roles)?.unwrap_or_default(),
    };
    fields.end()?;
    Ok(record)
}

fn roles(node: &Node) -> Read<VecMap<String, Circuit>> {
    let mut roles = VecMap::default();
    for (role, node) in entries("roles", node)? {
        if roles.insert(role.clone(), circuit(node)?).is_some() {
            return Err(fault(role, "a role that occurs once"));
        }
    }
    Ok(roles)
}

fn circuit(node: &Node) -> Read<Circuit> {
    let mut fields = Fields::of("circuit", node)?;
    let circuit = Circuit {
        generation: number("generation", fields.need("generation")?)?,
        began: fields.maybe("began", mark)?,
        state: state(fields.need("state")?)?,
        streak: fields.maybe("streak", streak)?,
        openings: fields.maybe("openings", |node| small("openings", node))?.unwrap_or_default(),
        opened_at_ms: fields.maybe("opened_at_ms", wall)?,
        written_at_ms: fields.maybe("written_at_ms", stamp)?,
        last_failure: fields.maybe("last_failure", last_failure)?,
        override_: fields.maybe("override", override_)?,
        patch: fields.maybe("patch", |node| text("patch", node))?,
    };
    fields.end()?;
    Ok(circuit)
}

fn state(node: &Node) -> Read<State> {
    let (case, node) = case("state", node)?;
    match case {
        "closed" if node.content == Content::Null => Ok(State::Closed(None)),
        "closed" => window(node).map(|window| State::Closed(Some(window))),
        "open" => deadline(node).map(State::Open),
        "half-open" => trial(node).map(State::HalfOpen),
        _ => Err(fault("state", "closed, open or half-open")),
    }
}

fn window(node: &Node) -> Read<Window> {
    let (case, node) = case("window", node)?;
    let mut fields = Fields::of("window", node)?;
    let window = match case {
        "count" => {
            let calls = text("calls", fields.need("calls")?)?;
            let calls = Calls::from_word(&calls).ok_or_else(|| fault("calls", "a word of the letters s, S, f, F"))?;
            Window::Count { size: small("size", fields.need("size")?)?, calls }
        }
        "time" => {
            let size_ms = Millis(number("size_ms", fields.need("size_ms")?)?);
            Window::Time { size_ms, buckets: list("buckets", fields.need("buckets")?, bucket)? }
        }
        _ => return Err(fault("window", "count or time")),
    };
    fields.end()?;
    Ok(window)
}

fn bucket(node: &Node) -> Read<Bucket> {
    let [start, successes, failures, slow] = items("bucket", node)?;
    Ok(Bucket(stamp(start)?, small("successes", successes)?, small("failures", failures)?, small("slow", slow)?))
}

fn trial(node: &Node) -> Read<Trial> {
    let mut fields = Fields::of("half-open", node)?;
    let trial = Trial {
        since_ms: fields.maybe("since_ms", deadline)?,
        successes: small("successes", fields.need("successes")?)?,
        failures: small("failures", fields.need("failures")?)?,
        probes: fields.maybe("probes", |node| list("probes", node, probe))?.unwrap_or_default(),
    };
    fields.end()?;
    Ok(trial)
}

fn probe(node: &Node) -> Read<Probe> {
    let mut fields = Fields::of("probe", node)?;
    let probe = Probe { slot: mark(fields.need("slot")?)?, until_ms: deadline(fields.need("until_ms")?)? };
    fields.end()?;
    Ok(probe)
}

fn streak(node: &Node) -> Read<Streak> {
    let mut fields = Fields::of("streak", node)?;
    let streak = Streak { failures: small("failures", fields.need("failures")?)?, at_ms: stamp(fields.need("at_ms")?)? };
    fields.end()?;
    Ok(streak)
}

fn last_failure(node: &Node) -> Read<LastFailure> {
    let mut fields = Fields::of("last_failure", node)?;
    let last = LastFailure { what: text("what", fields.need("what")?)?, at_ms: number("at_ms", fields.need("at_ms")?)? };
    fields.end()?;
    Ok(last)
}

fn override_(node: &Node) -> Read<Override> {
    let mut fields = Fields::of("override", node)?;
    let kind = match text("kind", fields.need("kind")?)?.as_str() {
        "forced-open" => OverrideKind::ForcedOpen,
        "disabled" => OverrideKind::Disabled,
        _ => return Err(fault("kind", "forced-open or disabled")),
    };
    let until_ms = fields.maybe("until_ms", deadline)?;
    let over = Override { kind, until_ms, note: fields.maybe("note", |node| text("note", node))?.unwrap_or_default() };
    fields.end()?;
    Ok(over)
}

fn cooldown(node: &Node) -> Read<Cooldown> {
    let mut fields = Fields::of("cooldown", node)?;
    let reason = match text("reason", fields.need("reason")?)?.as_str() {
        "retry-after" => CooldownReason::RetryAfter,
        "rolling" => CooldownReason::Rolling,
        "operator" => CooldownReason::Operator,
        _ => return Err(fault("reason", "retry-after, rolling or operator")),
    };
    let until_ms = deadline(fields.need("until_ms")?)?;
    let length_ms = Millis(number("length_ms", fields.need("length_ms")?)?);
    let cooldown = Cooldown { reason, until_ms, length_ms, note: fields.maybe("note", |node| text("note", node))?.unwrap_or_default() };
    fields.end()?;
    Ok(cooldown)
}

fn mark(node: &Node) -> Read<WriteMark> {
    let [writer, sequence] = items("mark", node)?;
    Ok(WriteMark { writer: number("writer", writer)?, sequence: number("sequence", sequence)? })
}

fn wall(node: &Node) -> Read<Wall> {
    number("time", node).map(Wall)
}

/// Reads a deadline. [`anchor_deadlines`](super::deadlines::anchor_deadlines) sets its monotonic time.
fn deadline(node: &Node) -> Read<Deadline> {
    wall(node).map(Deadline::from)
}

/// Reads a stamp. [`anchor_stamps`](super::stamps::anchor_stamps) sets its monotonic time.
fn stamp(node: &Node) -> Read<Stamp> {
    wall(node).map(Stamp::from)
}

fn number(field: &str, node: &Node) -> Read<u64> {
    let Content::Number(digits) = &node.content else { return Err(fault(field, "a number")) };
    digits.parse().map_err(|_| fault(field, "a whole number of 64 bits"))
}

fn small(field: &str, node: &Node) -> Read<u32> {
    u32::try_from(number(field, node)?).map_err(|_| fault(field, "a number of 32 bits"))
}

fn text(field: &str, node: &Node) -> Read<String> {
    if let Content::Text(text) = &node.content { Ok(text.clone()) } else { Err(fault(field, "a text")) }
}

fn list<T>(field: &str, node: &Node, read: fn(&Node) -> Read<T>) -> Read<Vec<T>> {
    let Content::List(nodes) = &node.content else { return Err(fault(field, "a list")) };
    nodes.iter().map(read).collect()
}

/// A list of exactly `N` items.
fn items<'a, const N: usize>(field: &str, node: &'a Node) -> Read<&'a [Node; N]> {
    let items = if let Content::List(nodes) = &node.content { nodes.as_slice().try_into().ok() } else { None };
    items.ok_or_else(|| fault(field, "a list of the right length"))
}

fn entries<'a>(field: &str, node: &'a Node) -> Read<&'a [(String, Node)]> {
    if let Content::Map(entries) = &node.content { Ok(entries) } else { Err(fault(field, "a map")) }
}

/// A map with one entry: the name of the case and its content.
fn case<'a>(field: &str, node: &'a Node) -> Read<(&'a str, &'a Node)> {
    match entries(field, node)? {
        [(case, node)] => Ok((case, node)),
        _ => Err(fault(field, "a map with one entry")),
    }
}

fn fault(field: &str, expected: &'static str) -> UnexpectedField {
    UnexpectedField { field: field.to_owned(), expected }
}

/// A map's entries. Each is taken once, and none may be left.
struct Fields<'a> {
    left: Vec<&'a (String, Node)>,
}

impl<'a> Fields<'a> {
    fn of(field: &str, node: &'a Node) -> Read<Fields<'a>> {
        Ok(Fields { left: entries(field, node)?.iter().collect() })
    }

    fn take(&mut self, name: &str) -> Option<&'a Node> {
        let place = self.left.iter().position(|(key, _)| key == name)?;
        Some(&self.left.swap_remove(place).1)
    }

    fn need(&mut self, name: &'static str) -> Read<&'a Node> {
        self.take(name).ok_or_else(|| fault(name, "present"))
    }

    fn maybe<T>(&mut self, name: &str, read: impl FnOnce(&Node) -> Read<T>) -> Read<Option<T>> {
        self.take(name).map(read).transpose()
    }

    fn end(self) -> Read<()> {
        self.left.first().map_or(Ok(()), |(key, _)| Err(fault(key, "a field of this format, or occurs twice")))
    }
}
