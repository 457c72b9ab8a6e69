//! Validation of live patches against the configuration.

use super::configuration::Config;
use super::patch::{PATCH, ParsedPatches, Patches, parse_layers};
use super::settings::path_of;
use crate::names::{CircuitKind, Scope};
use crate::policy::ROLES_MAX;
use crate::quote::joined_by;
use crate::sources::Diagnostic;

impl Config {
    /// Checks that a text is a valid patch of a scope: a JSON object with settings that are allowed there, without conflicts with the
    /// configuration.
    ///
    /// # Errors
    /// All errors of the patch, in one text.
    pub fn check_patch(&self, scope: &Scope, text: &str) -> Result<(), String> {
        let errors = match parse_layers(PATCH, scope, text) {
            Ok(patches) => self.conflicts_of(scope, &patches),
            Err(errors) => errors.into_iter().map(path_and_message).collect(),
        };
        if errors.is_empty() { Ok(()) } else { Err(joined_by("; ", &errors)) }
    }

    /// Returns the patches of a circuit that are valid and cause no conflict.
    pub(super) fn usable_patches(&self, circuit: &Scope, patches: Patches<'_>) -> ParsedPatches {
        let mut usable = ParsedPatches::default();
        let whole = Scope { role: None, ..circuit.clone() };
        let role_patch = circuit.role.as_ref().and(patches.role);
        for (scope, text) in [(&whole, patches.whole), (circuit, role_patch)] {
            let Some(Ok(patch)) = text.map(|text| parse_layers(PATCH, scope, text)) else { continue };
            let mut merged = usable.clone();
            merged.whole.merge(patch.whole);
            merged.role.merge(patch.role);
            if self.resolved(circuit, &merged).window_conflict().is_none() {
                usable = merged;
            }
        }
        usable
    }

    /// Returns the conflicts that a patch or a definition causes. Circuits of a host often share a conflict, which is returned once.
    pub(super) fn conflicts_of(&self, scope: &Scope, patches: &ParsedPatches) -> Vec<String> {
        let mut errors = Vec::new();
        let mut circuits = vec![scope.clone()];
        if scope.kind == CircuitKind::Host && scope.role.is_none() {
            let mut entry = self.host_entry(&scope.name).cloned().unwrap_or_default();
            entry.merge(patches.whole.clone());
            if entry.roles.len() > ROLES_MAX {
                errors.push(format!("roles: must have at most {ROLES_MAX} with the configured ones, has {}", entry.roles.len()));
            }
            circuits.extend(self.roles_of(&scope.name, patches).into_iter().map(|role| scope.clone().role(role)));
        }
        let mut seen: Vec<String> = Vec::new();
        for circuit in circuits {
            match self.resolved(&circuit, patches).window_conflict() {
                Some((key, message)) if !seen.contains(&message) => {
                    errors.push(format!("{} (for {circuit}): {message}", path_of(key)));
                    seen.push(message);
                }
                _ => {}
            }
        }
        errors
    }
}

pub(super) fn path_and_message(error: Diagnostic) -> String {
    if error.path.is_empty() { error.message } else { format!("{}: {}", error.path, error.message) }
}
