//! The swap of a request that was abandoned. The store carries it out at any time later.

use crate::instances::Instances;
use fuseboard::Operation;

#[derive(Default)]
pub struct LateSwap {
    /// The instance of the request, and its operation.
    waiting: Option<(usize, Operation)>,
    /// Whether the instance had nothing in its backlog when the swap was carried out.
    is_after_backlog: bool,
}

impl LateSwap {
    pub fn set(&mut self, instance: usize, operation: Option<Operation>) {
        self.waiting = operation.map(|operation| (instance, operation));
    }

    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    pub fn carry_out(&mut self, instances: &mut Instances) {
        if let Some((instance, swap)) = self.waiting.take() {
            self.is_after_backlog = instances.drivers[instance].steps.health().expect("configured").kept == 0;
            swap.run(&instances.store);
        }
    }

    /// Whether it was carried out after the backlog was written. A slot that it takes then is taken until it expires.
    pub fn is_after_backlog(&self) -> bool {
        self.is_after_backlog
    }
}
