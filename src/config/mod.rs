//! Sources to policies, with every value's origin.
//!
//! Each document becomes a tree (`json`), each tree what its places say (`reading`, by the table in `settings`), these merge in
//! order of precedence (`layer`), and what concerns one circuit becomes its policy (`resolve`).

mod check;
#[cfg(not(target_family = "wasm"))]
mod describe;
mod environment;
mod flags;
mod keys;
mod layer;
mod nearest;
mod origin;
mod patch;
mod reading;
#[cfg(not(target_family = "wasm"))]
mod reference;
mod resolve;
#[cfg(not(target_family = "wasm"))]
mod schema;
mod settings;
mod short;
#[cfg(test)]
mod tests;
mod value;

pub use patch::Patches;
#[cfg(not(target_family = "wasm"))]
pub use {reference::reference, schema::schema};

use crate::decimal;
use crate::host::without_port;
use crate::machine::policy::{Policy, Sharing};
use crate::names::{CircuitKind, DEFAULT_ROLE, Scope};
use crate::sorted::Sorted;
use crate::sources::{Diagnostic, Severity, Sources};
use crate::status::Setting;
use crate::time::Millis;
use crate::tree::{self, json};
use layer::{Entry, Layer, Places};
use origin::Origin;
use patch::Patched;
use reading::Reader;
use resolve::Resolved;
use settings::{Key, SETTINGS};
use value::Given;

/// How large a document may be.
const DOCUMENT: tree::Limits = tree::Limits { bytes: 1 << 20, depth: 32, nodes: 10_000 };

/// Which entry of the configuration speaks of a circuit, if one does, and of which role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    kind: CircuitKind,
    entry: Option<String>,
    role: Option<String>,
}

/// A checked configuration.
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
    places: Places,
    built_in: Layer,
}

impl Config {
    /// Reads all sources in rising precedence. On success also tells what is doubtful, otherwise all that is wrong.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the sources.
    pub fn read(sources: &Sources) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut config = Config { places: Places::default(), built_in: built_in() };
        let mut told: Vec<Diagnostic> = Vec::new();
        for document in &sources.documents {
            let mut reader = Reader::new(&document.name);
            match tree::document(&document.name, &document.text, DOCUMENT) {
                Ok(tree) => config.places.merge(reader.document(&tree)),
                Err(unreadable) => reader.fault(unreadable.line, unreadable.message),
            }
            told.append(&mut reader.told);
        }
        told.append(&mut environment::read(sources, &mut config.places));
        told.append(&mut flags::read(sources, &mut config.places));
        told.append(&mut config.check(&told));
        let (mut faults, doubts) = told.into_iter().partition::<Vec<_>, _>(|told| told.severity == Severity::Error);
        if faults.is_empty() {
            return Ok((config, doubts));
        }
        shorten(&mut faults);
        Err(faults)
    }

    /// How the board shares its state.
    #[must_use]
    pub fn sharing(&self) -> Sharing {
        Resolved::new([&self.places.defaults.own], &self.built_in).sharing()
    }

    /// What decides about a circuit, whose scope is canonical (a host's says its role). Patches merge at their own scope, above
    /// every source; one that cannot be read, or contradicts, is left out: other processes may be newer.
    #[must_use]
    pub fn policy(&self, circuit: &Scope, patches: Patches<'_>) -> Policy {
        let live = self.patched(circuit, patches);
        let resolved = self.resolved(circuit, &live);
        let rolling = if circuit.kind == CircuitKind::Host { resolved.rolling() } else { None };
        resolved.policy(self.retry_after_cap_max(circuit, &live), rolling)
    }

    /// What the configuration says is the same for all circuits of a place.
    pub(crate) fn place_of(&self, circuit: &Scope) -> Place {
        let named = |places: &Sorted<String, Layer>| places.contains_key(&circuit.name).then(|| circuit.name.clone());
        let entry = match circuit.kind {
            CircuitKind::Host => self.entry_name(&circuit.name),
            CircuitKind::Name => named(&self.places.names),
            CircuitKind::Resolver => named(&self.places.resolvers),
        };
        Place { kind: circuit.kind, entry, role: circuit.role.clone() }
    }

    /// Every value that [`Config::policy`] goes by, and where it comes from.
    #[must_use]
    pub fn explain(&self, circuit: &Scope, patches: Patches<'_>) -> Vec<Setting> {
        let mut settings = self.resolved(circuit, &self.patched(circuit, patches)).settings();
        if circuit.kind != CircuitKind::Host {
            settings.retain(|setting| !setting.path.starts_with("advanced."));
        }
        settings
    }

    fn resolved<'a>(&'a self, circuit: &Scope, patched: &'a Patched) -> Resolved<'a> {
        Resolved::new(self.layers(circuit, patched), &self.built_in)
    }

    /// All that is said of a circuit, in rising precedence.
    fn layers<'a>(&'a self, circuit: &Scope, patched: &'a Patched) -> Vec<&'a Layer> {
        let mut layers = vec![&self.places.advanced, &self.places.defaults.own];
        match circuit.kind {
            CircuitKind::Host => {
                let entry = self.entry_of(&circuit.name);
                let role = circuit.role.as_deref().filter(|role| *role != DEFAULT_ROLE);
                let of_role = |entry: &'a Entry| role.and_then(|role| entry.roles.get(role));
                layers.extend(of_role(&self.places.defaults));
                layers.extend(entry.map(|entry| &entry.own));
                layers.push(&patched.whole.own);
                layers.extend(entry.and_then(of_role));
                layers.extend(of_role(&patched.whole));
                layers.push(&patched.role);
            }
            CircuitKind::Name => layers.extend(self.places.names.get(&circuit.name)),
            CircuitKind::Resolver => layers.extend(self.places.resolvers.get(&circuit.name)),
        }
        if circuit.kind != CircuitKind::Host {
            layers.push(&patched.whole.own);
        }
        layers
    }

    /// The one entry that applies to a host: its own with the port, its own without, or the longest pattern's.
    fn entry_name(&self, host: &str) -> Option<String> {
        let exact = [host, without_port(host)].into_iter().find(|name| self.places.hosts.contains_key(*name));
        if let Some(exact) = exact {
            return Some(exact.to_owned());
        }
        let mut rest = without_port(host);
        // Left to right, so that the longest comes first.
        while let Some((_, domain)) = rest.split_once('.') {
            let pattern = format!("*.{domain}");
            if self.places.hosts.contains_key(&pattern) {
                return Some(pattern);
            }
            rest = domain;
        }
        None
    }

    fn entry_of(&self, host: &str) -> Option<&Entry> {
        self.places.hosts.get(&self.entry_name(host)?)
    }

    /// The roles that the configuration, or a patch, says something of for a host.
    fn roles_of<'a>(&'a self, host: &str, patched: &'a Patched) -> Vec<&'a str> {
        let mut roles: Vec<&str> = Vec::new();
        for entry in [Some(&self.places.defaults), self.entry_of(host), Some(&patched.whole)] {
            let Some(entry) = entry else { continue };
            for role in entry.roles.keys() {
                if !roles.contains(&role.as_str()) {
                    roles.push(role);
                }
            }
        }
        roles
    }

    fn retry_after_cap_max(&self, circuit: &Scope, patched: &Patched) -> Millis {
        let cap = |circuit: &Scope, patched: &Patched| {
            let layers = self.layers(circuit, patched);
            let given =
                layers.iter().rev().find_map(|layer| layer.get(Key::RetryAfterCap)).or_else(|| self.built_in.get(Key::RetryAfterCap));
            given.map_or(Millis::ZERO, |given| given.value.millis())
        };
        let mut largest = cap(circuit, patched);
        if circuit.kind != CircuitKind::Host {
            return largest;
        }
        // The role's patch concerns this circuit alone.
        let others = Patched { whole: patched.whole.clone(), role: Layer::default() };
        let mut roles = self.roles_of(&circuit.name, patched);
        roles.push(DEFAULT_ROLE);
        for role in roles {
            if circuit.role.as_deref() != Some(role) {
                largest = largest.max(cap(&Scope::host(circuit.name.as_str()).role(role), &others));
            }
        }
        largest
    }
}

/// More than anybody reads at once.
const FAULTS_MAX: usize = 1_000;

fn shorten(faults: &mut Vec<Diagnostic>) {
    let more = faults.len().saturating_sub(FAULTS_MAX);
    if more > 0 {
        faults.truncate(FAULTS_MAX);
        let mut reader = Reader::new("all sources together");
        reader.fault(None, format!("{more} more faults"));
        faults.append(&mut reader.told);
    }
}

/// As the configuration would say it, in seconds.
pub(crate) fn shown_seconds(time: Millis) -> String {
    decimal::shown(time.0)
}

/// The values that stand in the table. One that could not be read would be missing: a test reads them all.
fn built_in() -> Layer {
    let mut layer = Layer::default();
    for row in SETTINGS {
        if let Ok(value) = json::read(row.built_in, DOCUMENT).map_err(drop).and_then(|node| value::read(row, &node).map_err(drop)) {
            layer.set(row.key, Given { value, origin: Origin { source: "built-in".into(), line: None } });
        }
    }
    layer
}
