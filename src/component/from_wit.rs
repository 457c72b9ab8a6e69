//! Converts the contract's arguments to the engine's types.

use super::convert::{convert_enum, convert_record};
use super::wit::exports::fuseboard::breaker::{advisor, board as wit};
use crate::advisor::Metrics;
use crate::{
    CircuitKind, Claim, Command, Document, End, Filter, Hint, Identity, Lease, Outcome, Permit, Phase, Report, Scope, ServiceKind, Sources,
    StatusRange, Tally, Target, WriteMark,
};

convert_enum!(wit::ServiceKind => ServiceKind: Host, Name);
convert_enum!(wit::CircuitKind => CircuitKind: Host, Name, Resolver);
convert_enum!(wit::Outcome => Outcome: Success, Failure, Neutral);
convert_enum!(wit::Phase => Phase: Closed, Open, HalfOpen);

convert_record!(wit::Document => Document { name, text });
convert_record!(wit::Identity => Identity { writer, seed });
convert_record!(wit::Target => Target { kind: into, name, role, resolver });
convert_record!(wit::Scope => Scope { kind: into, name, role });
convert_record!(wit::Mark => WriteMark { writer, sequence });
convert_record!(wit::Claim => Claim { generation: some, probe: some });
convert_record!(wit::Permit => Permit { circuit: some, resolver: some });
convert_record!(wit::StatusRange => StatusRange { first, last });
convert_record!(wit::Lease => Lease { permit: into, calls, ms, slow_ns, success_statuses: all, neutral_statuses: all, cancelled_after_ns, circuits: all });
convert_record!(wit::Tally => Tally { successes, slow, age_ms });
convert_record!(wit::Hint => Hint { name, value });
convert_record!(wit::Report => Report { end: into, status, elapsed_ns, hints: all, retry_after_ms });
convert_record!(wit::Filter => Filter { kind: some, phase: some });

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
            wit::End::Counted(wit::Counted { outcome, what }) => End::Counted { outcome: outcome.into(), what },
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

/// The target of the metrics, and the metrics.
pub(super) fn metrics(metrics: advisor::Metrics) -> (Target, Metrics) {
    let advisor::Metrics {
        target,
        observed_s,
        calls,
        failures,
        opened,
        reopened,
        longest_healed_streak,
        median_outage_ms,
        retry_afters,
        largest_retry_after_ms,
    } = metrics;
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
