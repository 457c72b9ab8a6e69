//! Why a record could not be read or written.

use crate::answer::Cause;
use crate::write_mark::WriteMark;
use crate::{Problem, ProblemCode};

/// Why a record could not be read or written.
#[derive(Clone, Debug)]
pub(super) enum RecordError {
    /// The store cannot be reached now.
    Outage(String),
    /// A newer engine wrote the record.
    Newer(String),
    /// The store failed while it was to write the record. It may say so although it wrote: then the record has this mark.
    WriteFailed {
        why: String,
        mark: WriteMark,
    },
    /// It is not known whether the record was written.
    Unknown(String),
    /// Every attempt to write conflicted with another writer. The store itself works.
    Contended,
    /// The rest of this request's budget was too short, because it waited for other requests. The store itself may work.
    Late,
    /// Too many requests wait in this instance.
    TooManyWait,
    /// The host abandoned the request.
    Abandoned,
    /// The store rejects the operation for good.
    Refused(String),
    TooLarge(String),
}

impl RecordError {
    /// Why the same write can never succeed, if so: the cause for an event, and the reason.
    pub fn rejection(&self) -> Option<(Cause, &str)> {
        match self {
            RecordError::Refused(why) => Some((Cause::StoreRefusal, why)),
            RecordError::TooLarge(why) => Some((Cause::RecordLimit, why)),
            RecordError::Outage(_)
            | RecordError::Newer(_)
            | RecordError::WriteFailed { .. }
            | RecordError::Unknown(_)
            | RecordError::Contended
            | RecordError::Late
            | RecordError::TooManyWait
            | RecordError::Abandoned => None,
        }
    }

    /// The mark of the write that failed.
    pub fn mark(&self) -> Option<WriteMark> {
        if let RecordError::WriteFailed { mark, .. } = self { Some(*mark) } else { None }
    }

    /// Whether this error concerns one record, and not the store or one request.
    pub fn is_of_one_record(&self) -> bool {
        match self {
            RecordError::Contended | RecordError::Newer(_) => true,
            RecordError::Outage(_)
            | RecordError::WriteFailed { .. }
            | RecordError::Unknown(_)
            | RecordError::Late
            | RecordError::TooManyWait
            | RecordError::Abandoned
            | RecordError::Refused(_)
            | RecordError::TooLarge(_) => false,
        }
    }

    /// Whether this error concerns one request and not the store. It is no outage.
    pub fn is_of_one_request(&self) -> bool {
        match self {
            RecordError::Contended | RecordError::Late | RecordError::TooManyWait | RecordError::Abandoned => true,
            RecordError::Outage(_)
            | RecordError::Newer(_)
            | RecordError::WriteFailed { .. }
            | RecordError::Unknown(_)
            | RecordError::Refused(_)
            | RecordError::TooLarge(_) => false,
        }
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Problem {
        let storage = |detail: String| Problem::new(ProblemCode::Storage, detail);
        match error {
            RecordError::Outage(why) | RecordError::WriteFailed { why, .. } => {
                storage(format!("the store cannot be used, nothing was written: {why}; try again later"))
            }
            RecordError::Newer(why) => storage(format!("the record cannot be used, nothing was written: {why}; update the engine")),
            RecordError::Unknown(why) => {
                storage(format!("the store's answer was lost, it may be written or not: {why}; check before you repeat it"))
            }
            RecordError::Contended => {
                storage("every write conflicted with another process's write, nothing was written: try again".to_owned())
            }
            RecordError::Late => storage("the budget was spent on waiting for other requests, nothing was written: try again".to_owned()),
            RecordError::TooManyWait => storage("too many requests wait in this instance, nothing was written: try again later".to_owned()),
            RecordError::Abandoned => storage("the request was abandoned, nothing was written".to_owned()),
            RecordError::Refused(why) => storage(format!("the store refuses, nothing was written: {why}")),
            RecordError::TooLarge(why) => Problem::new(ProblemCode::TooLarge, why),
        }
    }
}
