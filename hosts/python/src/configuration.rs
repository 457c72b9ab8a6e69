//! Functions on configurations and names that need no board.

use crate::errors::configuration_error;
use fuseboard::config::Config;
use fuseboard_host::{Document, Scope, Sources};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Documents as pairs of name and text, and pairs of environment variables and of flags.
pub(crate) type Pairs = Vec<(String, String)>;

pub(crate) fn sources(documents: Pairs, prefix: String, environment: Pairs, flags: Pairs) -> Sources {
    let documents = documents.into_iter().map(|(name, text)| Document { name, text }).collect();
    Sources { documents, prefix, environment, flags }
}

/// Merges the sources of a configuration. Returns the settings that they give as a JSON document, and the warnings.
#[pyfunction]
pub(crate) fn merge_documents(documents: Pairs, prefix: String, environment: Pairs, flags: Pairs) -> PyResult<(String, Vec<String>)> {
    let (config, warnings) =
        Config::read(&sources(documents, prefix, environment, flags)).map_err(|faults| configuration_error(&faults))?;
    Ok((config.merged_document(), warnings.iter().map(ToString::to_string).collect()))
}

/// Returns the built-in settings as a JSON document.
#[pyfunction]
pub(crate) fn built_in_document() -> String {
    fuseboard::config::built_in_document()
}

/// Returns the canonical spelling of a host.
#[pyfunction]
pub(crate) fn normalize_host(host: &str) -> PyResult<String> {
    let scope = fuseboard::key::canonical(&Scope::host(host)).map_err(|problem| PyValueError::new_err(problem.to_string()))?;
    Ok(scope.name)
}
