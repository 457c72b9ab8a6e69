//! The promises of DESIGN.md that the model checks.

/// A promise, with its number in DESIGN.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Promise {
    ProbeBound = 1,
    StaleIsInert = 2,
    OpenMeansOpen = 3,
    NoLostTrip = 4,
    NotStuck = 5,
    BoundedWait = 6,
    AtMostOnce = 7,
    OutageRule = 8,
    NotTheOutage = 17,
    /// A rule of requests that wait together, without a number: each of them ends.
    EachRequestEnds = 100,
}
