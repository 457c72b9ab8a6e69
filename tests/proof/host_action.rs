//! What a host may do next with requests that are open at once.

use fuseboard::Operation;

/// What the host may do next. The number is the place of the request, or of the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostAction {
    Begin(usize),
    CarryOut(usize),
    Deliver(usize),
    GoOn(usize),
    /// Carries out the swap of a request that was abandoned.
    CarryOutLate,
    Disturb(Disturbance),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    Fail(usize, Failure),
    Abandon(usize, Effect),
    /// The caller's time ends while the request waits for its turn.
    EndTime(usize),
    Configure(usize),
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Unavailable,
    Refused,
    Lost(Effect),
}

/// Whether the store carries out an operation whose result the request does not receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    None,
    CarriedOut,
}

/// When the reply of an operation is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replies {
    /// As soon as the operation is carried out.
    AtOnce,
    /// Any time later.
    Later,
}

/// When the requests begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    Together,
    /// In any order, also after the end of others.
    AnyTime,
}

/// Which instance makes the setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupBy {
    /// The first one, so that it knows the record.
    First,
    /// None in which requests are open.
    Another,
}

/// How the requests of a case are made.
#[derive(Clone, Copy, Debug)]
pub struct Arrangement {
    pub instances: usize,
    pub setup_by: SetupBy,
    pub begin: Begin,
    pub replies: Replies,
    /// The most disturbances of one run.
    pub disturbances: usize,
}

/// The disturbances of an operation that was not carried out.
pub fn of_operation(at: usize, operation: &Operation) -> Vec<Disturbance> {
    let mut disturbances = vec![
        Disturbance::Fail(at, Failure::Unavailable),
        Disturbance::Fail(at, Failure::Refused),
        Disturbance::Fail(at, Failure::Lost(Effect::None)),
        Disturbance::Abandon(at, Effect::None),
    ];
    if matches!(operation, Operation::Swap { .. }) {
        disturbances.extend([Disturbance::Fail(at, Failure::Lost(Effect::CarriedOut)), Disturbance::Abandon(at, Effect::CarriedOut)]);
    }
    disturbances
}
