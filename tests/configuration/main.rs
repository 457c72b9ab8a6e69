//! Tests of the configuration through the public API.

mod documents;
mod identities;
#[path = "../config/random_sources.rs"]
mod random_sources;
mod properties;
mod short_forms;
#[path = "../config/table.rs"]
mod table;

use fuseboard::config::{Config, Patches};
use fuseboard::policy::Policy;
use fuseboard::{Diagnostic, Document, Scope, Sources};

fn read(sources: &Sources) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    Config::read(sources).map(|(_, warnings)| warnings)
}

fn document(name: &str, text: &str) -> Document {
    Document { name: name.to_owned(), text: text.to_owned() }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn from_environment(variables: &[(&str, &str)]) -> Sources {
    Sources { prefix: "FUSEBOARD".to_owned(), environment: pairs(variables), ..Sources::default() }
}

fn from_flags(flags: &[(&str, &str)]) -> Sources {
    Sources { flags: pairs(flags), ..Sources::default() }
}

#[track_caller]
fn loaded(sources: &Sources) -> Config {
    match Config::read(sources) {
        Ok((config, warnings)) => {
            assert_eq!(warnings, []);
            config
        }
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

#[track_caller]
fn of_yaml(text: &str) -> Config {
    loaded(&Sources { documents: vec![document("breakers.yaml", text)], ..Sources::default() })
}

fn host(name: &str) -> Scope {
    Scope::host(name).role("default")
}

fn policy(config: &Config, circuit: &Scope) -> Policy {
    config.policy(circuit, Patches::default())
}

/// Returns a value and its origin.
#[track_caller]
fn explained(config: &Config, circuit: &Scope, path: &str) -> (String, String) {
    let settings = config.explain(circuit, Patches::default());
    let setting = settings.into_iter().find(|setting| setting.path == path).unwrap();
    (setting.value, setting.origin)
}

#[track_caller]
fn explains(config: &Config, circuit: &Scope, path: &str, value: &str, origin: &str) {
    assert_eq!(explained(config, circuit, path), (value.to_owned(), origin.to_owned()), "{circuit}: {path}");
}
