//! Settings that the host defines for one process while it runs.

use super::admin::PATCH_BYTES_MAX;
use super::circuit_ref::CircuitRef;
use super::state::EngineState;
use crate::config::DEFINITIONS_MAX;
use crate::{Problem, ProblemCode};
use std::sync::Arc;

impl EngineState {
    /// Defines the settings of a circuit or a whole host in this process. Nothing is stored.
    pub fn define(&mut self, circuit: &CircuitRef, settings: &str) -> Result<(), Problem> {
        let config = Arc::make_mut(&mut self.config);
        if settings.len() > PATCH_BYTES_MAX {
            let detail = format!("a definition of {} bytes: at most {PATCH_BYTES_MAX} are kept", settings.len());
            return Err(Problem::new(ProblemCode::TooLarge, detail));
        }
        if config.definitions() >= DEFINITIONS_MAX && !config.defines(&circuit.scope) {
            let detail = format!("{}: {DEFINITIONS_MAX} circuits are defined already, forget one of them", circuit.scope);
            return Err(Problem::new(ProblemCode::TooLarge, detail));
        }
        config.define(&circuit.scope, settings).map_err(|faults| Problem::new(ProblemCode::BadPatch, faults))?;
        self.records.forget_policies_of(circuit);
        Ok(())
    }

    /// Removes what `define` set.
    pub fn forget(&mut self, circuit: &CircuitRef) {
        Arc::make_mut(&mut self.config).forget(&circuit.scope);
        self.records.forget_policies_of(circuit);
    }
}
