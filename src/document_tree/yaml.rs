//! Parser for YAML 1.2.

use super::limits::Limits;
use super::node::Node;
use super::parse_error::ParseError;
use super::{yaml_parts, yaml_tree};

pub(super) fn parse(text: &str, limits: Limits) -> Result<Node, ParseError> {
    let parts = yaml_parts::parse(limits.check_text(text)?, limits)?;
    yaml_tree::build(&parts, limits)
}
