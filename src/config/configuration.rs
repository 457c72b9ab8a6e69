//! The configuration, and which of its layers apply to a circuit.

use super::definitions::Definitions;
use super::layer::{ConfigLayers, Layer, LayerWithRoles};
use super::patch::ParsedPatches;
use super::resolve::ResolvedSettings;
use crate::host::without_port;
use crate::names::{CircuitKind, DEFAULT_ROLE, Scope};

/// A valid configuration.
///
/// ```
/// use fuseboard::{Document, Scope, Sources, config::{Config, Patches}, time::Millis};
/// let text = r#"{"hosts": {"api.crossref.org": {"reset_timeout_s": 90}}}"#;
/// let document = Document { name: "breakers.json".into(), text: text.into() };
/// let (config, warnings) = Config::read(&Sources { documents: vec![document], ..Sources::default() }).unwrap();
/// assert!(warnings.is_empty());
///
/// let circuit = Scope::host("api.crossref.org").role("default");
/// assert_eq!(config.policy(&circuit, Patches::default()).reset_timeout, Millis(90_000));
/// let patches = Patches { whole: Some(r#"{"reset_timeout_s": 0.1}"#), role: None };
/// assert_eq!(config.policy(&circuit, patches).reset_timeout, Millis(100));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub(super) layers: ConfigLayers,
    pub(super) built_in: Layer,
    pub(super) definitions: Definitions,
    /// Names of the documents that have settings.
    pub(super) documents: Vec<String>,
}

impl Config {
    /// A placeholder without any setting. It is never resolved.
    pub(crate) fn empty() -> Config {
        Config { layers: ConfigLayers::default(), built_in: Layer::default(), definitions: Definitions::default(), documents: Vec::new() }
    }

    /// Returns the settings of a circuit.
    pub(super) fn resolved<'a>(&'a self, circuit: &Scope, patches: &'a ParsedPatches) -> ResolvedSettings<'a> {
        ResolvedSettings::new(self.layers_of(circuit, patches), &self.built_in)
    }

    /// Returns the layers that apply to a circuit, in rising precedence.
    pub(super) fn layers_of<'a>(&'a self, circuit: &Scope, patches: &'a ParsedPatches) -> Vec<&'a Layer> {
        let mut layers = vec![&self.layers.advanced, &self.layers.defaults.own];
        let defined = self.definitions.whole(circuit);
        match circuit.kind {
            CircuitKind::Host => {
                let entry = self.host_entry(&circuit.name);
                let role = circuit.role.as_deref().filter(|role| *role != DEFAULT_ROLE);
                let of_role = |entry: &'a LayerWithRoles| role.and_then(|role| entry.roles.get(role));
                layers.extend(of_role(&self.layers.defaults));
                layers.extend(entry.map(|entry| &entry.own));
                layers.extend(defined.map(|defined| &defined.own));
                layers.push(&patches.whole.own);
                layers.extend(entry.and_then(of_role));
                layers.extend(defined.and_then(of_role));
                layers.extend(self.definitions.role(circuit));
                layers.extend(of_role(&patches.whole));
                layers.push(&patches.role);
            }
            CircuitKind::Name => layers.extend(self.layers.names.get(&circuit.name)),
            CircuitKind::Resolver => layers.extend(self.layers.resolvers.get(&circuit.name)),
        }
        if circuit.kind != CircuitKind::Host {
            layers.extend(defined.map(|defined| &defined.own));
            layers.push(&patches.whole.own);
        }
        layers
    }

    /// Returns the key under `hosts` that applies to a host: the host with its port, else without, else the longest pattern.
    pub(super) fn host_entry_key(&self, host: &str) -> Option<String> {
        let exact = [host, without_port(host)].into_iter().find(|name| self.layers.hosts.contains_key(*name));
        if let Some(exact) = exact {
            return Some(exact.to_owned());
        }
        let mut rest = without_port(host);
        // Removes labels from the left, so that the longest pattern is found first.
        while let Some((_, domain)) = rest.split_once('.') {
            let pattern = format!("*.{domain}");
            if self.layers.hosts.contains_key(&pattern) {
                return Some(pattern);
            }
            rest = domain;
        }
        None
    }

    pub(super) fn host_entry(&self, host: &str) -> Option<&LayerWithRoles> {
        self.layers.hosts.get(&self.host_entry_key(host)?)
    }

    /// Returns the roles of a host that the configuration, a definition or a patch has settings for.
    pub(super) fn roles_of<'a>(&'a self, host: &str, patches: &'a ParsedPatches) -> Vec<&'a str> {
        let defined = self.definitions.whole(&Scope::host(host));
        let entries = [Some(&self.layers.defaults), self.host_entry(host), defined, Some(&patches.whole)];
        let of_entries = entries.into_iter().flatten().flat_map(|entry| entry.roles.keys().map(String::as_str));
        let mut roles: Vec<&str> = Vec::new();
        for role in of_entries.chain(self.definitions.roles_of(host)) {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        roles
    }
}
