//! A call's claim, in a form that can be hashed.

use crate::mark::Mark;
use fuseboard::Claim;

/// A [`Claim`] that can be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ModelClaim {
    pub generation: Option<Mark>,
    pub probe: Option<Mark>,
}

impl ModelClaim {
    pub fn new(claim: Claim) -> ModelClaim {
        ModelClaim { generation: claim.generation.map(Mark::from), probe: claim.probe.map(Mark::from) }
    }

    pub fn claim(self) -> Claim {
        Claim { generation: self.generation.map(Mark::write_mark), probe: self.probe.map(Mark::write_mark) }
    }
}
