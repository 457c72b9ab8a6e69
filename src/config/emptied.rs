//! Documents that lost all their settings since they were last read. An editor or a template can leave a document empty by accident, so
//! a running engine rejects such a document.

use super::document_reader::DocumentReader;
use crate::sources::{Diagnostic, Document};

/// Returns an error for each document whose name is in `had_settings` and not in `have_settings`.
pub(super) fn find(documents: &[Document], had_settings: &[String], have_settings: &[String]) -> Vec<Diagnostic> {
    let is_emptied = |name: &String| had_settings.contains(name) && !have_settings.contains(name);
    let mut diagnostics = Vec::new();
    for document in documents.iter().filter(|document| is_emptied(&document.name)) {
        let mut reader = DocumentReader::new(&document.name);
        reader.error(None, EMPTIED.into());
        diagnostics.append(&mut reader.diagnostics);
    }
    diagnostics
}

const EMPTIED: &str = "must still have a setting, has none since its last change: to go back to the built-in values, write one of them, \
                       as `defaults: {mode: enforce}`, or configure a new engine";
