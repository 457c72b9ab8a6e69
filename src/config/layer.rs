//! What the places of a configuration say, and how a later saying merges over an earlier one.

use super::settings::Key;
use super::value::{Given, Value};
use crate::sorted::Sorted;

/// What one place (`defaults`, a host, a role ...) says of the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layer {
    given: Sorted<Key, Given>,
    /// One of the sayings that merged into it ended what came before of the window, though a later one may have begun another.
    ends_window: bool,
}

impl Layer {
    pub(super) fn set(&mut self, key: Key, given: Given) {
        self.ends_window |= key == Key::WindowKind || (key == Key::Window && given.value == Value::Off);
        self.given.insert(key, given);
    }

    pub(super) fn get(&self, key: Key) -> Option<&Given> {
        self.given.get(&key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, &Given)> {
        self.given.iter().map(|(key, given)| (*key, given))
    }

    /// Whether it ends what less specific places say of the window: it turns the window off, or names its kind.
    pub(super) fn replaces_window(&self) -> bool {
        self.given.contains_key(&Key::WindowKind) || self.get(Key::Window).is_some_and(|given| given.value == Value::Off)
    }

    pub(super) fn merge(&mut self, later: Layer) {
        if later.ends_window {
            self.given.retain(|key| !key.is_of_window());
            self.ends_window = true;
        }
        for (key, given) in later.given.into_pairs() {
            self.given.insert(key, given);
        }
    }
}

/// A place with roles: `defaults`, or a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) own: Layer,
    pub(super) roles: Sorted<String, Layer>,
}

impl Entry {
    pub(super) fn merge(&mut self, later: Entry) {
        self.own.merge(later.own);
        merge_each(&mut self.roles, later.roles, Layer::merge);
    }
}

/// All places of the sources read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) defaults: Entry,
    pub(super) advanced: Layer,
    /// Patterns stand here too, with their `*.`: no host begins so.
    pub(super) hosts: Sorted<String, Entry>,
    pub(super) names: Sorted<String, Layer>,
    pub(super) resolvers: Sorted<String, Layer>,
}

impl Places {
    pub(super) fn merge(&mut self, later: Places) {
        self.defaults.merge(later.defaults);
        self.advanced.merge(later.advanced);
        merge_each(&mut self.hosts, later.hosts, Entry::merge);
        merge_each(&mut self.names, later.names, Layer::merge);
        merge_each(&mut self.resolvers, later.resolvers, Layer::merge);
    }
}

fn merge_each<T>(earlier: &mut Sorted<String, T>, later: Sorted<String, T>, merge: fn(&mut T, T)) {
    for (name, value) in later.into_pairs() {
        match earlier.get_mut(&name) {
            Some(place) => merge(place, value),
            None => drop(earlier.insert(name, value)),
        }
    }
}
