//! Loading of a configuration from its sources.

use super::configuration::Config;
use super::conflicts;
use super::definitions::Definitions;
use super::document_reader::{DOCUMENT_LIMITS, DocumentReader};
use super::layer::{ConfigLayers, Layer};
use super::origin::Origin;
use super::settings::SETTINGS;
use super::value::{SourcedValue, parse_value};
use super::{environment, flags};
use crate::document_tree::{json, parse_document};
use crate::sources::{Diagnostic, Severity, Sources};

/// Most errors that are returned.
const ERRORS_MAX: usize = 1_000;

impl Config {
    /// Reads all sources. Returns the configuration with the warnings about it.
    ///
    /// # Errors
    /// All errors of all sources, in the order of the sources.
    pub fn read(sources: &Sources) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut config = Config { layers: ConfigLayers::default(), built_in: built_in_layer(), definitions: Definitions::default() };
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        for document in &sources.documents {
            let mut reader = DocumentReader::new(&document.name);
            match parse_document(&document.name, &document.text, DOCUMENT_LIMITS) {
                Ok(tree) => config.layers.merge(reader.document(&tree)),
                Err(error) => reader.error(error.line, error.message),
            }
            diagnostics.append(&mut reader.diagnostics);
        }
        diagnostics.append(&mut environment::read(sources, &mut config.layers));
        diagnostics.append(&mut flags::read(sources, &mut config.layers));
        diagnostics.append(&mut conflicts::find(&config, &diagnostics));
        let (mut errors, warnings) = diagnostics.into_iter().partition::<Vec<_>, _>(|diagnostic| diagnostic.severity == Severity::Error);
        if errors.is_empty() {
            return Ok((config, warnings));
        }
        shorten(&mut errors);
        Err(errors)
    }
}

fn shorten(errors: &mut Vec<Diagnostic>) {
    let more = errors.len().saturating_sub(ERRORS_MAX);
    if more > 0 {
        errors.truncate(ERRORS_MAX);
        let mut reader = DocumentReader::new("all sources together");
        reader.error(None, format!("{more} more errors"));
        errors.append(&mut reader.diagnostics);
    }
}

/// Returns the built-in values. A test checks that each one is valid.
fn built_in_layer() -> Layer {
    let mut layer = Layer::default();
    for row in SETTINGS {
        let node = json::parse(row.built_in, DOCUMENT_LIMITS).map_err(drop);
        if let Ok(value) = node.and_then(|node| parse_value(row, &node).map_err(drop)) {
            layer.set(row.key, SourcedValue { value, origin: Origin { source: "built-in".into(), line: None } });
        }
    }
    layer
}
