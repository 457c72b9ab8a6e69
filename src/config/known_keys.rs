//! The keys that a map of the configuration may have, and error messages for other keys.

use super::nearest_key::nearest;
use super::settings::{Level, Row, SETTINGS};
use crate::quote::joined_by;

/// Place of a map in the configuration, which decides the settings that it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// `defaults`: settings of circuits and of the board.
    Defaults,
    /// A host, a role, a name or a resolver.
    Circuit,
    /// `advanced`.
    Advanced,
}

impl Section {
    fn allows(self, row: &Row) -> bool {
        match self {
            Section::Defaults => row.level != Level::Advanced,
            Section::Circuit => row.level == Level::Circuit,
            Section::Advanced => row.level == Level::Advanced,
        }
    }
}

/// The keys of one map.
#[derive(Clone, Copy, Debug)]
pub(super) enum KnownKeys {
    /// The top level of a document.
    TopLevel,
    /// Settings, and `roles`.
    WithRoles(Section),
    /// Settings below a path, or all settings if the path is empty.
    Settings(&'static str, Section),
}

const TOP_LEVEL: [&str; 5] = ["defaults", "advanced", "hosts", "names", "resolvers"];

/// A key that may be in a map.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownKey {
    /// Path of the setting, or of the group of settings. An alias has the path of its setting.
    pub(super) path: &'static str,
    /// The setting, if the key is not a group of settings.
    pub(super) row: Option<&'static Row>,
}

impl KnownKeys {
    pub(super) fn find(self, key: &str) -> Option<KnownKey> {
        let among = |names: &[&'static str]| names.iter().find(|name| **name == key).map(|path| KnownKey { path, row: None });
        match self {
            KnownKeys::TopLevel => among(&TOP_LEVEL),
            KnownKeys::WithRoles(section) => among(&["roles"]).or_else(|| setting("", section, key)),
            KnownKeys::Settings(prefix, section) => setting(prefix, section, key),
        }
    }

    /// Returns all keys, and their aliases.
    fn names(self) -> (Vec<&'static str>, Vec<&'static str>) {
        let (mut names, mut aliases) = match self {
            KnownKeys::TopLevel => (TOP_LEVEL.to_vec(), Vec::new()),
            _ => (Vec::new(), Vec::new()),
        };
        if let KnownKeys::WithRoles(section) | KnownKeys::Settings(_, section) = self {
            for row in SETTINGS.iter().filter(|row| section.allows(row)) {
                let Some(below) = below(row.path, self.prefix()) else { continue };
                let name = below.split_once('.').map_or(below, |(group, _)| group);
                if !names.contains(&name) {
                    names.push(name);
                }
                if name == below {
                    aliases.extend_from_slice(row.aliases);
                }
            }
        }
        if let KnownKeys::WithRoles(_) = self {
            names.push("roles");
        }
        (names, aliases)
    }

    fn prefix(self) -> &'static str {
        match self {
            KnownKeys::TopLevel | KnownKeys::WithRoles(_) => "",
            KnownKeys::Settings(prefix, _) => prefix,
        }
    }

    /// Returns the error message for a key that this map must not have.
    pub(super) fn unknown(self, key: &str) -> String {
        let is_elsewhere = |row: &&Row| below(row.path, self.prefix()) == Some(key) || row.path == key;
        let is_top_level = TOP_LEVEL.contains(&key);
        match SETTINGS.iter().find(is_elsewhere).map(|row| row.level) {
            Some(Level::Board) => return "must be under `defaults`: it applies to the whole board".into(),
            Some(_) => return "must be under `defaults`, a host, a name or a resolver: it is a setting of circuits".into(),
            None if key == "roles" => return "must be under `defaults` or a host: nothing else has roles".into(),
            None if is_top_level => return "must be at the top level of the document".into(),
            None => {}
        }
        let (names, aliases) = self.names();
        let known: Vec<&str> = names.iter().chain(&aliases).copied().collect();
        match nearest(key, &known) {
            Some(name) => format!("unknown key: did you mean `{name}`?"),
            None => {
                format!("unknown key: must be one of {}", joined_by(", ", &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()))
            }
        }
    }
}

/// Returns the part of a path below a prefix.
fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    if prefix.is_empty() { Some(path) } else { path.strip_prefix(prefix)?.strip_prefix('.') }
}

fn setting(prefix: &str, section: Section, key: &str) -> Option<KnownKey> {
    SETTINGS.iter().filter(|row| section.allows(row)).find_map(|row| {
        let below = below(row.path, prefix)?;
        match below.strip_prefix(key) {
            Some("") => Some(KnownKey { path: row.path, row: Some(row) }),
            Some(more) if more.starts_with('.') => Some(KnownKey { path: row.path.get(..row.path.len() - more.len())?, row: None }),
            _ => (row.aliases.contains(&key) && !below.contains('.')).then_some(KnownKey { path: row.path, row: Some(row) }),
        }
    })
}
