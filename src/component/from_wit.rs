//! What callers say, from the contract's types to ours.

use super::same::{same_cases, same_fields};
use super::wit::exports::fuseboard::breaker::{advisor, board as wit};
use crate::advisor::Metrics;
use crate::{
    CircuitKind, Claim, Command, Document, End, Filter, Identity, Lease, Outcome, Permit, Phase, Report, Scope, ServiceKind, Sources,
    StatusRange, Tally, Target,
};

same_cases!(wit::ServiceKind => ServiceKind: Host, Name);
same_cases!(wit::CircuitKind => CircuitKind: Host, Name, Resolver);
same_cases!(wit::Outcome => Outcome: Success, Failure, Neutral);
same_cases!(wit::Phase => Phase: Closed, Open, HalfOpen);

same_fields!(wit::Document => Document { name, text });
same_fields!(wit::Identity => Identity { writer, seed });
same_fields!(wit::Target => Target { kind: into, name, role, resolver });
same_fields!(wit::Scope => Scope { kind: into, name, role });
same_fields!(wit::Claim => Claim { epoch, generation, probe });
same_fields!(wit::Permit => Permit { circuit: some, resolver: some });
same_fields!(wit::StatusRange => StatusRange { first, last });
same_fields!(wit::Lease => Lease { permit: into, calls, ms, slow_ns, success_statuses: all, circuits: all });
same_fields!(wit::Tally => Tally { successes, slow, age_ms });
same_fields!(wit::Report => Report { end: into, status, elapsed_ns, retry_after, retry_after_ms });
same_fields!(wit::Filter => Filter { kind: some, phase: some });

impl From<wit::Sources> for Sources {
    fn from(wit::Sources { documents, prefix, environment, flags }: wit::Sources) -> Self {
        Sources {
            documents: documents.into_iter().map(Into::into).collect(),
            prefix,
            environment: environment.into_iter().map(|wit::Variable { name, value }| (name, value)).collect(),
            flags: flags.into_iter().map(|wit::Flag { name, value }| (name, value)).collect(),
        }
    }
}

impl From<wit::End> for End {
    fn from(end: wit::End) -> Self {
        match end {
            wit::End::Returned => End::Returned,
            wit::End::Raised(wit::Raised { types }) => End::Raised(types),
            wit::End::Cancelled => End::Cancelled,
            wit::End::Counted(wit::Counted { outcome }) => End::Counted(outcome.into()),
        }
    }
}

impl From<wit::Action> for Command {
    fn from(action: wit::Action) -> Self {
        match action {
            wit::Action::Trip => Command::Trip,
            wit::Action::ForceOpen(wit::ForceOpen { for_ms, note }) => Command::ForceOpen { for_ms, note },
            wit::Action::Disable => Command::Disable,
            wit::Action::HalfOpen => Command::HalfOpen,
            wit::Action::Close => Command::Close,
            wit::Action::Reset => Command::Reset,
            wit::Action::Cooldown(wit::Cooldown { for_ms, note }) => Command::Cooldown { for_ms, note },
        }
    }
}

/// Of whom the metrics speak, and what they say.
pub(super) fn metrics(seen: advisor::Metrics) -> (Target, Metrics) {
    let advisor::Metrics { target, observed_s, calls, failures, opened, reopened, .. } = seen;
    let advisor::Metrics { longest_healed_streak, median_outage_ms, retry_afters, largest_retry_after_ms, .. } = seen;
    let metrics = Metrics {
        observed_s,
        calls,
        failures,
        opened,
        reopened,
        longest_healed_streak,
        median_outage_ms,
        retry_afters,
        largest_retry_after_ms,
    };
    (target.into(), metrics)
}
