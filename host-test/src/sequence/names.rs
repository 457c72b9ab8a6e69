//! Random targets and scopes: a few names in several spellings, and some unusual ones, most of them invalid.

use super::random::Random;
use fuseboard::{CircuitKind, Scope, ServiceKind, Target};

const HOSTS: &[&str] =
    &["a.example", "A.Example.", "https://a.example/x", "a.example", "b.example:8080", "[::1]:80", "münchen.example", "x.b.example"];
const NAMES: &[&str] = &["db", "db", "orders db", "é", "a.example"];
const ROLES: &[&str] = &["metadata", "META", "artifact", "landing", "default"];
const RESOLVERS: &[&str] = &["wayback", "wayback", "r/2"];
const UNUSUAL: &[&str] =
    &["", " ", "..", "a..b", "user@a.example", "a\0b", "\u{202e}x", "%41", "a:0", "[::", "-a.example", "xn--", "💥", "ﬀ", "*"];
const UNUSUAL_LENGTHS: &[usize] = &[63, 64, 127, 128, 129, 253, 254, 300, 5_000];
/// One in this many names is one of `UNUSUAL`.
const UNUSUAL_ONE_IN: u32 = 24;

fn unusual(random: &mut Random) -> String {
    if random.one_in(3) { "n".repeat(random.pick(UNUSUAL_LENGTHS)) } else { random.pick(UNUSUAL).to_owned() }
}

fn name(random: &mut Random, usual: &[&str]) -> String {
    if random.one_in(UNUSUAL_ONE_IN) { unusual(random) } else { random.pick(usual).to_owned() }
}

pub(super) fn host(random: &mut Random) -> String {
    name(random, HOSTS)
}

pub(super) fn target(random: &mut Random) -> Target {
    let is_host = !random.one_in(3);
    let (kind, usual) = if is_host { (ServiceKind::Host, HOSTS) } else { (ServiceKind::Name, NAMES) };
    let wants_role = if is_host { random.one_in(3) } else { random.one_in(50) };
    Target {
        kind,
        name: name(random, usual),
        role: wants_role.then(|| name(random, ROLES)),
        resolver: random.one_in(4).then(|| name(random, RESOLVERS)),
    }
}

pub(super) fn scope(random: &mut Random) -> Scope {
    let kind = random.pick(&[CircuitKind::Host, CircuitKind::Host, CircuitKind::Name, CircuitKind::Resolver]);
    let (usual, wants_role) = match kind {
        CircuitKind::Host => (HOSTS, random.one_in(3)),
        CircuitKind::Name => (NAMES, random.one_in(50)),
        CircuitKind::Resolver => (RESOLVERS, random.one_in(50)),
    };
    Scope { kind, name: name(random, usual), role: wants_role.then(|| name(random, ROLES)) }
}

/// A key of a circuit, or a key that belongs to none.
pub(super) fn key(random: &mut Random) -> String {
    let key = random.pick(&[
        "h:a.example",
        "h:a.example",
        "n:db",
        "n:db",
        "r:wayback",
        "h:b.example%3A8080",
        "n:orders%20db",
        "n:",
        "n:%64b",
        "n:%zz",
        "n:a b",
        "n:../b",
        "h:é",
        "h:A.example",
        "x:y",
        "h:",
        "r:%",
    ]);
    if random.one_in(UNUSUAL_ONE_IN) { format!("n:{}", "k".repeat(random.pick(&[128, 129, 510]))) } else { key.to_owned() }
}
