//! What a board is configured by, as the program said it: files and environment are read when the board is built, and at each reload.

mod environment;
mod file;

use environment::Environment;
use fuseboard::{Diagnostic, Document, Severity, Sources};
use std::ffi::OsString;
use std::path::PathBuf;

/// The flag that names a document's path.
const PATH_FLAG: &str = "config";
/// Where the program names none; without an environment it means nothing.
const PREFIX: &str = "FUSEBOARD";

#[derive(Clone, Debug, Default)]
pub(crate) struct Recipe {
    documents: Vec<Given>,
    prefix: Option<String>,
    flags: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
enum Given {
    Text(Document),
    File(PathBuf),
}

impl Recipe {
    pub(crate) fn document(&mut self, document: Document) {
        self.documents.push(Given::Text(document));
    }

    pub(crate) fn file(&mut self, path: PathBuf) {
        self.documents.push(Given::File(path));
    }

    pub(crate) fn environment(&mut self, prefix: String) {
        self.prefix = Some(prefix);
    }

    pub(crate) fn flag(&mut self, name: String, value: String) {
        self.flags.push((name, value));
    }

    /// All sources as they are now, or why one cannot be read: every such fault.
    pub(crate) fn read(&self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Sources, Vec<Diagnostic>> {
        let Environment { path, pairs, mut faults } = self.variables(variables);
        let mut documents = Vec::new();
        for given in self.documents(path) {
            match given {
                Given::Text(document) => documents.push(document),
                Given::File(path) => match file::read(&path) {
                    Ok(document) => documents.push(document),
                    Err(fault) => faults.push(fault),
                },
            }
        }
        let flags = self.flags.iter().filter(|(name, _)| name != PATH_FLAG).cloned().collect();
        let prefix = self.prefix.clone().unwrap_or_else(|| PREFIX.to_owned());
        if faults.is_empty() { Ok(Sources { documents, prefix, environment: pairs, flags }) } else { Err(faults) }
    }

    /// The files that [`Recipe::read`] reads.
    pub(crate) fn files(&self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Vec<PathBuf> {
        let given = self.documents(self.variables(variables).path);
        given.into_iter().filter_map(|given| if let Given::File(path) = given { Some(path) } else { None }).collect()
    }

    fn variables(&self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Environment {
        self.prefix.as_ref().map(|prefix| Environment::read(prefix, variables)).unwrap_or_default()
    }

    /// Paths that flags name stand in the place of one in the environment, and that in the place of the program's.
    fn documents(&self, of_environment: Option<(String, PathBuf)>) -> Vec<Given> {
        let of_flags: Vec<PathBuf> = self.flags.iter().filter(|(name, _)| name == PATH_FLAG).map(|(_, path)| path.into()).collect();
        let named = if of_flags.is_empty() { of_environment.map(|(_, path)| path).into_iter().collect() } else { of_flags };
        let mut documents = self.documents.clone();
        if !named.is_empty() {
            let place = documents.iter().position(|given| matches!(given, Given::File(_))).unwrap_or(documents.len());
            documents.retain(|given| matches!(given, Given::Text(_)));
            documents.splice(place..place, named.into_iter().map(Given::File));
        }
        documents
    }
}

fn fault(source: impl Into<String>, path: impl Into<String>, message: impl Into<String>) -> Diagnostic {
    Diagnostic { severity: Severity::Error, source: source.into(), line: None, path: path.into(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(prefix: Option<&str>, flags: &[(&str, &str)]) -> Recipe {
        let mut recipe = Recipe::default();
        recipe.document(Document { name: "built-in.yaml".to_owned(), text: String::new() });
        recipe.file("a.yaml".into());
        recipe.file("b.yaml".into());
        recipe.prefix = prefix.map(str::to_owned);
        recipe.flags = flags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        recipe
    }

    fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
    }

    #[test]
    fn a_path_in_a_flag_replaces_one_in_the_environment_and_that_the_programs() {
        let set = [("F_CONFIG", "env.yaml")];
        let files = |prefix, flags: &[(&str, &str)]| recipe(prefix, flags).files(variables(&set));
        assert_eq!(files(None, &[]), [PathBuf::from("a.yaml"), "b.yaml".into()]);
        assert_eq!(files(Some("F"), &[]), [PathBuf::from("env.yaml")]);
        assert_eq!(files(Some("F"), &[("config", "x.yaml"), ("config", "y.yaml")]), [PathBuf::from("x.yaml"), "y.yaml".into()]);
    }

    #[test]
    fn documents_keep_their_order_around_the_replaced_path() {
        let mut recipe = recipe(Some("F"), &[]);
        recipe.document(Document { name: "last.yaml".to_owned(), text: String::new() });
        let shown = |given: &Given| match given {
            Given::Text(document) => document.name.clone(),
            Given::File(path) => path.display().to_string(),
        };
        let order: Vec<String> = recipe.documents(Some(("F_CONFIG".to_owned(), "env.yaml".into()))).iter().map(shown).collect();
        assert_eq!(order, ["built-in.yaml", "env.yaml", "last.yaml"]);
    }

    #[test]
    fn every_source_that_cannot_be_read_is_told() {
        let faults = recipe(Some("F"), &[]).read(variables(&[])).expect_err("no such files");
        assert_eq!(faults.iter().map(|fault| fault.source.as_str()).collect::<Vec<_>>(), ["a.yaml", "b.yaml"]);
        assert!(faults.iter().all(|fault| fault.message.starts_with("cannot be read: ")), "{faults:?}");
    }

    #[test]
    fn what_the_host_has_read_itself_is_not_passed_on() {
        let mut recipe = recipe(Some("F"), &[("config", "/dev/null"), ("breaker", "h=fail_max:1")]);
        recipe.documents.clear();
        let sources = recipe.read(variables(&[("F_CONFIG", "x"), ("F_DEFAULTS", "fail_max:2"), ("G_DEFAULTS", "no")])).unwrap();
        assert_eq!(sources.environment, [("F_DEFAULTS".to_owned(), "fail_max:2".to_owned())]);
        assert_eq!(sources.flags, [("breaker".to_owned(), "h=fail_max:1".to_owned())]);
        assert_eq!((sources.prefix.as_str(), sources.documents.len()), ("F", 1));
    }
}
