//! Generates the JSON Schema (draft 2020-12) of a document from the table of settings, for editors. The schema accepts every document that
//! the engine accepts. It cannot check conflicts between settings, or the same host in two notations; the engine does.

use super::descriptions::{describe, describe_map};
use super::settings::{Level, Row, SETTINGS, ValueType};
use super::value::PATTERN_BYTES_MAX;
use crate::names::{HOST_BYTES_MAX, NAME_BYTES_MAX};
use crate::policy::{ROLES_MAX, WINDOW_CALLS_MAX};
use crate::thousandths;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// A pattern, a URL with a host, or a host. User information may have anything except what ends an authority.
const HOST: &str = r"^\s*(\*\.[^\s*:/\\?#@]+|(([A-Za-z][A-Za-z0-9+.-]*:)?[/\\]{2})([^/\\?#]*@)?[^\s*/\\?#@]+([/\\?#][\s\S]*)?|([^/\\?#]*@)?[^\s*/\\?#@]+)\s*$";
/// `5xx`, `429`, `500-504`.
const STATUSES: &str = r"^\s*([1-9](xx|XX)|[1-9][0-9]{2}(\s*-\s*[1-9][0-9]{2})?)\s*$";
/// Words that the engine accepts as a boolean.
const BOOLEAN: &str = "^([Tt][Rr][Uu][Ee]|[Yy][Ee][Ss]|[Oo][Nn]|[Ff][Aa][Ll][Ss][Ee]|[Nn][Oo]|[Oo][Ff][Ff])$";

/// JSON with maps that keep the order of their keys. `serde_json` does so only with a feature that some builds enable.
enum Json {
    Leaf(Value),
    List(Vec<Json>),
    Map(Map),
}

type Map = Vec<(String, Json)>;

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Leaf(leaf) => leaf.serialize(to),
            Json::List(list) => to.collect_seq(list),
            Json::Map(map) => to.collect_map(map.iter().map(|(key, value)| (key, value))),
        }
    }
}

/// Converts a value. Sorts the keys of its maps.
fn leaf<T: Into<Value>>(value: T) -> Json {
    match value.into() {
        Value::Array(items) => list(items.into_iter().map(leaf)),
        Value::Object(entries) => {
            let mut map: Map = entries.into_iter().map(|(key, value)| (key, leaf(value))).collect();
            map.sort_by(|(one, _), (other, _)| one.cmp(other));
            Json::Map(map)
        }
        scalar => Json::Leaf(scalar),
    }
}

fn map<const N: usize>(entries: [(&str, Json); N]) -> Json {
    Json::Map(entries.map(|(key, value)| (key.to_owned(), value)).into())
}

fn list(items: impl IntoIterator<Item = Json>) -> Json {
    Json::List(items.into_iter().collect())
}

fn reference(name: &str) -> Json {
    map([("$ref", leaf(format!("#/$defs/{name}")))])
}

/// Returns the schema as indented JSON.
///
/// ```
/// let schema = fuseboard::config::schema();
/// assert!(schema.contains(r#""fail_max""#));
/// ```
#[must_use]
pub fn schema() -> String {
    let top = [
        ("defaults", reference("defaults")),
        ("advanced", object("advanced.", Level::Advanced, "advanced", Map::new())),
        ("hosts", named("hosts", "host", &host_names())),
        ("names", named("names", "circuit", &name_lengths())),
        ("resolvers", named("resolvers", "circuit", &name_lengths())),
    ];
    let mut all = vec![
        ("$schema".to_owned(), leaf("https://json-schema.org/draft/2020-12/schema")),
        ("title".to_owned(), leaf("Fuseboard configuration")),
    ];
    all.extend(closed(top.map(|(key, value)| (key.to_owned(), value)).into()));
    all.push(("$defs".to_owned(), Json::Map(definitions())));
    // Serialization to a string cannot fail here.
    serde_json::to_string_pretty(&Json::Map(all)).unwrap_or_default() + "\n"
}

/// Returns the definitions: maps of settings, then each setting of a circuit.
fn definitions() -> Map {
    let roles = || vec![("roles".to_owned(), reference("roles"))];
    let mut definitions: Map = vec![
        ("defaults".to_owned(), object("", Level::Board, "defaults", roles())),
        ("host".to_owned(), object("", Level::Circuit, "host", roles())),
        ("circuit".to_owned(), object("", Level::Circuit, "circuit", Map::new())),
        ("roles".to_owned(), named("roles", "circuit", &role_names())),
    ];
    for row in SETTINGS.iter().filter(|row| row.level == Level::Circuit) {
        match row.path.split_once('.') {
            None if !is_map(row) => definitions.push((row.path.to_owned(), setting(row))),
            Some((group, _)) if definitions.iter().all(|(name, _)| name != group) => {
                definitions.push((group.to_owned(), object(&format!("{group}."), Level::Circuit, group, Map::new())));
            }
            _ => {}
        }
    }
    definitions
}

fn is_map(row: &Row) -> bool {
    matches!(row.value_type, ValueType::Section)
}

/// Whether a setting is allowed in maps of a level. `defaults`, which have the level `Board`, allow settings of circuits too.
fn is_allowed(row: &Row, level: Level) -> bool {
    row.level == level || (level == Level::Board && row.level == Level::Circuit)
}

/// Returns the schema of a map with the settings below a path, and other properties.
fn object(prefix: &str, level: Level, name: &str, others: Map) -> Json {
    let mut properties = Map::new();
    let mut synonyms: Vec<Vec<&str>> = Vec::new();
    for row in SETTINGS.iter().filter(|row| is_allowed(row, level)) {
        let Some(below) = row.path.strip_prefix(prefix) else { continue };
        if let Some((group, _)) = below.split_once('.') {
            if properties.iter().all(|(key, _)| key != group) {
                properties.push((group.to_owned(), group_of(prefix, group, level)));
            }
        } else if !is_map(row) {
            let by_name = prefix.is_empty() && row.level == Level::Circuit;
            let value = || if by_name { reference(below) } else { setting(row) };
            properties.push((below.to_owned(), value()));
            for alias in row.aliases {
                let text = leaf(format!("Alias of `{below}`."));
                properties.push(((*alias).to_owned(), map([("description", text), ("allOf", list([value()]))])));
            }
            synonyms.push(std::iter::once(below).chain(row.aliases.iter().copied()).collect());
        }
    }
    properties.extend(others);
    // The window is a map, and also a setting that can be off.
    let window = SETTINGS.iter().find(|row| is_map(row) && prefix.strip_suffix('.') == Some(row.path));
    let mut object = window.map_or_else(|| description(describe_map(name)), setting_description);
    object.extend(closed(properties));
    if let Some(row) = window {
        object.push(("default".to_owned(), built_in(row)));
        object.extend(count_window());
    }
    object.extend(without_synonyms(&synonyms));
    Json::Map(object)
}

/// Returns the schema of a group of settings: a shared definition, if every circuit allows all of the group.
fn group_of(prefix: &str, group: &str, level: Level) -> Json {
    let path = format!("{prefix}{group}.");
    let is_shared = SETTINGS.iter().filter(|row| row.path.starts_with(&path)).all(|row| row.level == Level::Circuit);
    let is_definition = prefix.is_empty() && (is_shared || level == Level::Circuit);
    if is_definition { reference(group) } else { object(&path, level, group, Map::new()) }
}

/// Returns the keywords of a map, or null, that allows only these properties and the keys that the engine ignores.
fn closed(mut properties: Map) -> Map {
    properties.push(("$schema".to_owned(), map([])));
    vec![
        ("type".to_owned(), leaf(json!(["object", "null"]))),
        ("properties".to_owned(), Json::Map(properties)),
        ("patternProperties".to_owned(), map([("^x-", map([]))])),
        ("additionalProperties".to_owned(), leaf(false)),
    ]
}

fn description(text: Option<&str>) -> Map {
    text.map(|text| ("description".to_owned(), leaf(text))).into_iter().collect()
}

/// Returns the schema of a map whose keys are names.
fn named(name: &str, of: &str, names: &Value) -> Json {
    let mut entries = description(describe_map(name));
    entries.push(("type".to_owned(), leaf(json!(["object", "null"]))));
    entries.push(("propertyNames".to_owned(), leaf(names.clone())));
    entries.push(("additionalProperties".to_owned(), reference(of)));
    if name == "roles" {
        entries.push(("maxProperties".to_owned(), leaf(ROLES_MAX)));
    }
    Json::Map(entries)
}

/// The engine checks the length, since a URL may be longer than its host.
fn host_names() -> Value {
    let pattern = json!({ "pattern": HOST });
    let examples = json!(["api.example.org", "api.example.org:8443", "*.example.org", "[2001:db8::1]"]);
    json!({ "allOf": [pattern], "examples": examples, "description": format!("A host of at most {HOST_BYTES_MAX} bytes, or a pattern.") })
}

/// JSON Schema counts characters. The engine counts bytes, so its limit can be lower.
fn name_lengths() -> Value {
    json!({ "minLength": 1, "maxLength": NAME_BYTES_MAX })
}

/// The role `default` has no settings of its own. White space around a role is removed.
fn role_names() -> Value {
    let default = r"^\s*[Dd][Ee][Ff][Aa][Uu][Ll][Tt]\s*$";
    json!({ "pattern": r"\S", "not": { "pattern": default }, "examples": ["metadata", "landing", "artifact"] })
}

/// Returns the lower maximum size of a `count` window.
fn count_window() -> Map {
    let counts = json!({ "properties": { "kind": { "const": "count" } }, "required": ["kind"] });
    let size = json!({ "properties": { "size": { "maximum": WINDOW_CALLS_MAX } } });
    vec![("if".to_owned(), leaf(counts)), ("then".to_owned(), leaf(size))]
}

/// Forbids a key together with one of its aliases. Restricted to objects: any other type would satisfy `required`.
fn without_synonyms(synonyms: &[Vec<&str>]) -> Option<(String, Json)> {
    let mut pairs: Vec<Value> = Vec::new();
    for names in synonyms {
        for (index, name) in names.iter().enumerate() {
            pairs.extend(names.iter().skip(index + 1).map(|other| json!({ "required": [name, other] })));
        }
    }
    (!pairs.is_empty()).then(|| ("not".to_owned(), leaf(json!({ "type": "object", "anyOf": pairs }))))
}

fn setting_description(row: &Row) -> Map {
    let text = describe(row.key);
    let unit = if text.unit.is_empty() { String::new() } else { format!(" In {}.", text.unit) };
    description(Some(&format!("{}{unit} Change it {}.", text.what, text.when)))
}

/// Returns the schema of a setting.
fn setting(row: &Row) -> Json {
    let mut setting = setting_description(row);
    let kind = |name: &str| ("type", if row.may_be_off { leaf(json!([name, "null"])) } else { leaf(name) });
    let keywords = match row.value_type {
        ValueType::Whole(min, max) => vec![kind("integer"), ("minimum", leaf(min)), ("maximum", leaf(max))],
        ValueType::Decimal(min, max) => vec![kind("number"), ("minimum", number(min)), ("maximum", number(max))],
        ValueType::Bool => vec![("anyOf", leaf(json!([{ "type": "boolean" }, { "type": "string", "pattern": BOOLEAN }])))],
        ValueType::Choice(words) => vec![("enum", leaf(words.to_vec()))],
        ValueType::Statuses => {
            let status = json!({ "type": "integer", "minimum": 100, "maximum": 999 });
            vec![kind("array"), ("items", leaf(json!({ "anyOf": [status, { "type": "string", "pattern": STATUSES }] })))]
        }
        ValueType::Patterns => {
            vec![kind("array"), ("items", leaf(json!({ "type": "string", "minLength": 1, "maxLength": PATTERN_BYTES_MAX })))]
        }
        ValueType::Section => vec![kind("object")],
    };
    setting.extend(keywords.into_iter().map(|(key, value)| (key.to_owned(), value)));
    setting.push(("default".to_owned(), built_in(row)));
    Json::Map(setting)
}

fn built_in(row: &Row) -> Json {
    serde_json::from_str(row.built_in).map_or(Json::Leaf(Value::Null), leaf::<Value>)
}

/// Converts thousandths to a JSON number.
fn number(thousandths: u64) -> Json {
    serde_json::from_str(&thousandths::format(thousandths)).map_or(leaf(thousandths), leaf::<Value>)
}
