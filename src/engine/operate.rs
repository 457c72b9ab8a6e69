//! What operators do: commands and live patches. Both are stored, so that every process sees them.

use super::call::{Call, Repeat, Write};
use super::leg::Leg;
use super::policies::policy_of;
use super::ports::{Clock, Store};
use super::trouble::Trouble;
use crate::key;
use crate::machine::command::{Order, command, owns_cooldown, patch};
use crate::machine::policy::OPERATOR_MAX;
use crate::names::Scope;
use crate::status::{Command, Commanded};
use crate::time::Millis;
use crate::{Problem, ProblemCode};
use std::rc::Rc;

/// The longest text of a patch.
pub(super) const PATCH_BYTES_MAX: usize = 2_048;

impl<C: Clock, S: Store> Call<'_, C, S> {
    pub fn command(mut self, scope: &Scope, order: &Command) -> Result<Commanded, Problem> {
        let leg = self.board.ways.leg(key::canonical(scope)?);
        check(&leg.scope, order)?;
        self.begin(&leg)?;
        let config = Rc::clone(&self.board.config);
        let turned = self.turn(&leg, Repeat::Never, &|given, record| {
            let policy_of = |circuit: &Scope| policy_of(&config, circuit, record);
            let order = Order { scope: &leg.scope, command: order, policy_of: &policy_of, seed: given.seed, now: given.now };
            command(&order, record)
        });
        self.commanded(&leg, turned)
    }

    pub fn update_policy(mut self, scope: &Scope, text: Option<&str>) -> Result<Commanded, Problem> {
        let leg = self.board.ways.leg(key::canonical(scope)?);
        if let Some(text) = text {
            if text.len() > PATCH_BYTES_MAX {
                let detail = format!("a patch of {} bytes: at most {PATCH_BYTES_MAX} are stored", text.len());
                return Err(Problem::new(ProblemCode::TooLarge, detail));
            }
            self.board.config.check_patch(&leg.scope, text).map_err(|faults| Problem::new(ProblemCode::BadPatch, faults))?;
        }
        self.begin(&leg)?;
        let turned = self.turn(&leg, Repeat::Never, &|given, record| patch(given, record, text));
        self.commanded(&leg, turned)
    }

    fn begin(&mut self, leg: &Leg) -> Result<(), Problem> {
        self.hand_in_kept();
        self.fetch(leg)?;
        leg.check_room(self.cell(leg).view())
    }

    fn commanded(&mut self, leg: &Leg, turned: Result<((), Write), Trouble>) -> Result<Commanded, Problem> {
        if let ((), Write::Unknown) = turned? {
            return Err(Trouble::Unknown("the write was not found afterwards".to_owned()).into());
        }
        let circuits = self.statuses(leg);
        let (events, changed) = self.told();
        Ok(Commanded { circuits, events, changed })
    }
}

fn check(scope: &Scope, order: &Command) -> Result<(), Problem> {
    let lasts = match order {
        Command::Cooldown { .. } if !owns_cooldown(scope) => {
            let detail = format!("{scope} has no cooldown of its own: name the whole host, without a role, or a plain name");
            return Err(Problem::new(ProblemCode::BadTarget, detail));
        }
        Command::Cooldown { for_ms, .. } => *for_ms,
        Command::ForceOpen { for_ms, .. } => for_ms.unwrap_or(0),
        _ => 0,
    };
    if Millis(lasts) > OPERATOR_MAX {
        let detail = format!("{lasts} ms: an operator's wait lasts at most {} ms (30 days)", OPERATOR_MAX.0);
        return Err(Problem::new(ProblemCode::TooLarge, detail));
    }
    Ok(())
}
