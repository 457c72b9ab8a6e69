use std::fmt;

/// The first rule of the contract that a store violated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    rule: &'static str,
    returned: String,
}

pub(super) type Checked = Result<(), Violation>;

impl Violation {
    pub(super) fn new<T: fmt::Debug>(rule: &'static str, returned: &T) -> Violation {
        Violation { rule, returned: format!("{returned:?}") }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store violates its contract: {}; it returned {}", self.rule, self.returned)
    }
}

impl std::error::Error for Violation {}

pub(super) fn expect<T: fmt::Debug>(rule: &'static str, returned: &T, holds: bool) -> Checked {
    if holds { Ok(()) } else { Err(Violation::new(rule, returned)) }
}
