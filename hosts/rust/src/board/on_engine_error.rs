/// What a board does with a call if its engine fails while it decides: by a trap, a panic or an exceeded limit.
///
/// The board restarts the engine before its next request in both cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnEngineError {
    /// The call is admitted unguarded, with a permit whose outcome counts nowhere. The error goes to the error listeners.
    #[default]
    Admit,
    /// The call is not admitted. The caller receives the error.
    Refuse,
}
