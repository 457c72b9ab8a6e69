//! Variables to the places that they set. In which order they come says nothing, so none may depend on it.

use super::layer::Places;
use super::nearest::nearest;
use super::reading::{Reader, spell_host};
use super::short::{self, Place};
use crate::names::normalize_role;
use crate::sorted::Sorted;
use crate::sources::{Diagnostic, Sources};

/// What may follow the prefix, up to a name.
const KNOWN: [&str; 9] = ["_DEFAULTS", "_CLASSIFY", "_ROLLING", "_HOSTS", "_ROLE__", "_RESOLVER__", "__", "_CONFIG", "S_YAML"];

/// What a variable's name says.
enum Named {
    Place(Place),
    /// A document's path, which is the host's to read.
    OfHost,
    /// A role's variable without a role.
    Incomplete,
    Unknown,
}

/// Merges what the environment says; single variables over the one for many hosts.
pub(super) fn read(sources: &Sources, places: &mut Places) -> Vec<Diagnostic> {
    let prefix = sources.prefix.as_str();
    if prefix.is_empty() && !sources.environment.is_empty() {
        let mut reader = Reader::new("environment");
        reader.doubt("no prefix is given: no variable is read".into());
        return reader.told;
    }
    let mut told = Vec::new();
    let mut seen: Sorted<Place, &str> = Sorted::default();
    for ((_, name), value) in variables(sources).iter() {
        let mut reader = Reader::new(name);
        let rest = name.get(prefix.len()..).unwrap_or_default();
        match (named(rest, places), value) {
            (Named::OfHost, _) => continue,
            (Named::Unknown, _) => reader.doubt(unknown(prefix, rest)),
            (_, None) => reader.fault(None, "given twice: keep one of them".into()),
            (Named::Incomplete, _) => {
                reader.fault(None, format!("a host and a role are expected, as `{prefix}_ROLE__API_CROSSREF_ORG__METADATA`"));
            }
            (Named::Place(place), Some(value)) => {
                let said = short::read(&mut reader, &place, value);
                if let Some(other) = seen.insert(normal(place), name) {
                    reader.fault(None, format!("sets what `{other}` sets: keep one of them"));
                }
                places.merge(said);
            }
        }
        told.append(&mut reader.told);
    }
    told
}

/// Variables that begin with the prefix, that for many hosts first. Given twice, one has no value: which came later says nothing.
fn variables(sources: &Sources) -> Sorted<(bool, &str), Option<&str>> {
    let mut variables = Sorted::default();
    for (name, value) in &sources.environment {
        let Some(rest) = name.strip_prefix(&sources.prefix) else { continue };
        let variable = (rest != "_HOSTS", name.as_str());
        let value = if variables.contains_key(&variable) { None } else { Some(value.as_str()) };
        variables.insert(variable, value);
    }
    variables
}

fn named(rest: &str, places: &Places) -> Named {
    let place = match rest {
        "_CONFIG" | "S_YAML" => return Named::OfHost,
        "_DEFAULTS" => Place::Defaults,
        "_CLASSIFY" => Place::Classify,
        "_ROLLING" => Place::Rolling,
        "_HOSTS" => Place::Hosts,
        _ => {
            if let Some(host) = rest.strip_prefix("__") {
                Place::Host(spelled(host))
            } else if let Some(names) = rest.strip_prefix("_ROLE__") {
                let Some((host, role)) = names.rsplit_once("__") else { return Named::Incomplete };
                let host = spelled(host);
                let known = places.hosts.get(&host).into_iter().chain([&places.defaults]).flat_map(|entry| entry.roles.keys());
                let role = meant(role, known);
                Place::Role(host, role)
            } else if let Some(name) = rest.strip_prefix("_RESOLVER__") {
                Place::Resolver(meant(name, places.resolvers.keys()))
            } else {
                return Named::Unknown;
            }
        }
    };
    Named::Place(place)
}

/// No shell exports a name with a dot, and many write variables in upper case.
fn spelled(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name.contains('.') { name } else { name.replace('_', ".") }
}

/// A name that is known already, however the variable must write it; else as a host's would be read.
fn meant<'a>(name: &str, mut known: impl Iterator<Item = &'a String>) -> String {
    let spelled = spelled(name);
    known.find(|known| self::spelled(known) == spelled).cloned().unwrap_or(spelled)
}

/// The same for all spellings of it.
fn normal(place: Place) -> Place {
    let host_of = |host: String| spell_host(&host).unwrap_or(host);
    match place {
        Place::Host(host) => Place::Host(host_of(host)),
        Place::Role(host, role) => Place::Role(host_of(host), normalize_role(&role).unwrap_or(role)),
        place => place,
    }
}

fn unknown(prefix: &str, rest: &str) -> String {
    let end = rest.get(2..).and_then(|below| below.find("__")).map_or(rest.len(), |place| place + 4);
    let near = rest.get(..end).and_then(|start| nearest(start, &KNOWN)).filter(|near| *near != "__");
    match near {
        Some(near) => format!("no variable that is read: was `{prefix}{near}` meant?"),
        None => "no variable that is read: it changes nothing".into(),
    }
}
