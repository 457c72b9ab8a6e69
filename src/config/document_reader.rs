//! Reads the tree of a document into layers. Continues after an error, so that all errors are reported together.

use super::known_keys::{KnownKey, KnownKeys, Section};
use super::layer::{ConfigLayers, Layer, LayerWithRoles};
use super::named_key::NamedKey;
use super::origin::Origin;
use super::settings::{CountBounds, ValueType};
use super::value::{SourcedValue, Value, ValueError, parse_value};
use crate::document_tree::{Content, Limits, Node};
use crate::names::HOST_BYTES_MAX;
use crate::policy::ROLES_MAX;
use crate::quote::quoted;
use crate::redact::{has_scheme, redact_urls, redact_value};
use crate::sources::{Diagnostic, Severity};
use crate::vec_map::VecMap;
use std::sync::Arc;

/// Limits of a document, and of a patch.
pub(super) const DOCUMENT_LIMITS: Limits = Limits { bytes: 1 << 20, depth: 32, nodes: 10_000 };

/// Longest name of a source in messages.
const SOURCE_CHARS_MAX: usize = 200;

pub(super) struct DocumentReader {
    source: Arc<str>,
    /// False for a patch or a definition, which are not files.
    has_lines: bool,
    bounds: CountBounds,
    /// Path of the current value.
    path: String,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl DocumentReader {
    pub(super) fn new(source: &str) -> DocumentReader {
        // A file's path is shown in full. A URL is not.
        let source = if has_scheme(source) { redact_urls(source) } else { source.into() };
        let source = source.chars().take(SOURCE_CHARS_MAX).collect::<String>();
        DocumentReader {
            source: source.into(),
            has_lines: true,
            bounds: CountBounds::Configured,
            path: String::new(),
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn without_lines(source: &str, bounds: CountBounds) -> DocumentReader {
        DocumentReader { has_lines: false, bounds, ..DocumentReader::new(source) }
    }

    pub(super) fn error(&mut self, line: Option<u32>, message: String) {
        self.report(Severity::Error, line, message);
    }

    pub(super) fn warn(&mut self, message: String) {
        self.report(Severity::Warning, None, message);
    }

    fn report(&mut self, severity: Severity, line: Option<u32>, message: String) {
        let (source, path, line) = (self.source.to_string(), self.path.clone(), line.filter(|_| self.has_lines));
        self.diagnostics.push(Diagnostic { severity, source, line, path, message });
    }

    /// Reads at a key or a path below the current path. Diagnostics show it as it is.
    pub(super) fn at<T>(&mut self, key: &str, read: impl FnOnce(&mut DocumentReader) -> T) -> T {
        let end = self.path.len();
        if end > 0 {
            self.path.push('.');
        }
        // Shortened: every error below it repeats the key, which can be as long as the document.
        self.path.extend(key.chars().take(HOST_BYTES_MAX));
        let read = read(self);
        self.path.truncate(end);
        read
    }

    pub(super) fn document(&mut self, root: &Node) -> ConfigLayers {
        let mut layers = ConfigLayers::default();
        for (known, written, node) in self.known(root, KnownKeys::TopLevel) {
            self.at(written, |reader| match known.path {
                "defaults" => layers.defaults = reader.layer_with_roles(node, Section::Defaults),
                "advanced" => layers.advanced = reader.layer(node, "advanced", Section::Advanced),
                "hosts" => {
                    layers.hosts = reader.named(node, NamedKey::Host, DocumentReader::host);
                }
                "names" => layers.names = reader.named(node, NamedKey::Name, DocumentReader::circuit),
                _ => layers.resolvers = reader.named(node, NamedKey::Name, DocumentReader::circuit),
            });
        }
        layers
    }

    /// Reads `defaults` or a host: settings and `roles`.
    pub(super) fn layer_with_roles(&mut self, node: &Node, section: Section) -> LayerWithRoles {
        let mut layer = LayerWithRoles::default();
        for (known, written, node) in self.known(node, KnownKeys::WithRoles(section)) {
            self.at(written, |reader| match known.path {
                "roles" => layer.roles = reader.roles(node),
                _ => reader.setting(known, node, section, &mut layer.own),
            });
        }
        layer
    }

    fn host(&mut self, node: &Node) -> LayerWithRoles {
        self.layer_with_roles(node, Section::Circuit)
    }

    /// Reads a role, a name or a resolver: settings alone.
    pub(super) fn circuit(&mut self, node: &Node) -> Layer {
        self.layer(node, "", Section::Circuit)
    }

    fn roles(&mut self, node: &Node) -> VecMap<String, Layer> {
        let roles = self.named(node, NamedKey::Role, DocumentReader::circuit);
        if roles.len() > ROLES_MAX {
            self.error(node.line, format!("must have at most {ROLES_MAX} roles, has {}", roles.len()));
        }
        roles
    }

    fn layer(&mut self, node: &Node, prefix: &'static str, section: Section) -> Layer {
        let mut layer = Layer::default();
        self.settings(node, prefix, section, &mut layer);
        layer
    }

    fn settings(&mut self, node: &Node, prefix: &'static str, section: Section, layer: &mut Layer) {
        for (known, written, node) in self.known(node, KnownKeys::Settings(prefix, section)) {
            self.at(written, |reader| reader.setting(known, node, section, layer));
        }
    }

    /// Reads a value, a map of settings, or (for the window) both.
    fn setting(&mut self, known: KnownKey, node: &Node, section: Section, layer: &mut Layer) {
        if let Some(row) = known.row {
            let value = parse_value(&row.bounded_by(self.bounds), node);
            let has_settings = matches!(row.value_type, ValueType::Section) && value.as_ref().is_ok_and(|value| *value != Value::Off);
            match value {
                Ok(value) => layer.set(row.key, SourcedValue { value, origin: self.origin(node) }),
                Err(errors) => self.value_errors(node, errors),
            }
            if !has_settings {
                return;
            }
        }
        self.settings(node, known.path, section, layer);
    }

    fn origin(&self, node: &Node) -> Origin {
        Origin { source: Arc::clone(&self.source), line: node.line.filter(|_| self.has_lines) }
    }

    fn value_errors(&mut self, node: &Node, errors: Vec<ValueError>) {
        for error in errors {
            let end = self.path.len();
            let mut line = node.line;
            if let (Some(item), Content::List(list)) = (error.item, &node.content) {
                self.path.extend(["[", &item.to_string(), "]"]);
                line = list.get(item).map_or(line, |item| item.line);
            }
            self.error(line, error.message);
            self.path.truncate(end);
        }
    }

    /// Returns the entries of a map with fixed keys, without those that are ignored.
    fn known<'n>(&mut self, node: &'n Node, keys: KnownKeys) -> Vec<(KnownKey, &'n str, &'n Node)> {
        let mut found: Vec<(KnownKey, &'n str, &'n Node)> = Vec::new();
        for (key, node) in self.entries(node) {
            if key == "$schema" || key.starts_with("x-") {
                continue;
            }
            let known = keys.find(key);
            match (known, known.and_then(|known| found.iter().find(|(other, ..)| other.path == known.path))) {
                (None, _) => self.at(&redact_value(key), |reader| reader.error(node.line, keys.unknown(key))),
                (_, Some((_, _, earlier))) if earlier.rank != node.rank => {}
                (_, Some((_, other, _))) => self.at(key, |reader| reader.error(node.line, duplicate(key, other))),
                (Some(known), None) => found.push((known, key, node)),
            }
        }
        found
    }

    /// Reads a map whose keys are names, and normalizes the names.
    fn named<T>(&mut self, node: &Node, named: NamedKey, read: fn(&mut DocumentReader, &Node) -> T) -> VecMap<String, T> {
        // Holds the values apart from the names: inserting names in random order moves entries, and small entries move faster.
        let mut indexes: VecMap<String, usize> = VecMap::default();
        let mut values: Vec<(usize, Option<T>)> = Vec::new();
        for (key, node) in self.entries(node) {
            self.at(&named.shown(key), |reader| {
                let name = named.normalize(key);
                let index = name.as_ref().ok().and_then(|name| indexes.get(name));
                let earlier = index.and_then(|index| values.get(*index)).map(|(rank, _)| *rank);
                if earlier.is_some_and(|rank| rank != node.rank) {
                    return;
                }
                let value = read(reader, node);
                match name {
                    Ok(name) if earlier.is_some() => {
                        reader.error(node.line, format!("duplicate of {}: keep one of them", quoted(&name)));
                    }
                    Ok(name) => {
                        indexes.insert(name, values.len());
                        values.push((node.rank, Some(value)));
                    }
                    Err(message) => reader.error(node.line, message),
                }
            });
        }
        indexes.filter_map(|index| values.get_mut(index)?.1.take())
    }

    /// Returns the entries of a map. A map that is null or blank is empty.
    fn entries<'n>(&mut self, node: &'n Node) -> &'n [(String, Node)] {
        match &node.content {
            Content::Map(entries) => entries,
            Content::Null | Content::Blank => &[],
            _ => {
                self.error(node.line, format!("must be a map, is {node}"));
                &[]
            }
        }
    }
}

fn duplicate(key: &str, other: &str) -> String {
    if key == other { "duplicate key: keep one of them".into() } else { format!("same setting as `{other}`: keep one of them") }
}
