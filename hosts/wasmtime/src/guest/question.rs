//! Our values as the component takes them. Nothing is copied but what a list needs.

use super::bindings::exports::fuseboard::breaker::advisor as wit_advisor;
use super::bindings::exports::fuseboard::breaker::board as wit;
use fuseboard::advisor::Metrics;
use fuseboard::{
    CircuitKind, Claim, Command, End, Filter, Identity, Lease, Outcome, Permit, Phase, Report, Scope, ServiceKind, Sources, Tally, Target,
};

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

    pub(super) fn lend(&self) -> wit::Sources<'_> {
        wit::Sources { documents: &self.documents, prefix: self.prefix, environment: &self.environment, flags: &self.flags }
    }
}

pub(super) fn identity(identity: Identity) -> wit::Identity {
    wit::Identity { writer: identity.writer, seed: identity.seed }
}

pub(super) fn target(target: &Target) -> wit::Target<'_> {
    let kind = match target.kind {
        ServiceKind::Host => wit::ServiceKind::Host,
        ServiceKind::Name => wit::ServiceKind::Name,
    };
    wit::Target { kind, name: &target.name, role: target.role.as_deref(), resolver: target.resolver.as_deref() }
}

pub(super) fn scope(scope: &Scope) -> wit::ScopeParam<'_> {
    wit::ScopeParam { kind: circuit_kind(scope.kind), name: &scope.name, role: scope.role.as_deref() }
}

pub(super) fn permit(permit: &Permit) -> wit::Permit {
    let claim = |claim: Claim| wit::Claim { epoch: claim.epoch, generation: claim.generation, probe: claim.probe };
    wit::Permit { circuit: permit.circuit.map(claim), resolver: permit.resolver.map(claim) }
}

/// The type names of an exception; empty for every other end.
pub(super) fn raised(report: &Report) -> Vec<&str> {
    match &report.end {
        End::Raised(types) => types.iter().map(String::as_str).collect(),
        End::Returned | End::Cancelled | End::Counted(_) => Vec::new(),
    }
}

pub(super) fn report<'a>(report: &'a Report, raised: &'a [&'a str]) -> wit::Report<'a> {
    let end = match &report.end {
        End::Returned => wit::End::Returned,
        End::Raised(_) => wit::End::Raised(wit::Raised { types: raised }),
        End::Cancelled => wit::End::Cancelled,
        End::Counted(outcome) => wit::End::Counted(wit::Counted { outcome: self::outcome(*outcome) }),
    };
    wit::Report {
        end,
        status: report.status,
        elapsed_ns: report.elapsed_ns,
        retry_after: report.retry_after.as_deref(),
        retry_after_ms: report.retry_after_ms,
    }
}

pub(super) struct LeaseLists<'a> {
    lease: &'a Lease,
    statuses: Vec<wit::StatusRange>,
    circuits: Vec<wit::ScopeParam<'a>>,
}

impl<'a> LeaseLists<'a> {
    pub(super) fn of(lease: &'a Lease) -> LeaseLists<'a> {
        let ranges = lease.success_statuses.iter();
        LeaseLists {
            lease,
            statuses: ranges.map(|range| wit::StatusRange { first: range.first, last: range.last }).collect(),
            circuits: lease.circuits.iter().map(scope).collect(),
        }
    }

    pub(super) fn lend(&self) -> wit::LeaseParam<'_> {
        wit::LeaseParam {
            permit: permit(&self.lease.permit),
            calls: self.lease.calls,
            ms: self.lease.ms,
            slow_ns: self.lease.slow_ns,
            success_statuses: &self.statuses,
            circuits: &self.circuits,
        }
    }
}

pub(super) fn tally(tally: Tally) -> wit::Tally {
    wit::Tally { successes: tally.successes, slow: tally.slow, age_ms: tally.age_ms }
}

pub(super) fn filter(filter: Filter) -> wit::Filter {
    wit::Filter { kind: filter.kind.map(circuit_kind), phase: filter.phase.map(phase) }
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

pub(super) fn metrics<'a>(target: &'a Target, metrics: &Metrics) -> wit_advisor::Metrics<'a> {
    wit_advisor::Metrics {
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

fn circuit_kind(kind: CircuitKind) -> wit::CircuitKind {
    match kind {
        CircuitKind::Host => wit::CircuitKind::Host,
        CircuitKind::Name => wit::CircuitKind::Name,
        CircuitKind::Resolver => wit::CircuitKind::Resolver,
    }
}

fn phase(phase: Phase) -> wit::Phase {
    match phase {
        Phase::Closed => wit::Phase::Closed,
        Phase::Open => wit::Phase::Open,
        Phase::HalfOpen => wit::Phase::HalfOpen,
    }
}

fn outcome(outcome: Outcome) -> wit::Outcome {
    match outcome {
        Outcome::Success => wit::Outcome::Success,
        Outcome::Failure => wit::Outcome::Failure,
        Outcome::Neutral => wit::Outcome::Neutral,
    }
}
