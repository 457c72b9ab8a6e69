//! Environment variables. A host may give them in any order, so the result must not depend on it.

use super::document_reader::DocumentReader;
use super::layer::ConfigLayers;
use super::named_key::NamedKey;
use super::nearest_key::nearest;
use super::short_form::{self, Destination};
use crate::names::normalize_role;
use crate::sources::{Diagnostic, Sources};
use crate::vec_map::VecMap;
use std::borrow::Cow;

/// The names of variables after the prefix, up to the name of a host, a role or a resolver.
const KNOWN: [&str; 9] = ["_DEFAULTS", "_CLASSIFY", "_ROLLING", "_HOSTS", "_ROLE__", "_RESOLVER__", "__", "_CONFIG", "S_YAML"];

/// What a variable's name stands for.
enum Meaning {
    Settings(Destination),
    /// The path of a document, which the host reads.
    DocumentPath,
    /// A host without a role, where both are needed.
    MissingRole,
    Unknown,
}

/// Merges the settings of all variables. Variables for one host take precedence over the variable for several hosts.
pub(super) fn read(sources: &Sources, layers: &mut ConfigLayers) -> Vec<Diagnostic> {
    let prefix = sources.prefix.as_str();
    if prefix.is_empty() && !sources.environment.is_empty() {
        let mut reader = DocumentReader::new("environment");
        reader.warn("ignored, since no prefix is given".into());
        return reader.diagnostics;
    }
    let mut diagnostics = Vec::new();
    let mut seen: VecMap<Destination, &str> = VecMap::default();
    for ((_, name), value) in variables(sources).iter() {
        let mut reader = DocumentReader::new(&shown_name(prefix, name));
        let rest = name.get(prefix.len()..).unwrap_or_default();
        match (meaning(rest, layers), value) {
            (Meaning::DocumentPath, _) => continue,
            (Meaning::Unknown, _) => reader.warn(unknown(prefix, rest)),
            (_, None) => reader.error(None, "set twice: keep one of them".into()),
            (Meaning::MissingRole, _) => {
                reader.error(None, format!("must name a host and a role, as in `{prefix}_ROLE__API_CROSSREF_ORG__METADATA`"));
            }
            (Meaning::Settings(destination), Some(value)) => {
                let settings = short_form::read(&mut reader, &destination, value);
                if let Some(other) = seen.insert(normalized(destination), name) {
                    reader.error(None, format!("has the same meaning as `{}`: keep one of them", shown_name(prefix, other)));
                }
                layers.merge(settings);
            }
        }
        diagnostics.append(&mut reader.diagnostics);
    }
    diagnostics
}

/// Returns a variable's name for diagnostics. A name with a URL in it may have a secret anywhere after the prefix.
fn shown_name<'n>(prefix: &str, name: &'n str) -> Cow<'n, str> {
    if name.contains(['@', '/', '?', '#', '\\', '%']) { Cow::Owned(format!("{prefix}...")) } else { Cow::Borrowed(name) }
}

/// Returns the variables with the prefix, sorted by name, the one for several hosts first. A variable that is set twice has no value,
/// since the order of the sources has no meaning.
fn variables(sources: &Sources) -> VecMap<(bool, &str), Option<&str>> {
    let mut variables = VecMap::default();
    for (name, value) in &sources.environment {
        let Some(rest) = name.strip_prefix(&sources.prefix) else { continue };
        let key = (rest != "_HOSTS", name.as_str());
        let value = if variables.contains_key(&key) { None } else { Some(value.as_str()) };
        variables.insert(key, value);
    }
    variables
}

fn meaning(rest: &str, layers: &ConfigLayers) -> Meaning {
    let destination = match rest {
        "_CONFIG" | "S_YAML" => return Meaning::DocumentPath,
        "_DEFAULTS" => Destination::Defaults,
        "_CLASSIFY" => Destination::Classify,
        "_ROLLING" => Destination::Rolling,
        "_HOSTS" => Destination::Hosts,
        _ => {
            if let Some(host) = rest.strip_prefix("__") {
                Destination::Host(with_dots(host))
            } else if let Some(names) = rest.strip_prefix("_ROLE__") {
                let Some((host, role)) = names.rsplit_once("__") else { return Meaning::MissingRole };
                let host = with_dots(host);
                let roles = layers.hosts.get(&host).into_iter().chain([&layers.defaults]).flat_map(|entry| entry.roles.keys());
                let role = known_or_with_dots(role, roles);
                Destination::Role(host, role)
            } else if let Some(name) = rest.strip_prefix("_RESOLVER__") {
                Destination::Resolver(known_or_with_dots(name, layers.resolvers.keys()))
            } else {
                return Meaning::Unknown;
            }
        }
    };
    Meaning::Settings(destination)
}

/// Turns a variable's spelling of a name into the name. Shells cannot export names with dots, and variables are often in upper case.
fn with_dots(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name.contains('.') { name } else { name.replace('_', ".") }
}

/// Returns the known name with this spelling, or else the name with dots.
fn known_or_with_dots<'a>(name: &str, mut known: impl Iterator<Item = &'a String>) -> String {
    let name = with_dots(name);
    known.find(|known| with_dots(known) == name).cloned().unwrap_or(name)
}

/// Normalizes the host and the role, so that equal destinations compare as equal.
fn normalized(destination: Destination) -> Destination {
    let normalize_host = |host: String| NamedKey::Host.normalize(&host).unwrap_or(host);
    match destination {
        Destination::Host(host) => Destination::Host(normalize_host(host)),
        Destination::Role(host, role) => Destination::Role(normalize_host(host), normalize_role(&role).unwrap_or(role)),
        destination => destination,
    }
}

fn unknown(prefix: &str, rest: &str) -> String {
    let end = rest.get(2..).and_then(|below| below.find("__")).map_or(rest.len(), |index| index + 4);
    let near = rest.get(..end).and_then(|start| nearest(start, &KNOWN)).filter(|near| *near != "__");
    match near {
        Some(near) => format!("unknown variable: did you mean `{prefix}{near}`?"),
        None => "unknown variable: ignored".into(),
    }
}
