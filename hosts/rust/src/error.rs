use fuseboard::{Diagnostic, EngineError, Problem, Stopped, StoreError};
use std::fmt;

/// Why a board returned no answer.
///
/// ```
/// # fn allow(board: &fuseboard_host::Board, target: &fuseboard::Target) {
/// if let Err(error) = board.allow(target) {
///     match error.problem() {
///         Some(problem) => eprintln!("{:?}: {problem}", problem.code),
///         None if error.is_engine_stopped() => eprintln!("the engine was stopped and will be restarted: {error}"),
///         None => eprintln!("{error}"),
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    ObserverPanicked,
    WakerPanicked,
    EventChainCut {
        events: u32,
    },
    EventsDropped {
        waiting: usize,
    },
    CalledItself,
    Engine(EngineError),
    StoreUnreachable(String),
    #[cfg(feature = "component")]
    Component(fuseboard_wasmtime::Error),
    #[cfg(feature = "component")]
    CompiledAtStart(String),
}

impl Error {
    /// Why the engine rejected the request: a code for programs and a text for people.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        if let Kind::Engine(EngineError::Problem(problem)) = &*self.0 { Some(problem) } else { None }
    }

    /// Every fault of a bad configuration.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        if let Kind::Engine(EngineError::Configuration(diagnostics)) = &*self.0 { diagnostics } else { &[] }
    }

    /// The engine was stopped during this request: it trapped, panicked or exceeded a limit. The board restarts it before its next
    /// request. Other engines of the board are not affected.
    #[must_use]
    pub fn is_engine_stopped(&self) -> bool {
        matches!(&*self.0, Kind::Engine(EngineError::Stopped(_)))
    }

    /// The engine was stopped because it ran longer than `Limits::guest_ms`.
    #[must_use]
    pub fn is_out_of_time(&self) -> bool {
        matches!(&*self.0, Kind::Engine(EngineError::Stopped(Stopped::OutOfTime)))
    }

    /// The store could not be read when the board was built, with [`OnStart::Fail`](crate::OnStart::Fail).
    #[must_use]
    pub fn is_store_unreachable(&self) -> bool {
        matches!(&*self.0, Kind::StoreUnreachable(_))
    }

    /// The component could not be read, compiled, linked or started, so no board can be built from it.
    #[cfg(feature = "component")]
    #[must_use]
    pub fn is_unusable_component(&self) -> bool {
        matches!(&*self.0, Kind::Component(error) if !error.is_out_of_instances())
    }

    /// The component can be used, but as many engines run already as one process may have: 256. Drop boards that are no longer used.
    #[cfg(feature = "component")]
    #[must_use]
    pub fn is_out_of_instances(&self) -> bool {
        matches!(&*self.0, Kind::Component(error) if error.is_out_of_instances())
    }

    /// The board works, but its start took seconds: the embedded component was compiled, because its machine code could not be used.
    #[cfg(feature = "component")]
    #[must_use]
    pub fn is_slow_start(&self) -> bool {
        matches!(&*self.0, Kind::CompiledAtStart(_))
    }

    #[cfg(feature = "component")]
    pub(crate) fn compiled_at_start(why: String) -> Error {
        Error(Box::new(Kind::CompiledAtStart(why)))
    }

    pub(crate) fn store_unreachable(why: &StoreError) -> Error {
        Error(Box::new(Kind::StoreUnreachable(why.to_string())))
    }

    pub(crate) fn observer_panicked() -> Error {
        Error(Box::new(Kind::ObserverPanicked))
    }

    pub(crate) fn waker_panicked() -> Error {
        Error(Box::new(Kind::WakerPanicked))
    }

    pub(crate) fn event_chain_cut(events: u32) -> Error {
        Error(Box::new(Kind::EventChainCut { events }))
    }

    pub(crate) fn events_dropped(waiting: usize) -> Error {
        Error(Box::new(Kind::EventsDropped { waiting }))
    }

    pub(crate) fn called_itself() -> Error {
        Error(Box::new(Kind::CalledItself))
    }

    pub(crate) fn configuration(diagnostics: Vec<Diagnostic>) -> Error {
        EngineError::Configuration(diagnostics).into()
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Error {
        Error(Box::new(Kind::Engine(error)))
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Error {
        EngineError::Problem(problem).into()
    }
}

#[cfg(feature = "component")]
impl From<fuseboard_wasmtime::Error> for Error {
    fn from(error: fuseboard_wasmtime::Error) -> Error {
        Error(Box::new(Kind::Component(error)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Engine(EngineError::Stopped(stopped)) => {
                write!(f, "the engine was stopped: {stopped}; the board restarts it before the next request")
            }
            Kind::Engine(error) => error.fmt(f),
            Kind::StoreUnreachable(why) => write!(
                f,
                "the board was not built, because its store cannot be read: {why}; \
                 start or correct the store, or build the board with `OnStart::Local`"
            ),
            Kind::ObserverPanicked => f.write_str("an observer panicked and is called no more; correct it and build the board again"),
            Kind::WakerPanicked => f.write_str(
                "a waker panicked when its task could go on, so the task may never be polled again; correct the executor that made the waker",
            ),
            Kind::EventChainCut { events } => write!(
                f,
                "{events} events followed from one, because listeners called the board, so further ones were dropped; let a listener cause \
                 no event that makes it cause another"
            ),
            Kind::EventsDropped { waiting } => write!(
                f,
                "{waiting} events wait for a listener that has not returned, so later ones were dropped; let the listener return soon: it can \
                 send the event to a channel, for another thread"
            ),
            Kind::CalledItself => f.write_str(
                "a store or a clock called its own board during a request of that board, which would wait for itself; \
                 let it call another board, or none",
            ),
            #[cfg(feature = "component")]
            Kind::Component(error) => error.fmt(f),
            #[cfg(feature = "component")]
            Kind::CompiledAtStart(why) => write!(
                f,
                "the component was compiled when the board was built, because its machine code could not be used: {why}; \
                 `Builder::compiled_in` names a folder that keeps it compiled for further processes"
            ),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::ProblemCode;

    #[test]
    fn a_stopped_engine_is_shown_with_the_reason_and_what_follows() {
        let error = Error::from(EngineError::Stopped(Stopped::OutOfTime));
        assert!(error.is_engine_stopped() && error.is_out_of_time());
        assert_eq!(
            error.to_string(),
            "the engine was stopped: it used more time than its limit; the board restarts it before the next request"
        );
    }

    #[test]
    fn a_problem_is_shown_as_its_detail() {
        let error = Error::from(Problem::new(ProblemCode::BadTarget, "an empty host"));
        assert_eq!(error.to_string(), "an empty host");
        assert_eq!(error.problem().map(|problem| problem.code), Some(ProblemCode::BadTarget));
        assert!(!error.is_engine_stopped() && error.diagnostics().is_empty());
    }
}
