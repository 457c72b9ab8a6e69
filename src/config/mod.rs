//! The configuration: from documents, environment variables and flags to the policy of each circuit.
//!
//! [`Config::read`] reads every source into layers: the settings given for the defaults, a host, a role, a name or a resolver. Layers of
//! later sources merge over those of earlier ones. The policy of a circuit then resolves from the layers that apply to it, and each
//! value keeps its origin.

mod configuration;
mod conflicts;
mod defining;
mod definitions;
#[cfg(not(target_family = "wasm"))]
mod descriptions;
mod document_reader;
mod named_key;
mod nearest_key;
mod effective;
mod emptied;
mod environment;
mod flags;
mod known_keys;
mod layer;
mod load;
#[cfg(not(target_family = "wasm"))]
mod merged_document;
mod origin;
mod patch;
mod patching;
#[cfg(not(target_family = "wasm"))]
mod reference;
mod resolve;
#[cfg(not(target_family = "wasm"))]
mod schema;
mod settings;
mod short_form;
mod status_ranges;
#[cfg(test)]
mod tests;
mod value;

pub use configuration::Config;
pub use defining::DEFINITIONS_MAX;
pub(crate) use effective::PolicyKey;
pub use patch::Patches;
#[cfg(not(target_family = "wasm"))]
pub use {merged_document::built_in_document, reference::reference, schema::schema};
