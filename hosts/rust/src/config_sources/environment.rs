//! Reads the environment variables of the configuration.

use super::fault::fault;
use fuseboard::Diagnostic;
use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Debug, Default)]
pub(super) struct Environment {
    /// The document's path and the variable that holds it. A path need not be UTF-8.
    pub(super) path: Option<(String, PathBuf)>,
    /// The names and values of all other variables with the prefix. The engine interprets them.
    pub(super) pairs: Vec<(String, String)>,
    pub(super) faults: Vec<Diagnostic>,
}

impl Environment {
    pub(super) fn read(prefix: &str, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Environment {
        let mut read = Environment::default();
        if prefix.is_empty() {
            read.faults.push(fault("environment", "its prefix is empty: expected a prefix such as `FUSEBOARD`"));
            return read;
        }
        let of_path = [format!("{prefix}_CONFIG"), format!("{prefix}S_YAML")];
        let mut mine: Vec<(OsString, OsString)> =
            variables.into_iter().filter(|(name, _)| name.to_string_lossy().starts_with(prefix)).collect();
        // Their order in the process is arbitrary; sorted, their faults have a fixed order.
        mine.sort();
        for (name, value) in mine {
            match (name.into_string(), value) {
                (Ok(name), path) if of_path.contains(&name) => read.path(name, path),
                (Ok(name), value) => match value.into_string() {
                    Ok(value) => read.pairs.push((name, value)),
                    Err(_) => read.faults.push(fault(name, "its value is not UTF-8")),
                },
                (Err(name), _) => read.faults.push(fault(name.to_string_lossy(), "its name is not UTF-8")),
            }
        }
        read
    }

    /// An empty path counts as none: that is how a shell unsets a variable for one program.
    fn path(&mut self, name: String, path: OsString) {
        let path = PathBuf::from(path);
        match &self.path {
            _ if path.as_os_str().is_empty() => {}
            Some((_, other)) if *other == path => {}
            Some((other, _)) => self.faults.push(fault(name, format!("names another document than `{other}`: set only one of them"))),
            None => self.path = Some((name, path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Environment {
        Environment::read("DOCSTOKG_BREAKER", pairs.iter().map(|(name, value)| (name.into(), value.into())))
    }

    fn shown(read: &Environment) -> Vec<String> {
        read.faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn either_name_gives_the_path() {
        for name in ["DOCSTOKG_BREAKER_CONFIG", "DOCSTOKG_BREAKERS_YAML"] {
            let read = read(&[(name, "/etc/b.yaml"), ("PATH", "/bin")]);
            assert_eq!((read.path, read.pairs), (Some((name.to_owned(), "/etc/b.yaml".into())), vec![]));
        }
    }

    #[test]
    fn both_names_must_give_one_path() {
        let same = read(&[("DOCSTOKG_BREAKER_CONFIG", "b.yaml"), ("DOCSTOKG_BREAKERS_YAML", "b.yaml")]);
        assert_eq!((same.path.is_some(), shown(&same)), (true, vec![]));
        let other = read(&[("DOCSTOKG_BREAKER_CONFIG", "b.yaml"), ("DOCSTOKG_BREAKERS_YAML", "c.yaml")]);
        let expected = "DOCSTOKG_BREAKER_CONFIG: names another document than `DOCSTOKG_BREAKERS_YAML`: set only one of them";
        assert_eq!(shown(&other), [expected]);
    }

    #[test]
    fn an_empty_path_is_none() {
        let read = read(&[("DOCSTOKG_BREAKER_CONFIG", "")]);
        assert_eq!((&read.path, shown(&read)), (&None, vec![]));
    }

    #[test]
    fn an_empty_prefix_is_a_fault() {
        let read = Environment::read("", [("PATH".into(), "/bin".into())]);
        assert_eq!(shown(&read), ["environment: its prefix is empty: expected a prefix such as `FUSEBOARD`"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_or_value_that_is_not_utf_8_is_a_fault_except_a_path() {
        use std::os::unix::ffi::OsStringExt;
        let odd = || OsString::from_vec(b"a\xff".to_vec());
        let mut name = OsString::from("F_");
        name.push(odd());
        let variables = [("F_DEFAULTS".into(), odd()), (name, "x".into()), ("F_CONFIG".into(), odd()), ("OTHER".into(), odd())];
        let read = Environment::read("F", variables);
        assert_eq!(read.path, Some(("F_CONFIG".to_owned(), odd().into())));
        assert_eq!(shown(&read), ["F_DEFAULTS: its value is not UTF-8", "F_a\u{fffd}: its name is not UTF-8"]);
    }
}
