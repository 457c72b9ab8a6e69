//! The keys that may stand in a map: found by any of their names, and the nearest of them where one is misspelt.

use super::nearest::nearest;
use super::settings::{Reach, Row, SETTINGS};
use crate::names::joined_by;

/// What may stand in a map: the settings of `defaults` (the board's too), of a circuit, or of `advanced`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Defaults,
    Circuit,
    Advanced,
}

impl Part {
    fn has(self, row: &Row) -> bool {
        match self {
            Part::Defaults => row.reach != Reach::Advanced,
            Part::Circuit => row.reach == Reach::Circuit,
            Part::Advanced => row.reach == Reach::Advanced,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Keys {
    /// A document's sections.
    Sections,
    /// Settings and `roles`.
    Entry(Part),
    /// Settings below a path, or, where it is empty, all.
    Settings(&'static str, Part),
}

const SECTIONS: [&str; 5] = ["defaults", "advanced", "hosts", "names", "resolvers"];

/// What a key means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// A setting's whole path by its first name, or what leads to settings.
    pub(super) path: &'static str,
    pub(super) row: Option<&'static Row>,
}

impl Keys {
    pub(super) fn find(self, key: &str) -> Option<Known> {
        let section = |sections: &[&'static str]| sections.iter().find(|name| **name == key).map(|path| Known { path, row: None });
        match self {
            Keys::Sections => section(&SECTIONS),
            Keys::Entry(part) => section(&["roles"]).or_else(|| setting("", part, key)),
            Keys::Settings(prefix, part) => setting(prefix, part, key),
        }
    }

    /// First names, and behind them the others.
    fn names(self) -> (Vec<&'static str>, Vec<&'static str>) {
        let (mut names, mut aliases) = match self {
            Keys::Sections => (SECTIONS.to_vec(), Vec::new()),
            _ => (Vec::new(), Vec::new()),
        };
        if let Keys::Entry(part) | Keys::Settings(_, part) = self {
            for row in SETTINGS.iter().filter(|row| part.has(row)) {
                let Some(below) = under(row.path, self.prefix()) else { continue };
                let name = below.split_once('.').map_or(below, |(section, _)| section);
                if !names.contains(&name) {
                    names.push(name);
                }
                if name == below {
                    aliases.extend_from_slice(row.aliases);
                }
            }
        }
        if let Keys::Entry(_) = self {
            names.push("roles");
        }
        (names, aliases)
    }

    fn prefix(self) -> &'static str {
        match self {
            Keys::Sections | Keys::Entry(_) => "",
            Keys::Settings(prefix, _) => prefix,
        }
    }

    /// What is to be said of a key that is none of them.
    pub(super) fn unknown(self, key: &str) -> String {
        let elsewhere = |row: &&Row| under(row.path, self.prefix()) == Some(key) || row.path == key;
        let is_section = SECTIONS.contains(&key);
        match SETTINGS.iter().find(elsewhere).map(|row| row.reach) {
            Some(Reach::Board) => return "one for the whole board: it may stand under `defaults` alone".into(),
            Some(_) => return "a setting of circuits: it may stand under `defaults`, a host, a name or a resolver".into(),
            None if key == "roles" => return "only `defaults` and hosts have roles".into(),
            None if is_section => return "a section of the whole document: it stands at the top".into(),
            None => {}
        }
        let (names, aliases) = self.names();
        let known: Vec<&str> = names.iter().chain(&aliases).copied().collect();
        match nearest(key, &known) {
            Some(name) => format!("unknown key: was `{name}` meant?"),
            None => format!(
                "unknown key: one of {} is expected",
                joined_by(", ", &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
            ),
        }
    }
}

/// What of a path stands below another one.
fn under<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    if prefix.is_empty() { Some(path) } else { path.strip_prefix(prefix)?.strip_prefix('.') }
}

fn setting(prefix: &str, part: Part, key: &str) -> Option<Known> {
    SETTINGS.iter().filter(|row| part.has(row)).find_map(|row| {
        let below = under(row.path, prefix)?;
        match below.strip_prefix(key) {
            Some("") => Some(Known { path: row.path, row: Some(row) }),
            Some(more) if more.starts_with('.') => Some(Known { path: row.path.get(..row.path.len() - more.len())?, row: None }),
            _ => (row.aliases.contains(&key) && !below.contains('.')).then_some(Known { path: row.path, row: Some(row) }),
        }
    })
}
