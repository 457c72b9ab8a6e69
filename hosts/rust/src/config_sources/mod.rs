//! Where a board's configuration comes from. Files and environment are read when the board is built, and at each reload.

mod environment;
mod fault;
mod file;

use environment::Environment;
use fuseboard::{Diagnostic, Document, Sources};
use std::ffi::OsString;
use std::path::PathBuf;

/// The flag whose value is a document's path.
const PATH_FLAG: &str = "config";
/// The prefix when the program names none. It has no effect then, because no environment is read.
const PREFIX: &str = "FUSEBOARD";

#[derive(Clone, Debug, Default)]
pub(crate) struct ConfigSources {
    documents: Vec<DocumentSource>,
    prefix: Option<String>,
    flags: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
enum DocumentSource {
    Text(Document),
    File(PathBuf),
}

impl ConfigSources {
    pub(crate) fn document(&mut self, document: Document) {
        self.documents.push(DocumentSource::Text(document));
    }

    pub(crate) fn file(&mut self, path: PathBuf) {
        self.documents.push(DocumentSource::File(path));
    }

    pub(crate) fn environment(&mut self, prefix: String) {
        self.prefix = Some(prefix);
    }

    pub(crate) fn flag(&mut self, name: String, value: String) {
        self.flags.push((name, value));
    }

    /// Reads all sources. Returns every fault if one of them cannot be read.
    pub(crate) fn read(&self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Sources, Vec<Diagnostic>> {
        let Environment { path, pairs, mut faults } = self.variables(variables);
        let mut documents = Vec::new();
        for source in self.documents(path) {
            match source {
                DocumentSource::Text(document) => documents.push(document),
                DocumentSource::File(path) => match file::read(&path) {
                    Ok(document) => documents.push(document),
                    Err(fault) => faults.push(fault),
                },
            }
        }
        let flags = self.flags.iter().filter(|(name, _)| name != PATH_FLAG).cloned().collect();
        let prefix = self.prefix.clone().unwrap_or_else(|| PREFIX.to_owned());
        if faults.is_empty() { Ok(Sources { documents, prefix, environment: pairs, flags }) } else { Err(faults) }
    }

    /// Returns the files that [`ConfigSources::read`] reads.
    pub(crate) fn files(&self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Vec<PathBuf> {
        let sources = self.documents(self.variables(variables).path);
        sources.into_iter().filter_map(|source| if let DocumentSource::File(path) = source { Some(path) } else { None }).collect()
    }

    fn variables(&self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Environment {
        self.prefix.as_ref().map(|prefix| Environment::read(prefix, variables)).unwrap_or_default()
    }

    /// The documents in order. Paths from flags replace a path from the environment, and that replaces the program's paths.
    fn documents(&self, of_environment: Option<(String, PathBuf)>) -> Vec<DocumentSource> {
        let of_flags: Vec<PathBuf> = self.flags.iter().filter(|(name, _)| name == PATH_FLAG).map(|(_, path)| path.into()).collect();
        let named = if of_flags.is_empty() { of_environment.map(|(_, path)| path).into_iter().collect() } else { of_flags };
        let mut documents = self.documents.clone();
        if !named.is_empty() {
            let place = documents.iter().position(|source| matches!(source, DocumentSource::File(_))).unwrap_or(documents.len());
            documents.retain(|source| matches!(source, DocumentSource::Text(_)));
            documents.splice(place..place, named.into_iter().map(DocumentSource::File));
        }
        documents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(prefix: Option<&str>, flags: &[(&str, &str)]) -> ConfigSources {
        let mut config = ConfigSources::default();
        config.document(Document { name: "built-in.yaml".to_owned(), text: String::new() });
        config.file("a.yaml".into());
        config.file("b.yaml".into());
        config.prefix = prefix.map(str::to_owned);
        config.flags = flags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        config
    }

    fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
    }

    #[test]
    fn a_path_from_a_flag_replaces_one_from_the_environment_and_that_replaces_the_programs() {
        let set = [("F_CONFIG", "env.yaml")];
        let files = |prefix, flags: &[(&str, &str)]| config(prefix, flags).files(variables(&set));
        assert_eq!(files(None, &[]), [PathBuf::from("a.yaml"), "b.yaml".into()]);
        assert_eq!(files(Some("F"), &[]), [PathBuf::from("env.yaml")]);
        assert_eq!(files(Some("F"), &[("config", "x.yaml"), ("config", "y.yaml")]), [PathBuf::from("x.yaml"), "y.yaml".into()]);
    }

    #[test]
    fn documents_keep_their_order_around_the_replaced_path() {
        let mut config = config(Some("F"), &[]);
        config.document(Document { name: "last.yaml".to_owned(), text: String::new() });
        let shown = |source: &DocumentSource| match source {
            DocumentSource::Text(document) => document.name.clone(),
            DocumentSource::File(path) => path.display().to_string(),
        };
        let order: Vec<String> = config.documents(Some(("F_CONFIG".to_owned(), "env.yaml".into()))).iter().map(shown).collect();
        assert_eq!(order, ["built-in.yaml", "env.yaml", "last.yaml"]);
    }

    #[test]
    fn every_source_that_cannot_be_read_is_a_fault() {
        let faults = config(Some("F"), &[]).read(variables(&[])).expect_err("no such files");
        assert_eq!(faults.iter().map(|fault| fault.source.as_str()).collect::<Vec<_>>(), ["a.yaml", "b.yaml"]);
        assert!(faults.iter().all(|fault| fault.message.starts_with("cannot be read: ")), "{faults:?}");
    }

    #[test]
    fn the_engine_does_not_receive_settings_that_name_the_documents_path() {
        let mut config = config(Some("F"), &[("config", "/dev/null"), ("breaker", "h=fail_max:1")]);
        config.documents.clear();
        let sources = config.read(variables(&[("F_CONFIG", "x"), ("F_DEFAULTS", "fail_max:2"), ("G_DEFAULTS", "no")])).unwrap();
        assert_eq!(sources.environment, [("F_DEFAULTS".to_owned(), "fail_max:2".to_owned())]);
        assert_eq!(sources.flags, [("breaker".to_owned(), "h=fail_max:1".to_owned())]);
        assert_eq!((sources.prefix.as_str(), sources.documents.len()), ("F", 1));
    }
}
