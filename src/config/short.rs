//! Short forms, as variables and flags hold them, to the trees that documents would have.

use super::DOCUMENT;
use super::layer::Places;
use super::reading::Reader;
use crate::names::quoted;
use crate::tree::{Content, Node, scalar};

/// What a variable or a flag is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Defaults,
    Classify,
    Rolling,
    /// Many hosts in one value.
    Hosts,
    Host(String),
    Role(String, String),
    Resolver(String),
}

impl Place {
    /// As documents nest it.
    fn path(&self) -> Vec<&str> {
        match self {
            Place::Defaults => vec!["defaults"],
            Place::Classify => vec!["defaults", "classify"],
            Place::Rolling => vec!["advanced", "rolling"],
            Place::Hosts => vec!["hosts"],
            Place::Host(host) => vec!["hosts", host],
            Place::Role(host, role) => vec!["hosts", host, "roles", role],
            Place::Resolver(name) => vec!["resolvers", name],
        }
    }
}

/// What a value says of its place.
pub(super) fn read(reader: &mut Reader, place: &Place, text: &str) -> Places {
    let mut form = Form::default();
    let map = match place {
        Place::Classify => form.lists(text),
        Place::Hosts => form.hosts(text),
        _ => form.settings(text),
    };
    let path = place.path();
    for fault in form.faults {
        reader.within(&path, |reader| reader.fault(None, fault));
    }
    let root = path.iter().rev().fold(map, |map, step| Content::Map(vec![((*step).to_owned(), Node::new(map, None))]));
    reader.document(&Node::new(root, None))
}

type Map = Vec<(String, Node)>;

#[derive(Default)]
struct Form {
    /// Settings and items read.
    values: usize,
    faults: Vec<String>,
}

impl Form {
    /// `fail_max:5,window.size:30`.
    fn settings(&mut self, text: &str) -> Content {
        let mut map = Map::new();
        for pair in self.parts(text, &[',']) {
            match pair.split_once([':', '=']).map(|(key, value)| (key.trim_ascii(), value.trim_ascii())) {
                Some((key, value)) if !key.is_empty() && !value.is_empty() => put(&mut map, key, scalar::plain(value)),
                _ => self.faults.push(format!("{}: a setting and its value are expected, as `fail_max:5`", quoted(pair))),
            }
        }
        Content::Map(map)
    }

    /// `failure=429,500-504 neutral=401,403`.
    fn lists(&mut self, text: &str) -> Content {
        let mut map = Map::new();
        for word in self.parts(text, &[',', ';', ' ', '\t', '\n', '\r']) {
            let (key, item) = word.split_once(['=', ':']).map_or((None, word), |(key, item)| (Some(key), item));
            let key = key.map(|key| match key {
                "failure" => "failure_statuses",
                "neutral" => "neutral_statuses",
                other => other,
            });
            map.extend(key.map(|key| (key.to_owned(), Node::new(Content::List(Vec::new()), None))));
            match map.last_mut().map(|(_, node)| &mut node.content) {
                Some(Content::List(list)) if !item.is_empty() => list.push(Node::new(scalar::plain(item), None)),
                Some(_) => {}
                None => self.faults.push(format!("{}: a list is expected, as `failure=429,500-504`", quoted(word))),
            }
        }
        Content::Map(map)
    }

    /// `api.crossref.org=fail_max:5,reset:60; export.arxiv.org=fail_max:9`.
    fn hosts(&mut self, text: &str) -> Content {
        let mut map = Map::new();
        for part in self.parts(text, &[';']) {
            match part.split_once('=') {
                Some((host, settings)) => {
                    let settings = self.settings(settings);
                    map.push((host.trim_ascii().to_owned(), Node::new(settings, None)));
                }
                None => self.faults.push(format!("{}: a host and its settings are expected, as `h.example=fail_max:5`", quoted(part))),
            }
        }
        Content::Map(map)
    }

    /// What stands between separators, as far as it is not blank, within the bounds that documents have.
    fn parts<'t>(&mut self, text: &'t str, between: &[char]) -> Vec<&'t str> {
        let mut parts = Vec::new();
        for part in text.split(between).map(str::trim_ascii).filter(|part| !part.is_empty()) {
            self.values += 1;
            if self.values > DOCUMENT.nodes {
                self.faults.push(format!("more than {} values", DOCUMENT.nodes));
                break;
            }
            parts.push(part);
        }
        parts
    }
}

/// Puts a value where its dots say. What lies deeper than any setting stays one key, which is told as unknown.
fn put(mut map: &mut Map, path: &str, content: Content) {
    const DEPTH_MAX: usize = 8;
    let mut rest = path;
    for _ in 1..DEPTH_MAX {
        let Some((section, below)) = rest.split_once('.') else { break };
        let is_section = |(key, node): &(String, Node)| key == section && matches!(node.content, Content::Map(_));
        let place = map.iter().position(is_section).unwrap_or_else(|| {
            map.push((section.to_owned(), Node::new(Content::Map(Vec::new()), None)));
            map.len() - 1
        });
        let Some((_, Node { content: Content::Map(inner), .. })) = map.get_mut(place) else { return };
        (map, rest) = (inner, below);
    }
    map.push((rest.to_owned(), Node::new(content, None)));
}
