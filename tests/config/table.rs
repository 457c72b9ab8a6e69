//! `faults.json`: sources with the errors or warnings that they cause. It is data, so that every host can test its engine with it.

use fuseboard::{Diagnostic, Document, Sources};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// The text of a document `breakers.yaml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yaml: Option<String>,
    /// The text of a document `breakers.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<String>,
    /// Default: `FUSEBOARD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<(String, String)>,
    /// Errors, as users see them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Warnings about valid sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Case {
    pub fn sources(&self) -> Sources {
        let document = |name: &str, text: &Option<String>| text.clone().map(|text| Document { name: name.to_owned(), text });
        Sources {
            documents: [document("breakers.yaml", &self.yaml), document("breakers.json", &self.json)].into_iter().flatten().collect(),
            prefix: self.prefix.clone().unwrap_or_else(|| "FUSEBOARD".to_owned()),
            environment: self.environment.clone().into_iter().collect(),
            flags: self.flags.clone(),
        }
    }

    /// Returns the same case with actual errors or warnings.
    pub fn with_result(&self, result: Result<Vec<Diagnostic>, Vec<Diagnostic>>) -> Case {
        let shown = |diagnostics: Vec<Diagnostic>| diagnostics.iter().map(ToString::to_string).collect();
        let (faults, warnings) = match result {
            Ok(warnings) => (Vec::new(), shown(warnings)),
            Err(faults) => (shown(faults), Vec::new()),
        };
        Case { faults, warnings, ..self.clone() }
    }
}

fn path() -> PathBuf {
    // Works from the root package, and from a package in a folder of the root.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    [root.join("tests/config"), root.join("../tests/config")].into_iter().find(|folder| folder.exists()).unwrap().join("faults.json")
}

pub fn cases() -> Vec<Case> {
    serde_json::from_str(&std::fs::read_to_string(path()).unwrap()).unwrap()
}

/// Rewrites the expected errors and warnings.
#[allow(dead_code, reason = "only one of the tests that use this file rewrites it")]
pub fn bless(cases: &[Case]) {
    std::fs::write(path(), serde_json::to_string_pretty(cases).unwrap() + "\n").unwrap();
}
