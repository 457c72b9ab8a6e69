//! Live patches of operators, which take precedence over every source.

use super::document_reader::{DOCUMENT_LIMITS, DocumentReader};
use super::known_keys::Section;
use super::layer::{Layer, LayerWithRoles};
use super::settings::CountBounds;
use crate::document_tree::{Content, Node, json};
use crate::names::{CircuitKind, DEFAULT_ROLE, Scope};
use crate::sources::Diagnostic;

/// Where settings of one scope come from if not from a source.
#[derive(Clone, Copy)]
pub(super) struct LiveOrigin {
    /// Origin of the values in explanations.
    source: &'static str,
    /// The verb for setting it, in error messages.
    verb: &'static str,
    bounds: CountBounds,
}

pub(super) const PATCH: LiveOrigin = LiveOrigin { source: "patch", verb: "patch", bounds: CountBounds::Configured };
pub(super) const DEFINITION: LiveOrigin = LiveOrigin { source: "definition", verb: "define", bounds: CountBounds::Defined };

/// Live patches that apply to a circuit, as stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patches<'a> {
    /// Patch of the whole host, or of the name or the resolver.
    pub whole: Option<&'a str>,
    /// Patch of the host's role.
    pub role: Option<&'a str>,
}

/// Parsed [`Patches`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ParsedPatches {
    pub(super) whole: LayerWithRoles,
    pub(super) role: Layer,
}

/// Parses the patch or the definition of a scope.
pub(super) fn parse_layers(origin: LiveOrigin, scope: &Scope, text: &str) -> Result<ParsedPatches, Vec<Diagnostic>> {
    let mut reader = DocumentReader::without_lines(origin.source, origin.bounds);
    let mut parsed = ParsedPatches::default();
    match json::parse(text, DOCUMENT_LIMITS) {
        Ok(node @ Node { content: Content::Map(_), .. }) => match (scope.kind, scope.role.as_deref()) {
            (CircuitKind::Host, None) => parsed.whole = reader.layer_with_roles(&node, Section::Circuit),
            (CircuitKind::Host, Some(DEFAULT_ROLE)) => {
                reader.error(None, format!("the role `{DEFAULT_ROLE}` has no settings of its own: {} the whole host", origin.verb));
            }
            (CircuitKind::Host, Some(_)) => parsed.role = reader.circuit(&node),
            _ => parsed.whole.own = reader.circuit(&node),
        },
        Ok(node) => reader.error(None, format!("must be a JSON object, is {node}")),
        Err(error) => reader.error(error.line, error.message),
    }
    if reader.diagnostics.is_empty() { Ok(parsed) } else { Err(reader.diagnostics) }
}
