//! Loading of a configuration from its sources.

use super::configuration::Config;
use super::conflicts;
use super::definitions::Definitions;
use super::document_reader::{DOCUMENT_LIMITS, DocumentReader};
use super::layer::{ConfigLayers, Layer};
use super::origin::Origin;
use super::settings::SETTINGS;
use super::value::{SourcedValue, parse_value};
use super::{emptied, environment, flags};
use crate::document_tree::{json, parse_document};
use crate::sources::{Diagnostic, Document, Severity, Sources};

/// Most errors that are returned.
const ERRORS_MAX: usize = 1_000;

impl Config {
    /// Reads all sources. Returns the configuration with the warnings about it.
    ///
    /// # Errors
    /// All errors of all sources, in the order of the sources.
    pub fn read(sources: &Sources) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
        Config::read_after(sources, &[])
    }

    /// Reads all sources again, while this configuration is in use.
    ///
    /// ```
    /// use fuseboard::{Document, Sources, config::Config};
    /// let sources = |text: &str| {
    ///     let document = Document { name: "breakers.yaml".into(), text: text.into() };
    ///     Sources { documents: vec![document], ..Sources::default() }
    /// };
    /// let (config, _) = Config::read(&sources("defaults: {fail_max: 3}")).unwrap();
    /// assert!(config.read_again(&sources("defaults: {fail_max: 4}")).is_ok());
    /// let errors = config.read_again(&sources("")).unwrap_err();
    /// assert!(errors[0].to_string().starts_with("breakers.yaml: must still have a setting"));
    /// ```
    ///
    /// # Errors
    /// Those of [`Config::read`], and one for each document that had settings and now has none.
    pub fn read_again(&self, sources: &Sources) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
        Config::read_after(sources, &self.documents)
    }

    fn read_after(sources: &Sources, had_settings: &[String]) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut config = Config {
            layers: ConfigLayers::default(),
            built_in: built_in_layer(),
            documents: Vec::new(),
            definitions: Definitions::default(),
        };
        let mut diagnostics = config.add_documents(&sources.documents);
        diagnostics.append(&mut emptied::find(&sources.documents, had_settings, &config.documents));
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

    /// Merges the settings of all documents. Returns the errors.
    fn add_documents(&mut self, documents: &[Document]) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for document in documents {
            let mut reader = DocumentReader::new(&document.name);
            let layers = match parse_document(&document.name, &document.text, DOCUMENT_LIMITS) {
                Ok(tree) => reader.document(&tree),
                Err(error) => {
                    reader.error(error.line, error.message);
                    ConfigLayers::default()
                }
            };
            // A document with an error may have settings that could not be read.
            if layers.has_settings() || !reader.diagnostics.is_empty() {
                self.documents.push(document.name.clone());
            }
            self.layers.merge(layers);
            diagnostics.append(&mut reader.diagnostics);
        }
        diagnostics
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
