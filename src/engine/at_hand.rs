//! The common answers, without a wait: the records at hand are known to be current, and the answer needs no write.

use super::assessment::{Assessment, Basis};
use super::circuit_ref::{CircuitRef, KeyedRoute};
use super::outage::Outage;
use super::request::Request;
use super::settle::{AtHand, permit_use};
use super::store::Revision;
use crate::answer::{Decision, Verdict};
use crate::machine::allow::admit_closed;
use crate::permit::{Permit, Report};

impl Request {
    /// Answers an `allow` if `is_current` confirms the record at hand of each circuit, and nothing has to be written first.
    pub fn allow_at_hand(
        &mut self,
        route: &KeyedRoute,
        mut is_current: impl FnMut(&CircuitRef, Option<Revision>) -> bool,
    ) -> Option<Decision> {
        let KeyedRoute { circuit, resolver } = route;
        if !self.state.backlog.is_empty() || self.state.outage != Outage::None {
            return None;
        }
        let first = self.assess_at_hand(circuit, &mut is_current)?;
        let second = match resolver {
            Some(resolver) => Some((resolver, self.assess_at_hand(resolver, &mut is_current)?)),
            None => None,
        };
        Some(self.answer(circuit, first, second))
    }

    fn assess_at_hand(
        &mut self,
        circuit: &CircuitRef,
        is_current: &mut impl FnMut(&CircuitRef, Option<Revision>) -> bool,
    ) -> Option<Assessment> {
        let record = self.record(circuit);
        if !record.is_from_store() || !is_current(circuit, record.revision()) {
            return None;
        }
        let record = self.record(circuit).effective();
        let decision = admit_closed(record, circuit.role()).or_else(|| self.refuse_open(circuit))?;
        Some(Assessment::settled(decision, Basis::Store))
    }

    /// Answers a `settle` that changes no record. Otherwise it says what this attempt showed about the first circuit.
    pub fn settle_at_hand(&mut self, route: &KeyedRoute, permit: Option<&Permit>, report: &Report) -> Result<Verdict, AtHand> {
        if !self.state.backlog.is_empty() {
            return Err(AtHand::NotTried);
        }
        let of_circuit = permit_use(permit, |permit| permit.circuit);
        let circuit = self.settle_unchanged(&route.circuit, of_circuit, report).ok_or(AtHand::Impossible)?;
        let resolver = match &route.resolver {
            Some(resolver) => {
                let of_resolver = permit_use(permit, |permit| permit.resolver);
                Some(self.settle_unchanged(resolver, of_resolver, report).ok_or(AtHand::NotTried)?)
            }
            None => None,
        };
        Ok(self.verdict(circuit, resolver))
    }
}
