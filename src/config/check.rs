//! What values, each good by itself, cannot be together: looked for once everything has merged.

use super::Config;
use super::layer::{Entry, Layer};
use super::origin::Origin;
use super::resolve::Resolved;
use super::settings::{Key, path_of};
use super::value::{Given, shown_statuses};
use crate::machine::policy::ROLES_MAX;
use crate::sorted::Sorted;
use crate::sources::{Diagnostic, Severity};
use crate::status_range::StatusRange;

impl Config {
    /// Faults and warnings of the whole configuration. Where reading found a fault in a window or in the roles, these are not
    /// judged: the value left out would be blamed on others.
    pub(super) fn check(&self, faults: &[Diagnostic]) -> Vec<Diagnostic> {
        let is_spoilt = |part: &str| faults.iter().any(|fault| fault.path.split('.').skip(1).any(|step| step.starts_with(part)));
        let mut judge = Judge { config: self, judges_windows: !is_spoilt("window"), seen: Sorted::default(), found: Vec::new() };
        let defaults = &self.places.defaults;
        judge.circuit("defaults", &[&defaults.own]);
        for (role, layer) in defaults.roles.iter() {
            judge.circuit(&format!("defaults.roles.{role}"), &[&defaults.own, layer]);
        }
        for (host, entry) in self.places.hosts.iter().filter(|(_, entry)| is_judged(entry)) {
            judge.host(&format!("hosts.{host}"), entry);
        }
        for (place, circuits) in [("names", &self.places.names), ("resolvers", &self.places.resolvers)] {
            for (name, layer) in circuits.iter() {
                judge.circuit(&format!("{place}.{name}"), &[&defaults.own, layer]);
            }
        }
        if !is_spoilt("roles") {
            judge.roles("defaults.roles", defaults);
            self.places.hosts.iter().for_each(|(host, entry)| judge.roles(&format!("hosts.{host}.roles"), entry));
        }
        judge.found
    }
}

/// Whether it says anything of what is looked for; most hosts do not.
fn is_judged(entry: &Entry) -> bool {
    let judged = |key: Key| key.is_of_window() || matches!(key, Key::FailureStatuses | Key::NeutralStatuses);
    std::iter::once(&entry.own).chain(entry.roles.values()).any(|layer| layer.iter().any(|(key, _)| judged(key)))
}

struct Judge<'a> {
    config: &'a Config,
    judges_windows: bool,
    /// Pairs of values found at odds: many circuits inherit them, one is told.
    seen: Sorted<(*const Given, *const Given), ()>,
    found: Vec<Diagnostic>,
}

impl<'a> Judge<'a> {
    fn host(&mut self, path: &str, entry: &'a Entry) {
        let config = self.config;
        let defaults = &config.places.defaults;
        self.circuit(path, &[&defaults.own, &entry.own]);
        let own = entry.roles.keys().filter(|role| !defaults.roles.contains_key(*role));
        let roles = defaults.roles.keys().chain(own);
        for role in roles {
            let mut layers: Vec<&Layer> = vec![&defaults.own];
            layers.extend(defaults.roles.get(role));
            layers.push(&entry.own);
            layers.extend(entry.roles.get(role));
            self.circuit(&format!("{path}.roles.{role}"), &layers);
        }
    }

    fn circuit(&mut self, path: &str, layers: &[&'a Layer]) {
        let config = self.config;
        let resolved = Resolved::new(layers.iter().copied(), &config.built_in);
        if let Some((key, message)) = resolved.window_fault().filter(|_| self.judges_windows) {
            self.tell(Severity::Error, path, key, [key, Key::WindowSize, Key::WindowKind], &resolved, message);
        }
        let both = overlap(resolved.statuses(Key::FailureStatuses), resolved.statuses(Key::NeutralStatuses));
        if !both.is_empty() {
            let message = format!("{} in failure_statuses too: neutral wins", shown_statuses(&both));
            let keys = [Key::NeutralStatuses, Key::FailureStatuses, Key::NeutralStatuses];
            self.tell(Severity::Warning, path, Key::NeutralStatuses, keys, &resolved, message);
        }
    }

    /// Tells it of the first of these values that a source has set, once for the first two.
    fn tell(&mut self, severity: Severity, place: &str, key: Key, keys: [Key; 3], resolved: &Resolved<'a>, message: String) {
        let given = keys.map(|key| resolved.get(key));
        let [Some(first), Some(second), _] = given else { return };
        if self.seen.insert((std::ptr::from_ref(first), std::ptr::from_ref(second)), ()).is_some() {
            return;
        }
        let built_in = |given: &&&Given| self.config.built_in.iter().all(|(_, other)| !std::ptr::eq(other, **given));
        let origin = given.iter().flatten().find(built_in).map_or(&first.origin, |given| &given.origin);
        self.found.push(diagnostic(severity, origin, format!("{place}.{}", path_of(key)), message));
    }

    /// Documents that merge may bring more roles together than each has.
    fn roles(&mut self, path: &str, entry: &Entry) {
        if entry.roles.len() > ROLES_MAX {
            let given = entry.roles.values().flat_map(Layer::iter).last();
            let unknown = Origin { source: "all sources together".into(), line: None };
            let message = format!("must have at most {ROLES_MAX} roles, has {}", entry.roles.len());
            self.found.push(diagnostic(Severity::Error, given.map_or(&unknown, |(_, given)| &given.origin), path.to_owned(), message));
        }
    }
}

fn diagnostic(severity: Severity, origin: &Origin, path: String, message: String) -> Diagnostic {
    Diagnostic { severity, source: origin.source.to_string(), line: origin.line, path, message }
}

fn overlap(a: &[StatusRange], b: &[StatusRange]) -> Vec<StatusRange> {
    let mut overlap = Vec::new();
    for one in a {
        for other in b {
            let common = StatusRange { first: one.first.max(other.first), last: one.last.min(other.last) };
            if common.first <= common.last {
                overlap.push(common);
            }
        }
    }
    overlap
}
