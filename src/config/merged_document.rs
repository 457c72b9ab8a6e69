//! The merged settings of all sources as one document.

use super::configuration::Config;
use super::layer::{Layer, LayerWithRoles};
use super::settings::{Key, Level, Row, SETTINGS, ValueType};
use super::value::{Value, format_value};
use crate::status_range::StatusRange;
use crate::vec_map::VecMap;
use serde_json::{Map, Value as Json};

impl Config {
    /// Returns what the sources set, as one JSON document. Settings that no source gives are not in it. A configuration of this
    /// document alone is equal to this one, except for the origins of its values.
    ///
    /// ```
    /// use fuseboard::{Document, Sources, config::Config};
    /// let document = Document { name: "breakers.yaml".into(), text: "defaults: {reset: 30}\nhosts: {A.example: {roles: {meta: {fail_max: 3}}}}".into() };
    /// let flags = vec![("breaker-defaults".into(), "fail_max:9".into())];
    /// let (config, _) = Config::read(&Sources { documents: vec![document], flags, ..Sources::default() }).unwrap();
    /// let merged = r#"{"defaults":{"fail_max":9,"reset_timeout_s":30},"hosts":{"a.example":{"roles":{"metadata":{"fail_max":3}}}}}"#;
    /// assert_eq!(config.merged_document(), merged);
    /// ```
    #[must_use]
    pub fn merged_document(&self) -> String {
        let mut document = Map::new();
        insert(&mut document, "defaults", with_roles(&self.layers.defaults));
        // The paths of these settings begin with `advanced`.
        document.extend(settings(&self.layers.advanced));
        insert(&mut document, "hosts", each(&self.layers.hosts, with_roles));
        insert(&mut document, "names", each(&self.layers.names, settings));
        insert(&mut document, "resolvers", each(&self.layers.resolvers, settings));
        Json::Object(document).to_string()
    }
}

/// Returns the built-in settings as a JSON document.
#[must_use]
pub fn built_in_document() -> String {
    let mut document = Map::new();
    let (own, advanced): (Vec<_>, Vec<_>) = SETTINGS.iter().partition(|row| row.level != Level::Advanced);
    let mut defaults = Map::new();
    for row in own {
        set_built_in(&mut defaults, row);
    }
    insert(&mut document, "defaults", defaults);
    for row in advanced {
        set_built_in(&mut document, row);
    }
    Json::Object(document).to_string()
}

fn set_built_in(map: &mut Map<String, Json>, row: &Row) {
    // The window is off, so its settings do not apply.
    if !(row.key.is_of_window() && row.key != Key::Window) {
        set(map, row.path, serde_json::from_str(row.built_in).unwrap_or(Json::Null));
    }
}

fn with_roles(layer: &LayerWithRoles) -> Map<String, Json> {
    let mut map = settings(&layer.own);
    insert(&mut map, "roles", each(&layer.roles, settings));
    map
}

/// An entry without settings stays, because a host's entry decides which patterns apply to it.
fn each<T>(entries: &VecMap<String, T>, of: fn(&T) -> Map<String, Json>) -> Map<String, Json> {
    entries.iter().map(|(name, entry)| (name.clone(), Json::Object(of(entry)))).collect()
}

fn insert(map: &mut Map<String, Json>, key: &str, section: Map<String, Json>) {
    if !section.is_empty() {
        map.insert(key.to_owned(), Json::Object(section));
    }
}

fn settings(layer: &Layer) -> Map<String, Json> {
    let mut map = Map::new();
    for (key, value) in layer.iter() {
        if let Some(row) = SETTINGS.iter().find(|row| row.key == key) {
            set(&mut map, row.path, json(row.value_type, &value.value));
        }
    }
    map
}

fn json(value_type: ValueType, value: &Value) -> Json {
    match (value_type, value) {
        (ValueType::Section, Value::Bool(_)) => Json::Object(Map::new()),
        (ValueType::Choice(_), Value::Choice(word)) => Json::from(*word),
        (ValueType::Statuses, Value::Statuses(ranges)) => ranges.iter().copied().map(status_range).collect(),
        // The other types are written as JSON.
        _ => serde_json::from_str(&format_value(value_type, value)).unwrap_or(Json::Null),
    }
}

fn status_range(range: StatusRange) -> Json {
    if range.first == range.last { Json::from(range.first) } else { Json::from(format!("{}-{}", range.first, range.last)) }
}

/// Sets a value at a dotted path. A section that is off stays off unless one of its settings follows.
fn set(map: &mut Map<String, Json>, path: &str, value: Json) {
    match path.split_once('.') {
        None => drop(map.insert(path.to_owned(), value)),
        Some((section, rest)) => {
            let inner = map.entry(section).or_insert_with(|| Json::Object(Map::new()));
            if !inner.is_object() {
                *inner = Json::Object(Map::new());
            }
            if let Json::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Patches;
    use crate::names::Scope;
    use crate::sources::{Document, Sources};

    fn read(text: &str) -> Config {
        let document = Document { name: "breakers.yaml".to_owned(), text: text.to_owned() };
        Config::read(&Sources { documents: vec![document], ..Sources::default() }).expect("valid").0
    }

    #[test]
    fn the_built_in_document_changes_nothing() {
        let config = read(&built_in_document());
        let without = Config::read(&Sources::default()).expect("valid").0;
        for scope in [Scope::host("a.example").role("meta"), Scope::name("orders-db")] {
            assert_eq!(config.policy(&scope, Patches::default()), without.policy(&scope, Patches::default()), "{scope}");
        }
        assert_eq!(config.sharing(), without.sharing());
    }

    #[test]
    fn a_merged_document_gives_the_same_settings() {
        let example = "
            defaults: {mode: observe, fail_max: null, window: {kind: count, size: 50, failure_rate: null}, open_backoff: {multiplier: 1.5}}
            advanced: {rolling: {enabled: true, window_s: 0.5}}
            hosts: {A.example: {window: null, classify: {failure_statuses: [429, 5xx, 500-504, 600]}}, b.example: {}}
            names: {orders-db: {window: {}, classify: {neutral_exceptions: ['a.*', 'b?c']}}}
            resolvers: {wayback: {reset_timeout_s: 0.25, half_open: {neutral: success}}}";
        let config = read(example);
        let again = read(&config.merged_document());
        assert_eq!(again.merged_document(), config.merged_document());
        for scope in [Scope::host("a.example").role("meta"), Scope::host("b.example"), Scope::name("orders-db"), Scope::resolver("wayback")]
        {
            assert_eq!(again.policy(&scope, Patches::default()), config.policy(&scope, Patches::default()), "{scope}");
        }
    }
}
