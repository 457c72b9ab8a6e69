//! Parsing of configuration documents, which are JSON or YAML.

use super::limits::Limits;
use super::node::Node;
use super::parse_error::ParseError;
use super::{json, yaml};

/// Parses a document as JSON, else as YAML. If both fail, the error is about the format that the name's extension says. Nearly all JSON
/// is YAML too, but errors about YAML syntax would confuse the author of a JSON document.
pub(crate) fn parse_document(name: &str, text: &str, limits: Limits) -> Result<Node, ParseError> {
    let is_json =
        name.len().checked_sub(".json".len()).and_then(|end| name.get(end..)).is_some_and(|end| end.eq_ignore_ascii_case(".json"));
    json::parse(text, limits)
        .or_else(|json_error| yaml::parse(text, limits).map_err(|yaml_error| if is_json { json_error } else { yaml_error }))
}
