//! The stored record, one per host, name or resolver. Plain data: facts and deadlines, never thresholds.

use super::window::Window;
use crate::answer::{LastFailure, Phase};
use crate::names::DEFAULT_ROLE;
use crate::status::OverrideKind;
use crate::time::{Deadline, Millis, Stamp, Wall};
use crate::vec_map::VecMap;
use crate::write_mark::WriteMark;
use serde::Serialize;

/// How many writes a record remembers, so that a writer can find its own write after the store's answer was lost.
pub const WRITES_KEPT: usize = 8;

/// Everything stored under one key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The last few writes, newest last.
    pub writes: Vec<WriteMark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<Cooldown>,
    /// When failures happened, for the rolling window.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<Stamp>,
    /// Set at host scope, for all roles, including roles that are added later.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub override_: Option<Override>,
    /// The operators' patch at host scope, or a name's or resolver's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// The initial circuit of a role that has none of its own yet.
    pub base: Circuit,
    /// By role. A name or a resolver has one circuit, under the role `default`.
    #[serde(skip_serializing_if = "VecMap::is_empty")]
    pub roles: VecMap<String, Circuit>,
}

/// A host-wide wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cooldown {
    pub reason: CooldownReason,
    pub until_ms: Deadline,
    /// How long it was when it was set. Each process computes its jitter from it.
    pub length_ms: Millis,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CooldownReason {
    RetryAfter,
    Rolling,
    Operator,
}

/// An operator's override of the phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Override {
    pub kind: OverrideKind,
    /// `None`: it lasts until another command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<Deadline>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// One breaker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Circuit {
    /// Counts phase changes and commands.
    pub generation: u64,
    /// The mark of the write that began this generation. `None`: nothing is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<WriteMark>,
    pub state: State,
    /// Consecutive failures. The streak is kept while the circuit is open or half-open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streak: Option<Streak>,
    /// Openings since the last close. The back-off grows with them.
    #[serde(skip_serializing_if = "is_zero")]
    pub openings: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_at_ms: Option<Wall>,
    /// When a write last changed this circuit. Only the circuits of a host's roles have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_at_ms: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<LastFailure>,
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub override_: Option<Override>,
    /// The operators' patch at this role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

/// Consecutive failures without a success between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Streak {
    pub failures: u32,
    /// When the last one happened.
    pub at_ms: Stamp,
}

/// A phase with its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Closed(Option<Window>),
    /// Half-open from this deadline on.
    Open(Deadline),
    HalfOpen(Trial),
}

impl Default for State {
    fn default() -> Self {
        State::Closed(None)
    }
}

/// The probes of a half-open circuit so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// The open deadline that ended in this trial. Each process adds its stagger to it. `None` after a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<Deadline>,
    pub successes: u32,
    pub failures: u32,
    /// Oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<Probe>,
}

/// A probe slot and its deadline. The slot is named by the mark of the write that granted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Probe {
    pub slot: WriteMark,
    pub until_ms: Deadline,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Circuit {
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.state {
            State::Closed(_) => Phase::Closed,
            State::Open(_) => Phase::Open,
            State::HalfOpen(_) => Phase::HalfOpen,
        }
    }

    /// Begins a generation. Permits of earlier generations no longer count.
    pub fn begin_generation(&mut self, mark: WriteMark) {
        self.generation = self.generation.saturating_add(1);
        self.began = Some(mark);
    }
}

impl Record {
    /// The circuit of a role, or the circuit that it would start with.
    #[must_use]
    pub fn circuit(&self, role: &str) -> &Circuit {
        self.roles.get(role).unwrap_or(&self.base)
    }

    /// The circuit of a role for a change. The role gets a circuit of its own if it has none.
    pub fn circuit_mut(&mut self, role: &str) -> &mut Circuit {
        if !self.roles.contains_key(role) {
            self.roles.insert(role.to_owned(), self.base.clone());
        }
        // It was inserted above if it was missing, so the fallback is never used.
        self.roles.get_mut(role).unwrap_or(&mut self.base)
    }

    /// Removes a role's circuit if it still equals the initial circuit of any role.
    pub fn forget_untouched(&mut self, role: &str) {
        if self.roles.get(role) == Some(&self.base) {
            self.roles.remove(role);
        }
    }

    /// The override in force for a role. Forced-open takes precedence over disabled, and the longer of two forced-open overrides
    /// over the shorter.
    #[must_use]
    pub fn override_of(&self, role: &str) -> Option<&Override> {
        let own = self.circuit(role).override_.as_ref();
        let (Some(host), Some(own)) = (self.override_.as_ref(), own) else {
            return self.override_.as_ref().or(own);
        };
        let rank = |o: &Override| (o.kind == OverrideKind::ForcedOpen, o.until_ms.is_none(), o.until_ms.map(|until| until.due));
        Some(if rank(own) > rank(host) { own } else { host })
    }

    /// The base (`None`), and every role's circuit with its role.
    pub fn circuits_mut(&mut self) -> impl Iterator<Item = (Option<&str>, &mut Circuit)> {
        let base = std::iter::once((None, &mut self.base));
        base.chain(self.roles.iter_mut().map(|(role, circuit)| (Some(role.as_str()), circuit)))
    }
}

/// The role of a scope's circuit. A name or a resolver has its one circuit under the default role.
#[must_use]
pub fn role_of(scope: &crate::names::Scope) -> &str {
    scope.role.as_deref().unwrap_or(DEFAULT_ROLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Deadline, Mono, Wall};

    fn forced_open(note: &str, until_ms: Option<u64>) -> Override {
        let until_ms = until_ms.map(|ms| Deadline { at: Wall(ms), due: Mono(ms) });
        Override { kind: OverrideKind::ForcedOpen, note: note.to_owned(), until_ms }
    }

    #[test]
    fn a_roles_override_applies_only_if_it_is_stronger_than_the_hosts() {
        for (host, own, applies) in
            [(Some(1), Some(2), "own"), (Some(2), Some(1), "host"), (Some(1), Some(1), "host"), (None, None, "host")]
        {
            let mut record = Record { override_: Some(forced_open("host", host)), ..Record::default() };
            record.circuit_mut("slow").override_ = Some(forced_open("own", own));
            assert_eq!(record.override_of("slow").map(|o| o.note.as_str()), Some(applies), "{host:?} {own:?}");
        }
    }
}
