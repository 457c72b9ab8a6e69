//! The document's JSON Schema (draft 2020-12), made from the table of settings, for editors. It refuses nothing that the engine
//! takes; what only the whole configuration shows (two values at odds, two spellings of one host) it leaves to the engine.

use super::describe::{self, words};
use super::settings::{Reach, Row, Rule, SETTINGS};
use super::value::PATTERN_BYTES_MAX;
use crate::decimal;
use crate::machine::policy::{HOST_BYTES_MAX, NAME_BYTES_MAX, ROLES_MAX, WINDOW_CALLS_MAX};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// A pattern, or a host in any of its spellings: a URL's path may hold anything but `*`.
const HOST: &str = r"^\s*(\*\.[^\s*:/@]+|([A-Za-z][A-Za-z0-9+.-]*://)?[^\s*/?#@]+([/?#][^*]*)?)\s*$";
/// `5xx`, `500-504`.
const STATUSES: &str = r"^\s*([1-9](xx|XX)|[1-9][0-9]{2}\s*-\s*[1-9][0-9]{2})\s*$";
/// Yes and no, as YAML 1.1 and people write them.
const FLAG: &str = "^([Tt][Rr][Uu][Ee]|[Yy][Ee][Ss]|[Oo][Nn]|[Ff][Aa][Ll][Ss][Ee]|[Nn][Oo]|[Oo][Ff][Ff])$";

/// A map keeps the order of its keys: `serde_json`'s own does so only with a feature that some builds have.
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

/// A value written out; the keys of its maps are sorted.
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

/// The schema's text, indented.
///
/// ```
/// let schema = fuseboard::config::schema();
/// assert!(schema.contains(r#""fail_max""#));
/// ```
#[must_use]
pub fn schema() -> String {
    let top = [
        ("defaults", reference("defaults")),
        ("advanced", object("advanced.", Reach::Advanced, "advanced", Map::new())),
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
    // Nothing in it can fail to be written.
    serde_json::to_string_pretty(&Json::Map(all)).unwrap_or_default() + "\n"
}

/// The places that settings stand in, then each setting of a circuit by its own name.
fn definitions() -> Map {
    let roles = || vec![("roles".to_owned(), reference("roles"))];
    let mut definitions: Map = vec![
        ("defaults".to_owned(), object("", Reach::Board, "defaults", roles())),
        ("host".to_owned(), object("", Reach::Circuit, "host", roles())),
        ("circuit".to_owned(), object("", Reach::Circuit, "circuit", Map::new())),
        ("roles".to_owned(), named("roles", "circuit", &role_names())),
    ];
    for row in SETTINGS.iter().filter(|row| row.reach == Reach::Circuit) {
        match row.path.split_once('.') {
            None if !is_map(row) => definitions.push((row.path.to_owned(), setting(row))),
            Some((section, _)) if definitions.iter().all(|(name, _)| name != section) => {
                definitions.push((section.to_owned(), object(&format!("{section}."), Reach::Circuit, section, Map::new())));
            }
            _ => {}
        }
    }
    definitions
}

fn is_map(row: &Row) -> bool {
    matches!(row.rule, Rule::Switch)
}

/// Whether a setting may stand in a place that takes settings up to this reach: `defaults` take the board's and every circuit's.
fn stands(row: &Row, reach: Reach) -> bool {
    row.reach == reach || (reach == Reach::Board && row.reach == Reach::Circuit)
}

/// A map of settings below a path, and what else may stand in it.
fn object(prefix: &str, reach: Reach, name: &str, others: Map) -> Json {
    let mut properties = Map::new();
    let mut same: Vec<Vec<&str>> = Vec::new();
    for row in SETTINGS.iter().filter(|row| stands(row, reach)) {
        let Some(below) = row.path.strip_prefix(prefix) else { continue };
        if let Some((section, _)) = below.split_once('.') {
            if properties.iter().all(|(key, _)| key != section) {
                properties.push((section.to_owned(), section_of(prefix, section, reach)));
            }
        } else if !is_map(row) {
            let by_name = prefix.is_empty() && row.reach == Reach::Circuit;
            let value = || if by_name { reference(below) } else { setting(row) };
            properties.push((below.to_owned(), value()));
            for alias in row.aliases {
                let text = leaf(format!("Another name of `{below}`."));
                properties.push(((*alias).to_owned(), map([("description", text), ("allOf", list([value()]))])));
            }
            same.push(std::iter::once(below).chain(row.aliases.iter().copied()).collect());
        }
    }
    properties.extend(others);
    // A map that is a setting too, since it can be off.
    let switch = SETTINGS.iter().find(|row| is_map(row) && prefix.strip_suffix('.') == Some(row.path));
    let mut object = switch.map_or_else(|| described(describe::map(name)), setting_in_words);
    object.extend(closed(properties));
    if let Some(row) = switch {
        object.push(("default".to_owned(), built_in(row)));
        object.extend(window_of_calls());
    }
    object.extend(one_of_each(&same));
    Json::Map(object)
}

/// Where all of a section may stand under every circuit, one definition serves them all.
fn section_of(prefix: &str, section: &str, reach: Reach) -> Json {
    let path = format!("{prefix}{section}.");
    let is_shared = SETTINGS.iter().filter(|row| row.path.starts_with(&path)).all(|row| row.reach == Reach::Circuit);
    let is_definition = prefix.is_empty() && (is_shared || reach == Reach::Circuit);
    if is_definition { reference(section) } else { object(&path, reach, section, Map::new()) }
}

/// A map, or null, without other keys than these; those that are ignored everywhere are.
fn closed(mut properties: Map) -> Map {
    properties.push(("$schema".to_owned(), map([])));
    vec![
        ("type".to_owned(), leaf(json!(["object", "null"]))),
        ("properties".to_owned(), Json::Map(properties)),
        ("patternProperties".to_owned(), map([("^x-", map([]))])),
        ("additionalProperties".to_owned(), leaf(false)),
    ]
}

fn described(text: Option<&str>) -> Map {
    text.map(|text| ("description".to_owned(), leaf(text))).into_iter().collect()
}

/// A map whose keys are names.
fn named(name: &str, of: &str, names: &Value) -> Json {
    let mut entries = described(describe::map(name));
    entries.push(("type".to_owned(), leaf(json!(["object", "null"]))));
    entries.push(("propertyNames".to_owned(), leaf(names.clone())));
    entries.push(("additionalProperties".to_owned(), reference(of)));
    if name == "roles" {
        entries.push(("maxProperties".to_owned(), leaf(ROLES_MAX)));
    }
    Json::Map(entries)
}

/// A URL may be longer than the host in it: how long that is, the engine tells.
fn host_names() -> Value {
    let pattern = json!({ "pattern": HOST });
    let examples = json!(["api.example.org", "api.example.org:8443", "*.example.org", "[2001:db8::1]"]);
    json!({ "allOf": [pattern], "examples": examples, "description": format!("A host of at most {HOST_BYTES_MAX} bytes, or a pattern.") })
}

/// In characters, of which none has less than a byte.
fn name_lengths() -> Value {
    json!({ "minLength": 1, "maxLength": NAME_BYTES_MAX })
}

/// The circuit `default` takes no role's setting. White space around a role goes.
fn role_names() -> Value {
    let default = r"^\s*[Dd][Ee][Ff][Aa][Uu][Ll][Tt]\s*$";
    json!({ "pattern": r"\S", "not": { "pattern": default }, "examples": ["metadata", "landing", "artifact"] })
}

/// Calls are counted one by one, so a window of calls is shorter.
fn window_of_calls() -> Map {
    let counts = json!({ "properties": { "kind": { "const": "count" } }, "required": ["kind"] });
    let size = json!({ "properties": { "size": { "maximum": WINDOW_CALLS_MAX } } });
    vec![("if".to_owned(), leaf(counts)), ("then".to_owned(), leaf(size))]
}

/// A key beside another name of it is an error. What is no map has none of them, and would meet every demand for one.
fn one_of_each(same: &[Vec<&str>]) -> Option<(String, Json)> {
    let mut pairs: Vec<Value> = Vec::new();
    for names in same {
        for (place, name) in names.iter().enumerate() {
            pairs.extend(names.iter().skip(place + 1).map(|other| json!({ "required": [name, other] })));
        }
    }
    (!pairs.is_empty()).then(|| ("not".to_owned(), leaf(json!({ "type": "object", "anyOf": pairs }))))
}

fn setting_in_words(row: &Row) -> Map {
    let words = words(row.key);
    let unit = if words.unit.is_empty() { String::new() } else { format!(" In {}.", words.unit) };
    described(Some(&format!("{}{unit} Change it {}.", words.what, words.when)))
}

/// A setting's value, in words and by its rule.
fn setting(row: &Row) -> Json {
    let mut setting = setting_in_words(row);
    let kind = |name: &str| ("type", if row.may_be_off { leaf(json!([name, "null"])) } else { leaf(name) });
    let rules = match row.rule {
        Rule::Whole(min, max) => vec![kind("integer"), ("minimum", leaf(min)), ("maximum", leaf(max))],
        Rule::Decimal(min, max) => vec![kind("number"), ("minimum", number(min)), ("maximum", number(max))],
        Rule::Flag => vec![("anyOf", leaf(json!([{ "type": "boolean" }, { "type": "string", "pattern": FLAG }])))],
        Rule::Word(words) => vec![("enum", leaf(words.to_vec()))],
        Rule::Statuses => {
            let status = json!({ "type": "integer", "minimum": 100, "maximum": 999 });
            vec![kind("array"), ("items", leaf(json!({ "anyOf": [status, { "type": "string", "pattern": STATUSES }] })))]
        }
        Rule::Patterns => {
            vec![kind("array"), ("items", leaf(json!({ "type": "string", "minLength": 1, "maxLength": PATTERN_BYTES_MAX })))]
        }
        Rule::Switch => vec![kind("object")],
    };
    setting.extend(rules.into_iter().map(|(key, value)| (key.to_owned(), value)));
    setting.push(("default".to_owned(), built_in(row)));
    Json::Map(setting)
}

fn built_in(row: &Row) -> Json {
    serde_json::from_str(row.built_in).map_or(Json::Leaf(Value::Null), leaf::<Value>)
}

/// Thousandths as a number.
fn number(thousandths: u64) -> Json {
    serde_json::from_str(&decimal::shown(thousandths)).map_or(leaf(thousandths), leaf::<Value>)
}
