//! Operators' patches: what may stand in the configuration at their scope, above every source.

use super::keys::Part;
use super::layer::{Entry, Layer};
use super::reading::Reader;
use super::settings::path_of;
use super::{Config, DOCUMENT};
use crate::machine::policy::ROLES_MAX;
use crate::names::{CircuitKind, DEFAULT_ROLE, Scope, joined_by};
use crate::sources::Diagnostic;
use crate::tree::{Content, Node, json};

/// The source that explanations name for a patched value.
const SOURCE: &str = "patch";

/// The live patches that concern one circuit, as stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patches<'a> {
    /// Of the whole host; of the name or the resolver itself.
    pub whole: Option<&'a str>,
    /// Of the host's role.
    pub role: Option<&'a str>,
}

/// The same, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Patched {
    pub(super) whole: Entry,
    pub(super) role: Layer,
}

impl Config {
    /// Whether a text can be a patch of a scope: a JSON object with what may stand in the configuration there, that does not
    /// contradict it.
    ///
    /// # Errors
    /// Tells all faults in one text.
    pub fn check_patch(&self, scope: &Scope, text: &str) -> Result<(), String> {
        let faults = match read(scope, text) {
            Ok(patched) => self.contradictions(scope, &patched),
            Err(faults) => faults.into_iter().map(told).collect(),
        };
        if faults.is_empty() { Ok(()) } else { Err(joined_by("; ", &faults)) }
    }

    /// The patches that can be used for a circuit.
    pub(super) fn patched(&self, circuit: &Scope, patches: Patches<'_>) -> Patched {
        let mut kept = Patched::default();
        let whole = Scope { role: None, ..circuit.clone() };
        let role = circuit.role.as_ref().and(patches.role);
        for (scope, text) in [(&whole, patches.whole), (circuit, role)] {
            let Some(Ok(patch)) = text.map(|text| read(scope, text)) else { continue };
            let mut tried = kept.clone();
            tried.whole.merge(patch.whole);
            tried.role.merge(patch.role);
            if self.resolved(circuit, &tried).window_fault().is_none() {
                kept = tried;
            }
        }
        kept
    }

    /// What the patch and the configuration cannot be together, each once: a host's circuits mostly share it.
    fn contradictions(&self, scope: &Scope, patched: &Patched) -> Vec<String> {
        let mut faults = Vec::new();
        let mut circuits = vec![scope.clone()];
        if scope.kind == CircuitKind::Host && scope.role.is_none() {
            let mut entry = self.entry_of(&scope.name).cloned().unwrap_or_default();
            entry.merge(patched.whole.clone());
            if entry.roles.len() > ROLES_MAX {
                faults.push(format!("roles: must be at most {ROLES_MAX} with those configured, are {}", entry.roles.len()));
            }
            circuits.extend(self.roles_of(&scope.name, patched).into_iter().map(|role| scope.clone().role(role)));
        }
        let mut seen: Vec<String> = Vec::new();
        for circuit in circuits {
            match self.resolved(&circuit, patched).window_fault() {
                Some((key, message)) if !seen.contains(&message) => {
                    faults.push(format!("{} (for {circuit}): {message}", path_of(key)));
                    seen.push(message);
                }
                _ => {}
            }
        }
        faults
    }
}

fn told(fault: Diagnostic) -> String {
    if fault.path.is_empty() { fault.message } else { format!("{}: {}", fault.path, fault.message) }
}

/// A patch by itself.
fn read(scope: &Scope, text: &str) -> Result<Patched, Vec<Diagnostic>> {
    let mut reader = Reader::without_lines(SOURCE);
    let mut patched = Patched::default();
    match json::read(text, DOCUMENT) {
        Ok(node @ Node { content: Content::Map(_), .. }) => match (scope.kind, scope.role.as_deref()) {
            (CircuitKind::Host, None) => patched.whole = reader.entry(&node, Part::Circuit),
            (CircuitKind::Host, Some(DEFAULT_ROLE)) => {
                reader.fault(None, format!("the circuit `{DEFAULT_ROLE}` takes no role's setting: patch the whole host"));
            }
            (CircuitKind::Host, Some(_)) => patched.role = reader.circuit(&node),
            _ => patched.whole.own = reader.circuit(&node),
        },
        Ok(node) => reader.fault(None, format!("must be a JSON object, is {node}")),
        Err(unreadable) => reader.fault(unreadable.line, unreadable.message),
    }
    if reader.told.is_empty() { Ok(patched) } else { Err(reader.told) }
}
