//! The common answers, without a wait: the cached records are known to be current, and the answer needs no write.

use super::assessment::{Assessment, Basis};
use super::circuit_ref::{CircuitRef, KeyedRoute};
use super::outage::Outage;
use super::request::Request;
use super::settle::{CacheAttempt, permit_use};
use super::store::Revision;
use crate::answer::{Decision, Verdict};
use crate::machine::allow::admit_closed;
use crate::permit::{Permit, Report};

impl Request {
    /// Answers an `allow` if `is_current` confirms the cached record of each circuit, and nothing has to be written first.
    pub fn allow_from_cache(
        &mut self,
        route: &KeyedRoute,
        mut is_current: impl FnMut(&CircuitRef, Option<Revision>) -> bool,
    ) -> Option<Decision> {
        let KeyedRoute { circuit, resolver } = route;
        if !self.state.backlog.is_empty() || self.state.outage != Outage::None {
            return None;
        }
        let first = self.assess_from_cache(circuit, &mut is_current)?;
        let second = match resolver {
            Some(resolver) => Some((resolver, self.assess_from_cache(resolver, &mut is_current)?)),
            None => None,
        };
        Some(self.answer(circuit, first, second))
    }

    fn assess_from_cache(
        &mut self,
        circuit: &CircuitRef,
        is_current: &mut impl FnMut(&CircuitRef, Option<Revision>) -> bool,
    ) -> Option<Assessment> {
        let record = self.record(circuit);
        if !record.is_from_store() || !is_current(circuit, record.revision()) {
            return None;
        }
        let decision = admit_closed(record.effective(), circuit.role()).or_else(|| self.refuse_open(circuit))?;
        Some(Assessment::complete(decision, Basis::Store))
    }

    /// Answers a `settle` that changes no record. Otherwise returns the result of this attempt for the first circuit.
    pub fn settle_from_cache(&mut self, route: &KeyedRoute, permit: Option<&Permit>, report: &Report) -> Result<Verdict, CacheAttempt> {
        if !self.state.backlog.is_empty() {
            return Err(CacheAttempt::NotTried);
        }
        let of_circuit = permit_use(permit, |permit| permit.circuit);
        let circuit = self.settle_unchanged(&route.circuit, of_circuit, report).ok_or(CacheAttempt::Impossible)?;
        let resolver = match &route.resolver {
            Some(resolver) => {
                let of_resolver = permit_use(permit, |permit| permit.resolver);
                Some(self.settle_unchanged(resolver, of_resolver, report).ok_or(CacheAttempt::NotTried)?)
            }
            None => None,
        };
        Ok(self.verdict(circuit, resolver))
    }
}
