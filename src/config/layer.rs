//! Layers of settings, and merging of later sources over earlier ones.

use super::settings::Key;
use super::value::{SourcedValue, Value};
use crate::vec_map::VecMap;

/// Settings given at one place: `defaults`, a host, a role, a name or a resolver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layer {
    values: VecMap<Key, SourcedValue>,
    /// Whether a source turned the window off or named its kind, even if a later source set window settings again.
    ends_window: bool,
}

impl Layer {
    pub(super) fn set(&mut self, key: Key, value: SourcedValue) {
        self.ends_window |= key == Key::WindowKind || (key == Key::Window && value.value == Value::Off);
        self.values.insert(key, value);
    }

    pub(super) fn get(&self, key: Key) -> Option<&SourcedValue> {
        self.values.get(&key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, &SourcedValue)> {
        self.values.iter().map(|(key, value)| (*key, value))
    }

    fn has_settings(&self) -> bool {
        !self.values.is_empty()
    }

    /// Whether this layer replaces the window of less specific layers as a whole: it turns the window off, or names its kind.
    pub(super) fn replaces_window(&self) -> bool {
        self.values.contains_key(&Key::WindowKind) || self.get(Key::Window).is_some_and(|value| value.value == Value::Off)
    }

    pub(super) fn merge(&mut self, later: Layer) {
        if later.ends_window {
            self.values.retain(|key| !key.is_of_window());
            self.ends_window = true;
        }
        for (key, value) in later.values.into_pairs() {
            self.values.insert(key, value);
        }
    }
}

/// Settings of `defaults` or of a host, with those of its roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LayerWithRoles {
    pub(super) own: Layer,
    pub(super) roles: VecMap<String, Layer>,
}

impl LayerWithRoles {
    fn has_settings(&self) -> bool {
        self.own.has_settings() || self.roles.values().any(Layer::has_settings)
    }

    pub(super) fn merge(&mut self, later: LayerWithRoles) {
        self.own.merge(later.own);
        merge_each(&mut self.roles, later.roles, Layer::merge);
    }
}

/// Settings of all places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ConfigLayers {
    pub(super) defaults: LayerWithRoles,
    pub(super) advanced: Layer,
    /// By host or pattern. A pattern starts with `*.`, which no host does.
    pub(super) hosts: VecMap<String, LayerWithRoles>,
    pub(super) names: VecMap<String, Layer>,
    pub(super) resolvers: VecMap<String, Layer>,
}

impl ConfigLayers {
    pub(super) fn has_settings(&self) -> bool {
        self.defaults.has_settings()
            || self.advanced.has_settings()
            || self.hosts.values().any(LayerWithRoles::has_settings)
            || self.names.values().chain(self.resolvers.values()).any(Layer::has_settings)
    }

    pub(super) fn merge(&mut self, later: ConfigLayers) {
        self.defaults.merge(later.defaults);
        self.advanced.merge(later.advanced);
        merge_each(&mut self.hosts, later.hosts, LayerWithRoles::merge);
        merge_each(&mut self.names, later.names, Layer::merge);
        merge_each(&mut self.resolvers, later.resolvers, Layer::merge);
    }
}

fn merge_each<T>(earlier: &mut VecMap<String, T>, later: VecMap<String, T>, merge: fn(&mut T, T)) {
    for (name, value) in later.into_pairs() {
        match earlier.get_mut(&name) {
            Some(existing) => merge(existing, value),
            None => drop(earlier.insert(name, value)),
        }
    }
}
