//! The short form of settings in environment variables and flags, for example `fail_max:5,reset:60`. It is turned into the tree that a
//! document would have.

use super::document_reader::{DOCUMENT_LIMITS, DocumentReader};
use super::layer::ConfigLayers;
use crate::document_tree::{Content, Node, plain_scalar};
use crate::host::shown_host;
use crate::quote::{joined_by, quoted};
use crate::redact::{has_scheme, redact_value};

/// The place that a variable or a flag sets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Destination {
    Defaults,
    Classify,
    Rolling,
    /// Several hosts in one value.
    Hosts,
    Host(String),
    /// Host and role.
    Role(String, String),
    Resolver(String),
}

impl Destination {
    /// Returns the path in diagnostics.
    fn shown_path(&self) -> String {
        let shown = match self {
            Destination::Host(host) => vec!["hosts".into(), shown_host(host).to_owned()],
            Destination::Role(host, role) => {
                vec!["hosts".into(), shown_host(host).to_owned(), "roles".into(), redact_value(role).into_owned()]
            }
            Destination::Resolver(name) => vec!["resolvers".into(), redact_value(name).into_owned()],
            _ => self.path().into_iter().map(str::to_owned).collect(),
        };
        joined_by(".", &shown)
    }

    /// Returns the path in a document.
    fn path(&self) -> Vec<&str> {
        match self {
            Destination::Defaults => vec!["defaults"],
            Destination::Classify => vec!["defaults", "classify"],
            Destination::Rolling => vec!["advanced", "rolling"],
            Destination::Hosts => vec!["hosts"],
            Destination::Host(host) => vec!["hosts", host],
            Destination::Role(host, role) => vec!["hosts", host, "roles", role],
            Destination::Resolver(name) => vec!["resolvers", name],
        }
    }
}

/// Parses a value and reads its settings.
pub(super) fn read(reader: &mut DocumentReader, destination: &Destination, text: &str) -> ConfigLayers {
    let checked = match destination {
        Destination::Classify => check_values(text),
        Destination::Hosts => check_hosts(text),
        _ => check_names(text),
    };
    if let Err(error) = checked {
        reader.at(&destination.shown_path(), |reader| reader.error(None, error));
        return ConfigLayers::default();
    }
    let mut parser = Parser::default();
    let map = match destination {
        Destination::Classify => parser.lists(text),
        Destination::Hosts => parser.hosts(text),
        _ => parser.settings(text),
    };
    for error in parser.errors {
        reader.at(&destination.shown_path(), |reader| reader.error(None, error));
    }
    let root = destination.path().iter().rev().fold(map, |map, step| Content::Map(vec![((*step).to_owned(), Node::new(map, None))]));
    let layers = reader.document(&Node::new(root, None));
    // An entry without settings would be used instead of a pattern.
    if layers.has_settings() { layers } else { ConfigLayers::default() }
}

/// Checks that a text with hosts has no URL with more than a host. The separators `=`, `,`, `;` and `:` may be a part of such a URL, so
/// the rest of the text could be a password or a query, which no message may show.
pub(super) fn check_hosts(text: &str) -> Result<(), String> {
    if text.replace("://", "").contains('/') { Err(HOST_ALONE.into()) } else { check_names(text) }
}

/// Checks a text with names of resolvers, of which `/` may be a part.
pub(super) fn check_names(text: &str) -> Result<(), String> {
    if text.contains(['?', '#', '\\']) { Err(HOST_ALONE.into()) } else { check_values(text) }
}

/// Checks a text with patterns, of which `?`, `#` and `\` may be a part too.
fn check_values(text: &str) -> Result<(), String> {
    let without_schemes = text.replace("://", "");
    // `//host/path` is a URL without a scheme.
    let has_more_than_host = || without_schemes.contains(['/', '\\', '%', '?', '#']);
    let is_url = text.contains('@') || without_schemes.contains("//") || (has_scheme(text) && has_more_than_host());
    if is_url { Err(HOST_ALONE.into()) } else { Ok(()) }
}

const HOST_ALONE: &str = "must not have user information, a path or a query of a URL: write the host alone, as `api.crossref.org`";

type Map = Vec<(String, Node)>;

#[derive(Default)]
struct Parser {
    /// Number of settings and items so far.
    values: usize,
    errors: Vec<String>,
}

impl Parser {
    /// Parses `fail_max:5,window.size:30`.
    fn settings(&mut self, text: &str) -> Content {
        let mut map = Map::new();
        for pair in self.split(text, &[',']) {
            match pair.split_once([':', '=']).map(|(key, value)| (key.trim_ascii(), value.trim_ascii())) {
                Some((key, value)) if !key.is_empty() && !value.is_empty() => insert_at(&mut map, key, plain_scalar::content(value)),
                _ => self.errors.push(format!("must be a setting and its value such as `fail_max:5`, is {}", quoted(pair))),
            }
        }
        Content::Map(map)
    }

    /// Parses `failure=429,500-504 neutral=401,403`.
    fn lists(&mut self, text: &str) -> Content {
        let mut map = Map::new();
        for word in self.split(text, &[',', ';', ' ', '\t', '\n', '\r']) {
            let (key, item) = word.split_once(['=', ':']).map_or((None, word), |(key, item)| (Some(key), item));
            let key = key.map(|key| match key {
                "failure" => "failure_statuses",
                "neutral" => "neutral_statuses",
                other => other,
            });
            map.extend(key.map(|key| (key.to_owned(), Node::new(Content::List(Vec::new()), None))));
            match map.last_mut().map(|(_, node)| &mut node.content) {
                Some(Content::List(list)) if !item.is_empty() => list.push(Node::new(plain_scalar::content(item), None)),
                Some(_) => {}
                None => self.errors.push(format!("must start with the name of a list such as `failure=429,500-504`, has {}", quoted(word))),
            }
        }
        self.errors.extend(map.iter().filter(|(_, node)| node.content == Content::List(Vec::new())).map(|(key, _)| empty_list(key)));
        Content::Map(map)
    }

    /// Parses `api.crossref.org=fail_max:5,reset:60; export.arxiv.org=fail_max:9`.
    fn hosts(&mut self, text: &str) -> Content {
        let mut map = Map::new();
        for part in self.split(text, &[';']) {
            match part.split_once('=') {
                Some((host, settings)) if !settings.trim_ascii().is_empty() => {
                    let settings = self.settings(settings);
                    map.push((host.trim_ascii().to_owned(), Node::new(settings, None)));
                }
                _ => self.errors.push(format!("must be a host and its settings such as `h.example=fail_max:5`, is {}", quoted(part))),
            }
        }
        Content::Map(map)
    }

    /// Splits a text at separators, and drops empty parts. The number of values is limited as in documents.
    fn split<'t>(&mut self, text: &'t str, separators: &[char]) -> Vec<&'t str> {
        let mut parts = Vec::new();
        for part in text.split(separators).map(str::trim_ascii).filter(|part| !part.is_empty()) {
            self.values += 1;
            if self.values > DOCUMENT_LIMITS.nodes {
                self.errors.push(format!("must have at most {} values, has more", DOCUMENT_LIMITS.nodes));
                break;
            }
            parts.push(part);
        }
        parts
    }
}

/// Returns the error for a list without items. It usually comes from a variable that is not set, as in `failure=$STATUSES`.
fn empty_list(key: &str) -> String {
    let key = quoted(key);
    format!("the list {key} must have at least one item, has none: add items such as `429`, or set an empty list `[]` in a document")
}

/// Inserts a value at a path with dots. A path that is deeper than any setting stays one key, which is then reported as unknown.
fn insert_at(mut map: &mut Map, path: &str, content: Content) {
    const DEPTH_MAX: usize = 8;
    let mut rest = path;
    for _ in 1..DEPTH_MAX {
        let Some((group, below)) = rest.split_once('.') else { break };
        let is_group = |(key, node): &(String, Node)| key == group && matches!(node.content, Content::Map(_));
        let index = map.iter().position(is_group).unwrap_or_else(|| {
            map.push((group.to_owned(), Node::new(Content::Map(Vec::new()), None)));
            map.len() - 1
        });
        let Some((_, Node { content: Content::Map(inner), .. })) = map.get_mut(index) else { return };
        (map, rest) = (inner, below);
    }
    map.push((rest.to_owned(), Node::new(content, None)));
}
