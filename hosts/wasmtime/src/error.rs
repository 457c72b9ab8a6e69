use fuseboard::{Diagnostic, Problem};
use std::fmt;

/// Why a board could not answer.
///
/// ```
/// # fn ask(board: &fuseboard_host::Board, target: &fuseboard::Target) {
/// if let Err(error) = board.allow(target) {
///     match error.problem() {
///         Some(problem) => eprintln!("{:?}: {problem}", problem.code),
///         None if error.is_trapped() => eprintln!("the engine was stopped, and starts anew: {error}"),
///         None => eprintln!("{error}"),
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    Problem(Problem),
    Configuration(Vec<Diagnostic>),
    Stopped(Stopped, &'static str),
    Component(String),
}

/// What stopped the guest in the middle of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    OutOfTime,
    OutOfStack,
    HostCalls(u32),
    Trap(String),
}

impl Error {
    /// The engine's own answer to a question that made no sense: the code for programs, and a text for people.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match &*self.0 {
            Kind::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// Every fault of a bad configuration.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match &*self.0 {
            Kind::Configuration(diagnostics) => diagnostics,
            _ => &[],
        }
    }

    /// The engine was stopped in the middle of this call. It starts anew with the next one; other calls are not concerned.
    #[must_use]
    pub fn is_trapped(&self) -> bool {
        matches!(&*self.0, Kind::Stopped(..))
    }

    /// It was stopped because it used more time than [`Limits::guest_ms`](crate::Limits::guest_ms).
    #[must_use]
    pub fn is_out_of_time(&self) -> bool {
        matches!(&*self.0, Kind::Stopped(Stopped::OutOfTime, _))
    }

    /// The component could not be read, compiled, linked or started: no board can be made from it.
    #[must_use]
    pub fn is_unusable_component(&self) -> bool {
        matches!(&*self.0, Kind::Component(_))
    }

    pub(crate) fn stopped(export: &'static str, stopped: Stopped) -> Error {
        Error(Box::new(Kind::Stopped(stopped, export)))
    }

    pub(crate) fn component(why: impl Into<String>) -> Error {
        Error(Box::new(Kind::Component(why.into())))
    }

    pub(crate) fn configuration(diagnostics: Vec<Diagnostic>) -> Error {
        Error(Box::new(Kind::Configuration(diagnostics)))
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Error {
        Error(Box::new(Kind::Problem(problem)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Problem(problem) => problem.fmt(f),
            Kind::Configuration(diagnostics) => {
                let (faults, them) = if diagnostics.len() == 1 { ("fault", "it") } else { ("faults", "them") };
                write!(f, "the configuration has {} {faults}; correct {them} and try again:", diagnostics.len())?;
                diagnostics.iter().try_for_each(|diagnostic| write!(f, "\n{diagnostic}"))
            }
            Kind::Stopped(stopped, export) => {
                write!(f, "the engine was stopped in `{export}`: {stopped}; it starts anew with the next call")
            }
            Kind::Component(why) => write!(f, "the component cannot be used: {why}"),
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::OutOfTime => f.write_str("it used more time than its limit"),
            Stopped::OutOfStack => f.write_str("it used more stack than its limit"),
            Stopped::HostCalls(limit) => write!(f, "it asked its host more than {limit} times in one call"),
            Stopped::Trap(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::ProblemCode;

    #[test]
    fn a_text_says_what_happened_and_what_comes() {
        let error = Error::stopped("allow", Stopped::OutOfTime);
        assert!(error.is_trapped() && error.is_out_of_time());
        assert_eq!(
            error.to_string(),
            "the engine was stopped in `allow`: it used more time than its limit; it starts anew with the next call"
        );
    }

    #[test]
    fn a_problem_speaks_for_itself() {
        let error = Error::from(Problem::new(ProblemCode::BadTarget, "an empty host"));
        assert_eq!(error.to_string(), "an empty host");
        assert_eq!(error.problem().map(|problem| problem.code), Some(ProblemCode::BadTarget));
        assert!(!error.is_trapped() && error.diagnostics().is_empty());
    }
}
