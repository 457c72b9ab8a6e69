//! Requests as the contract's types. They borrow; only lists are copied.

use super::bindings::exports::fuseboard::breaker::{advisor, board as wit};
use super::convert::{convert_enum, convert_record};
use super::hints;
use fuseboard::advisor::Metrics;
use fuseboard::{
    CircuitKind, Claim, Command, End, Filter, Identity, Lease, Outcome, Permit, Phase, Report, Scope, ServiceKind, Sources, StatusRange,
    Tally, Target, WriteMark,
};

convert_enum!(ServiceKind => wit::ServiceKind: Host, Name);
convert_enum!(CircuitKind => wit::CircuitKind: Host, Name, Resolver);
convert_enum!(Outcome => wit::Outcome: Success, Failure, Neutral);
convert_enum!(Phase => wit::Phase: Closed, Open, HalfOpen);

convert_record!(Identity => wit::Identity { writer, seed });
convert_record!(WriteMark => wit::Mark { writer, sequence });
convert_record!(Claim => wit::Claim { generation: some, probe: some });
convert_record!(Permit => wit::Permit { circuit: some, resolver: some });
convert_record!(StatusRange => wit::StatusRange { first, last });
convert_record!(Tally => wit::Tally { successes, slow, age_ms });
convert_record!(Filter => wit::Filter { kind: some, phase: some });

pub(super) struct SourceLists<'a> {
    documents: Vec<wit::Document<'a>>,
    environment: Vec<wit::Variable<'a>>,
    flags: Vec<wit::Flag<'a>>,
    prefix: &'a str,
}

impl<'a> SourceLists<'a> {
    pub(super) fn of(sources: &'a Sources) -> SourceLists<'a> {
        SourceLists {
            documents: sources.documents.iter().map(|document| wit::Document { name: &document.name, text: &document.text }).collect(),
            environment: sources.environment.iter().map(|(name, value)| wit::Variable { name, value }).collect(),
            flags: sources.flags.iter().map(|(name, value)| wit::Flag { name, value }).collect(),
            prefix: &sources.prefix,
        }
    }

    pub(super) fn borrow(&self) -> wit::Sources<'_> {
        wit::Sources { documents: &self.documents, prefix: self.prefix, environment: &self.environment, flags: &self.flags }
    }
}

pub(super) fn target(target: &Target) -> wit::Target<'_> {
    wit::Target { kind: target.kind.into(), name: &target.name, role: target.role.as_deref(), resolver: target.resolver.as_deref() }
}

pub(super) fn scope(scope: &Scope) -> wit::ScopeParam<'_> {
    wit::ScopeParam { kind: scope.kind.into(), name: &scope.name, role: scope.role.as_deref() }
}

pub(super) struct ReportLists<'a> {
    report: &'a Report,
    /// The type names of an exception; empty for every other end.
    raised: Vec<&'a str>,
    hints: Vec<wit::Hint<'a>>,
}

impl<'a> ReportLists<'a> {
    pub(super) fn of(report: &'a Report) -> ReportLists<'a> {
        let raised = match &report.end {
            End::Raised(types) => types.iter().map(String::as_str).collect(),
            End::Returned | End::Cancelled | End::Counted { .. } => Vec::new(),
        };
        ReportLists { report, raised, hints: hints::within_limits(&report.hints) }
    }

    pub(super) fn borrow(&self) -> wit::Report<'_> {
        let end = match &self.report.end {
            End::Returned => wit::End::Returned,
            End::Raised(_) => wit::End::Raised(wit::Raised { types: &self.raised }),
            End::Cancelled => wit::End::Cancelled,
            End::Counted { outcome, what } => wit::End::Counted(wit::Counted { outcome: (*outcome).into(), what: what.as_deref() }),
        };
        wit::Report {
            end,
            status: self.report.status,
            elapsed_ns: self.report.elapsed_ns,
            hints: &self.hints,
            retry_after_ms: self.report.retry_after_ms,
        }
    }
}

pub(super) struct LeaseLists<'a> {
    lease: &'a Lease,
    success_statuses: Vec<wit::StatusRange>,
    neutral_statuses: Vec<wit::StatusRange>,
    circuits: Vec<wit::ScopeParam<'a>>,
}

impl<'a> LeaseLists<'a> {
    pub(super) fn of(lease: &'a Lease) -> LeaseLists<'a> {
        let list = |ranges: &[StatusRange]| ranges.iter().copied().map(Into::into).collect();
        LeaseLists {
            lease,
            success_statuses: list(&lease.success_statuses),
            neutral_statuses: list(&lease.neutral_statuses),
            circuits: lease.circuits.iter().map(scope).collect(),
        }
    }

    pub(super) fn borrow(&self) -> wit::LeaseParam<'_> {
        wit::LeaseParam {
            permit: self.lease.permit.into(),
            calls: self.lease.calls,
            ms: self.lease.ms,
            slow_ns: self.lease.slow_ns,
            success_statuses: &self.success_statuses,
            neutral_statuses: &self.neutral_statuses,
            cancelled_after_ns: self.lease.cancelled_after_ns,
            circuits: &self.circuits,
        }
    }
}

pub(super) fn command(command: &Command) -> wit::Action<'_> {
    match command {
        Command::Trip => wit::Action::Trip,
        Command::ForceOpen { for_ms, note } => wit::Action::ForceOpen(wit::ForceOpen { for_ms: *for_ms, note }),
        Command::Disable => wit::Action::Disable,
        Command::HalfOpen => wit::Action::HalfOpen,
        Command::Close => wit::Action::Close,
        Command::Reset => wit::Action::Reset,
        Command::Cooldown { for_ms, note } => wit::Action::Cooldown(wit::Cooldown { for_ms: *for_ms, note }),
    }
}

pub(super) fn metrics<'a>(target: &'a Target, metrics: &Metrics) -> advisor::Metrics<'a> {
    advisor::Metrics {
        target: self::target(target),
        observed_s: metrics.observed_s,
        calls: metrics.calls,
        failures: metrics.failures,
        opened: metrics.opened,
        reopened: metrics.reopened,
        longest_healed_streak: metrics.longest_healed_streak,
        median_outage_ms: metrics.median_outage_ms,
        retry_afters: metrics.retry_afters,
        largest_retry_after_ms: metrics.largest_retry_after_ms,
    }
}
