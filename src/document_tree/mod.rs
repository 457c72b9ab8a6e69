//! Parsed documents as trees that keep the order of keys and the line of each value. Parsing has limits on size, depth and number of
//! values. Stored records and patches are JSON; configuration documents are JSON or YAML.

mod document;
pub(crate) mod json;
mod limits;
mod node;
mod parse_error;
pub(crate) mod plain_scalar;
mod yaml;
mod yaml_parts;
#[cfg(test)]
mod yaml_tests;
mod yaml_tree;

pub(crate) use document::parse_document;
pub(crate) use limits::Limits;
pub(crate) use node::{Content, Node};
