//! Status, commands and the other requests beside the call path that use the store.

use super::driver::answer;
use super::inner::{BoardInner, Effects};
use super::request_runner::RequestRunner;
use super::target_status::TargetStatus;
use crate::error::Error;
use fuseboard::key;
use fuseboard::{CircuitKind, CircuitStatus, Command, Commanded, Explanation, Filter, Listing, PolicyEngine, Scope, StepRequest, Target};

impl RequestRunner<'_> {
    pub(super) async fn status(self, target: &Target) -> Result<TargetStatus, Error> {
        let inner = self.inner();
        let state = inner.target(target)?;
        let mut status = *answer!(Status, self.run(state.slot, &StepRequest::Status { target }).await)?;
        if let Some(resolver) = &mut status.resolver {
            // Each engine counts the refusals of the resolver for the hosts that it serves.
            for slot in (0..inner.engines.len()).filter(|slot| *slot != state.slot) {
                resolver.refused = resolver.refused.saturating_add(self.refused_by_resolver(slot, target).await);
            }
            inner.add_repeats(resolver);
        }
        inner.add_repeats(&mut status.circuit);
        let storage_lost_since_ms = inner.engines.with_engine(state.slot, PolicyEngine::health)?.storage_lost_since_ms;
        Ok(TargetStatus { circuit: status.circuit, resolver: status.resolver, storage_lost_since_ms })
    }

    /// How often the target's resolver refused in another engine. One that fails has lost its count.
    async fn refused_by_resolver(self, slot: usize, target: &Target) -> u64 {
        match answer!(Status, self.run(slot, &StepRequest::Status { target }).await) {
            Ok(status) => status.resolver.map_or(0, |resolver| resolver.refused),
            Err(error) => {
                self.inner().events.dispatch_error(&error);
                0
            }
        }
    }

    pub(super) async fn list(self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Error> {
        let inner = self.inner();
        // One engine after another lists the circuits that it serves, because only that engine has counted their refusals.
        let (slot, of_engine) = cursor.and_then(|cursor| cursor.split_once(':')).unwrap_or(("0", ""));
        let slot = slot.parse().unwrap_or(0_usize).min(inner.engines.len() - 1);
        let cursor = (!of_engine.is_empty()).then_some(of_engine);
        let mut listing = answer!(Listed, self.run(slot, &StepRequest::List { filter: *filter, cursor, limit }).await)?;
        listing.circuits.retain(|status| inner.slot_of_circuit(&status.circuit) == slot);
        listing.circuits.iter_mut().for_each(|status| inner.add_repeats(status));
        if slot > 0 {
            listing.unreadable.clear();
        }
        listing.next = match listing.next {
            Some(next) => Some(format!("{slot}:{next}")),
            None if slot + 1 < inner.engines.len() => Some(format!("{}:", slot + 1)),
            None => None,
        };
        Ok(listing)
    }

    pub(super) async fn command(self, scope: &Scope, command: &Command) -> Result<Commanded, Error> {
        self.commanded(scope, &StepRequest::Command { scope, command }).await
    }

    pub(super) async fn update_policy(self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, Error> {
        self.commanded(scope, &StepRequest::UpdatePolicy { scope, patch }).await
    }

    pub(super) async fn explain(self, target: &Target) -> Result<Explanation, Error> {
        let slot = self.inner().target(target)?.slot;
        answer!(Explained, self.run(slot, &StepRequest::Explain { target }).await)
    }

    async fn commanded(self, scope: &Scope, request: &StepRequest<'_>) -> Result<Commanded, Error> {
        let inner = self.inner();
        let slot = inner.slot_of_circuit(&key::canonical(scope)?);
        let Commanded { mut circuits, events, changed } = answer!(Commanded, self.run(slot, request).await)?;
        let Effects { events, changed } = inner.publish(Effects { events, changed });
        for status in &mut circuits {
            inner.add_repeats(status);
        }
        Ok(Commanded { circuits, events, changed })
    }
}

impl BoardInner {
    /// Adds the refusals that were repeated without calling the engine.
    fn add_repeats(&self, status: &mut CircuitStatus) {
        let targets = self.targets.covered_by(&status.circuit);
        let repeats = targets.iter().map(|target| target.repeats_of(&status.circuit)).fold(0, u64::saturating_add);
        status.refused = status.refused.saturating_add(repeats);
    }

    /// The engine that serves the target's host or name also serves its resolver; the first one answers requests about the resolver alone.
    fn slot_of_circuit(&self, canonical: &Scope) -> usize {
        match canonical.kind {
            CircuitKind::Host | CircuitKind::Name => self.slot_of(&canonical.name),
            CircuitKind::Resolver => 0,
        }
    }
}
