use std::fmt;

/// Why a component cannot be used, or why no further instance of it can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Component(String),
    OutOfInstances { instances_max: u32 },
}

impl Error {
    pub(crate) fn component(why: impl Into<String>) -> Error {
        Error(Kind::Component(why.into()))
    }

    pub(crate) fn out_of_instances(instances_max: u32) -> Error {
        Error(Kind::OutOfInstances { instances_max })
    }

    /// The component can be used, but as many instances run already as one process may have. Trying again succeeds after one was dropped.
    #[must_use]
    pub fn is_out_of_instances(&self) -> bool {
        matches!(self.0, Kind::OutOfInstances { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Component(why) => write!(f, "the component cannot be used: {why}"),
            Kind::OutOfInstances { instances_max } => write!(
                f,
                "no further instance of the component can be started: {instances_max} run in this process, and more are not allowed; drop \
                 boards that are no longer used, or build boards with fewer instances"
            ),
        }
    }
}

impl std::error::Error for Error {}
