//! The kinds of inputs that are counted.

use crate::story::{Action, LeaseRef, PermitRef};

/// The name of an input's kind.
pub(super) fn kind(action: &Action) -> &'static str {
    match action {
        Action::Allow { .. } => "allow",
        Action::Settle { permit: Some(PermitRef::Named(_)), .. } => "settle",
        Action::Settle { permit: Some(PermitRef::Literal(_)), .. } => "settle, forged permit",
        Action::Settle { permit: None, .. } => "settle, no permit",
        Action::SettleLeased { lease: LeaseRef::Named(_), .. } => "tally",
        Action::SettleLeased { lease: LeaseRef::Literal(_), .. } => "tally, forged lease",
        Action::Status { .. } => "status",
        Action::List { .. } => "list",
        Action::Command { .. } => "command",
        Action::UpdatePolicy { .. } => "patch",
        Action::Define { .. } => "define",
        Action::Forget { .. } => "forget",
        Action::Explain { .. } => "explain",
        Action::Health {} => "health",
        Action::About {} => "about",
        Action::Flush {} => "flush",
        Action::ParseRetryAfter { .. } => "parse-retry-after",
        Action::Classify { .. } => "classify",
        Action::NormalizeHost { .. } => "normalize-host",
        Action::Advise { .. } => "advise",
        Action::Configure { .. } => "configure",
        Action::Restart { .. } => "restart",
        Action::Clock { .. } => "clock jump",
        Action::Fault { .. } => "store fault",
        Action::Heal {} => "store healed",
        Action::Put { .. } => "text put into the store",
        Action::Wipe {} => "wipe",
        Action::Rollback { .. } => "rollback",
    }
}
