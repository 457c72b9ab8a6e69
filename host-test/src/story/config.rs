//! How a story configures its boards.

use fuseboard::{Document, Sources};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One document as JSON (`story.json`) or as YAML (`story.yaml`), or all sources.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Config {
    Json(Map<String, Value>),
    Yaml(String),
    Sources(Vec<Source>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Source {
    Document { document: String, lines: Vec<String> },
    Environment { prefix: String, environment: BTreeMap<String, String> },
    Flag { flag: String, value: String },
}

impl Default for Config {
    fn default() -> Config {
        Config::Json(Map::new())
    }
}

impl Config {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Config::Json(document) if document.is_empty())
    }

    pub(crate) fn sources(&self) -> Sources {
        let of_document = |name: &str, text: String| Sources { documents: vec![document(name, text)], ..Sources::default() };
        match self {
            Config::Json(map) => of_document("story.json", Value::Object(map.clone()).to_string()),
            Config::Yaml(text) => of_document("story.yaml", text.clone()),
            Config::Sources(all) => {
                let mut sources = Sources::default();
                all.iter().for_each(|source| source.add_to(&mut sources));
                sources
            }
        }
    }
}

impl Source {
    fn add_to(&self, sources: &mut Sources) {
        match self {
            Source::Document { document: name, lines } => sources.documents.push(document(name, lines.join("\n"))),
            Source::Environment { prefix, environment } => {
                sources.prefix.clone_from(prefix);
                sources.environment.extend(environment.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
            Source::Flag { flag, value } => sources.flags.push((flag.clone(), value.clone())),
        }
    }
}

fn document(name: &str, text: String) -> Document {
    Document { name: name.to_owned(), text }
}
