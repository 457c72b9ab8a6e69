//! Operators' commands and live patches. Both are stored, so that every process sees them.

use super::circuit_ref::CircuitRef;
use super::policy_cache::policy_of;
use super::record_error::RecordError;
use super::request::Request;
use super::write_result::{AfterUnknown, WriteResult};
use crate::machine::command::{self, CommandInput, owns_cooldown};
use crate::machine::context::Context;
use crate::machine::record::Record;
use crate::names::Scope;
use crate::policy::OPERATOR_MAX;
use crate::status::{Command, Commanded};
use crate::time::Millis;
use crate::{Problem, ProblemCode, codec};
use std::sync::Arc;

/// Longest text of a patch.
pub(super) const PATCH_BYTES_MAX: usize = 2_048;

/// Longest text of all patches in one record, as it is stored.
const PATCHES_BYTES_MAX: usize = 32_768;

impl Request {
    pub async fn command(&mut self, circuit: &CircuitRef, command: &Command) -> Result<Commanded, Problem> {
        check(&circuit.scope, command)?;
        self.write_backlog().await;
        self.fetch(circuit).await?;
        let config = Arc::clone(&self.state.config);
        let decide = |context: &Context, record: &Record| {
            let policy_of = |circuit: &Scope| policy_of(&config, circuit, record);
            let Context { seed, now, mark, .. } = *context;
            let input = CommandInput { scope: &circuit.scope, command, policy_of: &policy_of, seed, now, mark };
            command::command(&input, record)
        };
        let written = self.decide_and_store(circuit, AfterUnknown::Stop, &decide).await;
        self.commanded(circuit, written)
    }

    pub async fn update_policy(&mut self, circuit: &CircuitRef, patch: Option<&str>) -> Result<Commanded, Problem> {
        if let Some(patch) = patch {
            if patch.len() > PATCH_BYTES_MAX {
                let detail = format!("a patch of {} bytes: at most {PATCH_BYTES_MAX} are stored", patch.len());
                return Err(Problem::new(ProblemCode::TooLarge, detail));
            }
            let checked = self.state.config.check_patch(&circuit.scope, patch);
            checked.map_err(|faults| Problem::new(ProblemCode::BadPatch, faults))?;
        }
        self.write_backlog().await;
        self.fetch(circuit).await?;
        if let Some(patch) = patch {
            self.check_all_patches(circuit, patch)?;
        }
        let written = self.decide_and_store(circuit, AfterUnknown::Stop, &|context, record| command::patch(context, record, patch)).await;
        self.commanded(circuit, written)
    }

    /// Checks that all patches of the record together leave enough room for the data that calls store.
    fn check_all_patches(&mut self, circuit: &CircuitRef, patch: &str) -> Result<(), Problem> {
        let record = self.effective(circuit);
        let roles = record.roles.iter().filter(|(role, _)| circuit.scope.role.as_ref() != Some(*role));
        let host = record.patch.as_deref().filter(|_| circuit.scope.role.is_some());
        let others = roles.filter_map(|(_, circuit)| circuit.patch.as_deref()).chain(host);
        let bytes: usize = others.chain([patch]).map(codec::text_bytes).sum();
        if bytes <= PATCHES_BYTES_MAX {
            return Ok(());
        }
        let host = Scope { role: None, ..circuit.scope.clone() };
        let detail =
            format!("all patches of {host} together take {bytes} bytes, at most {PATCHES_BYTES_MAX} are stored: remove one of them");
        Err(Problem::new(ProblemCode::TooLarge, detail))
    }

    fn commanded(&mut self, circuit: &CircuitRef, written: Result<((), WriteResult), RecordError>) -> Result<Commanded, Problem> {
        if let ((), WriteResult::Unknown) = written? {
            return Err(RecordError::Unknown("the write was not found afterwards".to_owned()).into());
        }
        let circuits = self.statuses(circuit);
        let (events, changed) = self.take_events();
        Ok(Commanded { circuits, events, changed })
    }
}

fn check(scope: &Scope, command: &Command) -> Result<(), Problem> {
    let duration = match command {
        Command::Cooldown { .. } if !owns_cooldown(scope) => {
            let detail = format!("{scope} has no cooldown of its own: name the whole host, without a role, or a plain name");
            return Err(Problem::new(ProblemCode::BadTarget, detail));
        }
        Command::Cooldown { for_ms, .. } => *for_ms,
        Command::ForceOpen { for_ms, .. } => for_ms.unwrap_or(0),
        _ => 0,
    };
    if Millis(duration) > OPERATOR_MAX {
        let detail = format!("{duration} ms: an operator's wait lasts at most {} ms (30 days)", OPERATOR_MAX.0);
        return Err(Problem::new(ProblemCode::TooLarge, detail));
    }
    Ok(())
}
