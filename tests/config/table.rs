//! `faults.json`: sources, and what they are told. Data, so that every host can hold its engine against it.

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
    /// `FUSEBOARD` if nothing else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<(String, String)>,
    /// What makes the sources bad, as people see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// What good sources are told.
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

    /// The same case with what it was told.
    pub fn told(&self, told: Result<Vec<Diagnostic>, Vec<Diagnostic>>) -> Case {
        let shown = |told: Vec<Diagnostic>| told.iter().map(ToString::to_string).collect();
        let (faults, warnings) = match told {
            Ok(warnings) => (Vec::new(), shown(warnings)),
            Err(faults) => (shown(faults), Vec::new()),
        };
        Case { faults, warnings, ..self.clone() }
    }
}

fn path() -> PathBuf {
    // From the root package, and from one beside it.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    [root.join("tests/config"), root.join("../tests/config")].into_iter().find(|folder| folder.exists()).unwrap().join("faults.json")
}

pub fn cases() -> Vec<Case> {
    serde_json::from_str(&std::fs::read_to_string(path()).unwrap()).unwrap()
}

/// Rewrites what is expected.
#[allow(dead_code, reason = "one of the tests that read the table writes it")]
pub fn bless(cases: &[Case]) {
    std::fs::write(path(), serde_json::to_string_pretty(cases).unwrap() + "\n").unwrap();
}
