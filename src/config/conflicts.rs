//! Conflicts between settings that are each valid on their own. They are checked after all sources are merged.

use super::configuration::Config;
use super::layer::{Layer, LayerWithRoles};
use super::origin::Origin;
use super::resolve::ResolvedSettings;
use super::settings::{Key, path_of};
use super::status_ranges;
use super::value::SourcedValue;
use crate::policy::ROLES_MAX;
use crate::sources::{Diagnostic, Severity};
use crate::vec_map::VecMap;

/// Returns the conflicts of a configuration. If `errors` has an error in a window or in roles, these are not checked: the missing value
/// would cause misleading errors.
pub(super) fn find(config: &Config, errors: &[Diagnostic]) -> Vec<Diagnostic> {
    let has_error_in = |part: &str| errors.iter().any(|error| error.path.split('.').skip(1).any(|step| step.starts_with(part)));
    let layers = &config.layers;
    let defaults = &layers.defaults;
    let mut finder = Finder { config, checks_windows: !has_error_in("window"), seen: VecMap::default(), found: Vec::new() };
    finder.circuit("defaults", &[&defaults.own]);
    for (role, layer) in defaults.roles.iter() {
        finder.circuit(&format!("defaults.roles.{role}"), &[&defaults.own, layer]);
    }
    for (host, entry) in layers.hosts.iter().filter(|(_, entry)| may_conflict(entry)) {
        finder.host(&format!("hosts.{host}"), entry);
    }
    for (section, circuits) in [("names", &layers.names), ("resolvers", &layers.resolvers)] {
        for (name, layer) in circuits.iter() {
            finder.circuit(&format!("{section}.{name}"), &[&defaults.own, layer]);
        }
    }
    if !has_error_in("roles") {
        finder.roles("defaults.roles", defaults);
        layers.hosts.iter().for_each(|(host, entry)| finder.roles(&format!("hosts.{host}.roles"), entry));
    }
    finder.found
}

/// Whether an entry has settings that can conflict. Most hosts have none.
fn may_conflict(entry: &LayerWithRoles) -> bool {
    let is_checked = |key: Key| key.is_of_window() || matches!(key, Key::FailureStatuses | Key::NeutralStatuses);
    std::iter::once(&entry.own).chain(entry.roles.values()).any(|layer| layer.iter().any(|(key, _)| is_checked(key)))
}

struct Finder<'a> {
    config: &'a Config,
    checks_windows: bool,
    /// Pairs of values that are reported already. Many circuits can inherit the same pair.
    seen: VecMap<(*const SourcedValue, *const SourcedValue), ()>,
    found: Vec<Diagnostic>,
}

impl<'a> Finder<'a> {
    fn host(&mut self, path: &str, entry: &'a LayerWithRoles) {
        let config = self.config;
        let defaults = &config.layers.defaults;
        self.circuit(path, &[&defaults.own, &entry.own]);
        let own_roles = entry.roles.keys().filter(|role| !defaults.roles.contains_key(*role));
        for role in defaults.roles.keys().chain(own_roles) {
            let mut layers: Vec<&Layer> = vec![&defaults.own];
            layers.extend(defaults.roles.get(role));
            layers.push(&entry.own);
            layers.extend(entry.roles.get(role));
            self.circuit(&format!("{path}.roles.{role}"), &layers);
        }
    }

    fn circuit(&mut self, path: &str, layers: &[&'a Layer]) {
        let config = self.config;
        let resolved = ResolvedSettings::new(layers.iter().copied(), &config.built_in);
        if let Some((key, message)) = resolved.window_conflict().filter(|_| self.checks_windows) {
            self.report(Severity::Error, path, [key, Key::WindowSize, Key::WindowKind], &resolved, message);
        }
        let both = status_ranges::overlap(resolved.statuses(Key::FailureStatuses), resolved.statuses(Key::NeutralStatuses));
        if !both.is_empty() {
            let message = format!("{} is also in failure_statuses: neutral_statuses takes precedence", status_ranges::format(&both));
            self.report(Severity::Warning, path, [Key::NeutralStatuses, Key::FailureStatuses, Key::NeutralStatuses], &resolved, message);
        }
    }

    /// Reports a conflict at the path of the first key, once for the values of the first two. The origin is that of the first value that
    /// is not built in.
    fn report(&mut self, severity: Severity, place: &str, keys: [Key; 3], resolved: &ResolvedSettings<'a>, message: String) {
        let [key, ..] = keys;
        let values = keys.map(|key| resolved.get(key));
        let [Some(first), Some(second), _] = values else { return };
        if self.seen.insert((std::ptr::from_ref(first), std::ptr::from_ref(second)), ()).is_some() {
            return;
        }
        let is_given = |value: &&&SourcedValue| self.config.built_in.iter().all(|(_, other)| !std::ptr::eq(other, **value));
        let origin = values.iter().flatten().find(is_given).map_or(&first.origin, |value| &value.origin);
        self.found.push(diagnostic(severity, origin, format!("{place}.{}", path_of(key)), message));
    }

    /// Checks the number of roles, which documents together can exceed.
    fn roles(&mut self, path: &str, entry: &LayerWithRoles) {
        if entry.roles.len() > ROLES_MAX {
            let last = entry.roles.values().flat_map(Layer::iter).last();
            let unknown = Origin { source: "all sources together".into(), line: None };
            let message = format!("must have at most {ROLES_MAX} roles, has {}", entry.roles.len());
            self.found.push(diagnostic(Severity::Error, last.map_or(&unknown, |(_, value)| &value.origin), path.to_owned(), message));
        }
    }
}

fn diagnostic(severity: Severity, origin: &Origin, path: String, message: String) -> Diagnostic {
    Diagnostic { severity, source: origin.source.to_string(), line: origin.line, path, message }
}
