//! Who holds a permit that is kept in a context.

use crate::taker::Taker;
use std::sync::Weak;

pub(crate) struct Holder {
    pub(crate) taker: Taker,
    pub(crate) registry: Weak<()>,
}

impl Holder {
    /// Whether the registry still exists that kept the permit.
    pub(crate) fn has_registry(&self) -> bool {
        self.registry.strong_count() > 0
    }
}
