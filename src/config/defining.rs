//! Defining settings while the program runs.

use super::configuration::Config;
use super::patch::{DEFINITION, parse_layers};
use super::patching::path_and_message;
use crate::names::Scope;
use crate::quote::joined_by;

/// Most definitions of one configuration.
pub const DEFINITIONS_MAX: usize = 1 << 16;

impl Config {
    /// Defines the settings of a scope: a JSON object with settings that are allowed there. A later definition replaces an earlier one.
    ///
    /// Counts of failures and trials may be up to 2^31 - 1 here.
    ///
    /// # Errors
    /// All errors of the definition, in one text.
    pub fn define(&mut self, scope: &Scope, text: &str) -> Result<(), String> {
        let defined = parse_layers(DEFINITION, scope, text).map_err(|errors| errors.into_iter().map(path_and_message).collect());
        let errors = defined.as_ref().map_or_else(Vec::clone, |defined| self.conflicts_of(scope, defined));
        match defined {
            Ok(defined) if errors.is_empty() => {
                // A clone has no spare capacity. There can be many definitions.
                self.definitions.insert(scope.clone(), defined.clone());
                Ok(())
            }
            _ => Err(joined_by("; ", &errors)),
        }
    }

    /// Removes the definition of a scope.
    pub fn forget(&mut self, scope: &Scope) {
        self.definitions.remove(scope);
    }

    /// Whether a scope has a definition of its own.
    #[must_use]
    pub fn defines(&self, scope: &Scope) -> bool {
        self.definitions.contains(scope)
    }

    /// How many definitions there are.
    #[must_use]
    pub fn definitions(&self) -> usize {
        self.definitions.len()
    }

    /// Takes over the definitions of the configuration that this one replaces.
    pub(crate) fn keep_definitions(&mut self, replaced: &mut Config) {
        self.definitions = std::mem::take(&mut replaced.definitions);
    }

    /// Whether a definition applies to a circuit, or to another role of its host.
    pub(crate) fn has_definition_for(&self, circuit: &Scope) -> bool {
        self.definitions.concern(circuit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Patches;
    use crate::policy::DEFINED_COUNT_MAX;
    use crate::sources::{Document, Sources};
    use crate::time::Millis;

    fn config(text: &str) -> Config {
        let document = Document { name: "t.json".into(), text: text.into() };
        Config::read(&Sources { documents: vec![document], ..Sources::default() }).unwrap().0
    }

    fn reset(config: &Config, circuit: &Scope, patches: Patches<'_>) -> Millis {
        config.policy(circuit, patches).reset_timeout
    }

    #[test]
    fn a_definition_takes_precedence_over_sources_and_patches_over_it() {
        let mut config = config(r#"{"names": {"db": {"reset_timeout_s": 1}}}"#);
        let db = Scope::name("db");
        config.define(&db, r#"{"reset_timeout_s": 2}"#).unwrap();
        assert_eq!(reset(&config, &db, Patches::default()), Millis(2_000));
        assert_eq!(reset(&config, &db, Patches { whole: Some(r#"{"reset_timeout_s": 3}"#), role: None }), Millis(3_000));
        let origin = config.explain(&db, Patches::default()).into_iter().find(|setting| setting.path == "reset_timeout_s");
        assert_eq!(origin.map(|setting| setting.origin).as_deref(), Some("definition"));
        config.forget(&db);
        assert_eq!(reset(&config, &db, Patches::default()), Millis(1_000));
    }

    #[test]
    fn a_role_is_more_specific_than_its_host() {
        let mut config = config(r#"{"hosts": {"a.example": {"roles": {"landing": {"reset_timeout_s": 1}}}}}"#);
        let [host, landing, artifact] =
            [Scope::host("a.example"), Scope::host("a.example").role("landing"), Scope::host("a.example").role("artifact")];
        config.define(&host, r#"{"reset_timeout_s": 2}"#).unwrap();
        assert_eq!([&landing, &artifact].map(|circuit| reset(&config, circuit, Patches::default())), [Millis(1_000), Millis(2_000)]);
        config.define(&landing, r#"{"reset_timeout_s": 3}"#).unwrap();
        let patches = Patches { whole: Some(r#"{"reset_timeout_s": 4}"#), role: None };
        assert_eq!([&landing, &artifact].map(|circuit| reset(&config, circuit, patches)), [Millis(3_000), Millis(4_000)]);
        let of_role = Patches { role: Some(r#"{"reset_timeout_s": 5}"#), ..patches };
        assert_eq!(reset(&config, &landing, of_role), Millis(5_000));
    }

    #[test]
    fn the_cap_of_a_defined_role_bounds_the_cooldown_of_its_host() {
        let mut config = config("{}");
        config.define(&Scope::host("a.example").role("landing"), r#"{"retry_after_cap_s": 5000}"#).unwrap();
        let other = Scope::host("a.example").role("artifact");
        assert_eq!(config.policy(&other, Patches::default()).retry_after_cap_max, Millis(5_000_000));
        assert!(config.has_definition_for(&other) && !config.has_definition_for(&Scope::host("b.example").role("artifact")));
    }

    #[test]
    fn counts_may_be_larger_than_in_a_document() {
        let mut config = config("{}");
        let db = Scope::name("db");
        let define = |config: &mut Config, key: &str, count: u64| config.define(&db, &format!(r#"{{"{key}": {count}}}"#));
        for key in ["fail_max", "success_threshold", "trial_failures", "window.failure_count", "window.minimum_calls"] {
            let text = |count| match key.split_once('.') {
                Some((section, setting)) => format!(r#"{{"{section}": {{"{setting}": {count}}}}}"#),
                None => format!(r#"{{"{key}": {count}}}"#),
            };
            config.define(&db, &text(DEFINED_COUNT_MAX)).unwrap();
            assert!(config.define(&db, &text(DEFINED_COUNT_MAX + 1)).is_err_and(|error| error.contains("2147483647")), "{key}");
        }
        assert!(define(&mut config, "trial_calls", 101).is_err(), "each probe in flight is stored");
        assert!(config.check_patch(&db, r#"{"fail_max": 10001}"#).is_err(), "a patch has the bounds of a document");
        define(&mut config, "fail_max", DEFINED_COUNT_MAX).unwrap();
        assert_eq!(config.policy(&db, Patches::default()).fail_max.map(u64::from), Some(DEFINED_COUNT_MAX));
    }

    #[test]
    fn a_bad_definition_changes_nothing_and_reports_all_its_faults() {
        let mut config = config("{}");
        let db = Scope::name("db");
        config.define(&db, r#"{"fail_max": 9}"#).unwrap();
        let error = config.define(&db, r#"{"fail_max": 0, "nonsense": 1}"#).unwrap_err();
        assert!(error.contains("fail_max: must be between 1 and 2147483647, is 0") && error.contains("nonsense"), "{error}");
        let of_default = config.define(&Scope::host("a").role("default"), "{}").unwrap_err();
        assert_eq!(of_default, "the role `default` has no settings of its own: define the whole host");
        assert_eq!(config.policy(&db, Patches::default()).fail_max, Some(9));
    }
}
