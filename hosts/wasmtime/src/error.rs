use std::fmt;

/// Why a component cannot be used: it could not be read, compiled, linked or started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    pub(crate) fn component(why: impl Into<String>) -> Error {
        Error(why.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the component cannot be used: {}", self.0)
    }
}

impl std::error::Error for Error {}
