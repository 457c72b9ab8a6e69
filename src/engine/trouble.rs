//! Why a record could not be read or written.

use crate::{Problem, ProblemCode};

/// Why a record could not be read or written.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The store cannot be asked now, or the record was written by a newer engine.
    Outage(String),
    /// The write may or may not have happened.
    Unknown(String),
    /// Others were always faster; the store is well.
    Contended,
    /// The store will not do this, now or later.
    Refused(String),
    TooLarge(String),
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Problem {
        let storage = |detail: String| Problem::new(ProblemCode::Storage, detail);
        match trouble {
            Trouble::Outage(why) => storage(format!("the store cannot be asked, nothing was written: {why}; try again later")),
            Trouble::Unknown(why) => {
                storage(format!("the store's answer was lost, it may be written or not: {why}; look before you repeat it"))
            }
            Trouble::Contended => storage("others wrote this record all the time, nothing was written: try again".to_owned()),
            Trouble::Refused(why) => storage(format!("the store refuses, nothing was written: {why}")),
            Trouble::TooLarge(why) => Problem::new(ProblemCode::TooLarge, why),
        }
    }
}
