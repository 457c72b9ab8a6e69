//! What the places of a configuration say, and how a later saying merges over an earlier one.

use super::settings::Key;
use super::value::{Given, Value};
use std::collections::BTreeMap;

/// What one place (`defaults`, a host, a role ...) says of the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layer {
    given: BTreeMap<Key, Given>,
}

impl Layer {
    pub(super) fn set(&mut self, key: Key, given: Given) {
        self.given.insert(key, given);
    }

    pub(super) fn get(&self, key: Key) -> Option<&Given> {
        self.given.get(&key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, &Given)> {
        self.given.iter().map(|(key, given)| (*key, given))
    }

    /// Whether it ends what earlier places said of the window: it turns the window off, or names its kind.
    pub(super) fn replaces_window(&self) -> bool {
        self.given.contains_key(&Key::WindowKind) || self.get(Key::Window).is_some_and(|given| given.value == Value::Off)
    }

    pub(super) fn merge(&mut self, later: Layer) {
        if later.replaces_window() {
            self.given.retain(|key, _| !key.is_of_window());
        }
        self.given.extend(later.given);
    }
}

/// A place with roles: `defaults`, or a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) own: Layer,
    pub(super) roles: BTreeMap<String, Layer>,
}

impl Entry {
    pub(super) fn merge(&mut self, later: Entry) {
        self.own.merge(later.own);
        for (role, layer) in later.roles {
            self.roles.entry(role).or_default().merge(layer);
        }
    }
}

/// All places of the sources read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) defaults: Entry,
    pub(super) advanced: Layer,
    /// Patterns stand here too, with their `*.`: no host begins so.
    pub(super) hosts: BTreeMap<String, Entry>,
    pub(super) names: BTreeMap<String, Layer>,
    pub(super) resolvers: BTreeMap<String, Layer>,
}

impl Places {
    pub(super) fn merge(&mut self, later: Places) {
        self.defaults.merge(later.defaults);
        self.advanced.merge(later.advanced);
        for (host, entry) in later.hosts {
            self.hosts.entry(host).or_default().merge(entry);
        }
        for (name, layer) in later.names {
            self.names.entry(name).or_default().merge(layer);
        }
        for (name, layer) in later.resolvers {
            self.resolvers.entry(name).or_default().merge(layer);
        }
    }
}
