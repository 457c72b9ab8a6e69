//! Targets and scopes: a few that meet one another again and again, in several spellings, and some that make no sense.

use super::dice::Dice;
use fuseboard::{CircuitKind, Scope, ServiceKind, Target};

const HOSTS: &[&str] =
    &["a.example", "A.Example.", "https://a.example/x", "a.example", "b.example:8080", "[::1]:80", "münchen.example", "x.b.example"];
const NAMES: &[&str] = &["db", "db", "orders db", "é", "a.example"];
const ROLES: &[&str] = &["metadata", "META", "artifact", "landing", "default"];
const RESOLVERS: &[&str] = &["wayback", "wayback", "r/2"];
const ODD: &[&str] =
    &["", " ", "..", "a..b", "user@a.example", "a\0b", "\u{202e}x", "%41", "a:0", "[::", "-a.example", "xn--", "💥", "ﬀ", "*"];
const ODD_LENGTHS: &[usize] = &[63, 64, 127, 128, 129, 253, 254, 300, 5_000];
/// Of so many names one is odd.
const ODD_ONE_IN: u32 = 24;

fn odd(dice: &mut Dice) -> String {
    if dice.one_in(3) { "n".repeat(dice.pick(ODD_LENGTHS)) } else { dice.pick(ODD).to_owned() }
}

fn name(dice: &mut Dice, usual: &[&str]) -> String {
    if dice.one_in(ODD_ONE_IN) { odd(dice) } else { dice.pick(usual).to_owned() }
}

pub(super) fn host(dice: &mut Dice) -> String {
    name(dice, HOSTS)
}

pub(super) fn target(dice: &mut Dice) -> Target {
    let is_host = !dice.one_in(3);
    let (kind, usual) = if is_host { (ServiceKind::Host, HOSTS) } else { (ServiceKind::Name, NAMES) };
    let wants_role = if is_host { dice.one_in(3) } else { dice.one_in(50) };
    Target {
        kind,
        name: name(dice, usual),
        role: wants_role.then(|| name(dice, ROLES)),
        resolver: dice.one_in(4).then(|| name(dice, RESOLVERS)),
    }
}

pub(super) fn scope(dice: &mut Dice) -> Scope {
    let kind = dice.pick(&[CircuitKind::Host, CircuitKind::Host, CircuitKind::Name, CircuitKind::Resolver]);
    let (usual, wants_role) = match kind {
        CircuitKind::Host => (HOSTS, dice.one_in(3)),
        CircuitKind::Name => (NAMES, dice.one_in(50)),
        CircuitKind::Resolver => (RESOLVERS, dice.one_in(50)),
    };
    Scope { kind, name: name(dice, usual), role: wants_role.then(|| name(dice, ROLES)) }
}

/// A key, of a record that may be there or of nobody's.
pub(super) fn key(dice: &mut Dice) -> String {
    let key = dice.pick(&[
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
    if dice.one_in(ODD_ONE_IN) { format!("n:{}", "k".repeat(dice.pick(&[128, 129, 510]))) } else { key.to_owned() }
}
