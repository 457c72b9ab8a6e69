//! The requests other than `allow` and `settle`, as values. One future carries out each of them, so it is compiled once.

use super::circuit_ref::{CircuitRef, KeyedRoute};
use super::lease;
use super::request::Request;
use super::request_step::StepAnswer;
use super::route_cache::{CircuitHasher, RouteCache};
use crate::status::{Command, Filter};
use crate::{Lease, Problem, Scope, Tally, Target, key};
use std::sync::Arc;

/// A request other than `allow` and `settle`, with its arguments.
pub(crate) enum OtherRequest {
    SettleLeased { route: Arc<KeyedRoute>, lease: Lease, tally: Tally },
    Status(Arc<KeyedRoute>),
    List { hasher: CircuitHasher, filter: Filter, cursor: Option<String>, limit: u32 },
    Command { circuit: CircuitRef, command: Command },
    UpdatePolicy { circuit: CircuitRef, patch: Option<String> },
    Explain(Arc<KeyedRoute>),
    Flush,
}

impl OtherRequest {
    pub fn settle_leased(routes: &mut RouteCache, lease: &Lease, tally: Tally) -> Result<OtherRequest, Problem> {
        let route = Arc::clone(routes.route(&lease::target_of(lease)?)?);
        Ok(OtherRequest::SettleLeased { route, lease: lease.clone(), tally })
    }

    pub fn status(routes: &mut RouteCache, target: &Target) -> Result<OtherRequest, Problem> {
        Ok(OtherRequest::Status(Arc::clone(routes.route(target)?)))
    }

    pub fn list(routes: &RouteCache, filter: Filter, cursor: Option<&str>, limit: u32) -> OtherRequest {
        OtherRequest::List { hasher: routes.hasher(), filter, cursor: cursor.map(str::to_owned), limit }
    }

    pub fn command(routes: &RouteCache, scope: &Scope, command: &Command) -> Result<OtherRequest, Problem> {
        let circuit = routes.hasher().circuit_ref(key::canonical(scope)?);
        Ok(OtherRequest::Command { circuit, command: command.clone() })
    }

    pub fn update_policy(routes: &RouteCache, scope: &Scope, patch: Option<&str>) -> Result<OtherRequest, Problem> {
        let circuit = routes.hasher().circuit_ref(key::canonical(scope)?);
        Ok(OtherRequest::UpdatePolicy { circuit, patch: patch.map(str::to_owned) })
    }

    pub fn explain(routes: &mut RouteCache, target: &Target) -> Result<OtherRequest, Problem> {
        Ok(OtherRequest::Explain(Arc::clone(routes.route(target)?)))
    }
}

impl Request {
    pub async fn carry_out(&mut self, other: &OtherRequest) -> StepAnswer {
        match other {
            OtherRequest::SettleLeased { route, lease, tally } => StepAnswer::Settled(self.settle_leased(route, lease, *tally).await),
            OtherRequest::Status(route) => StepAnswer::Status(Box::new(self.status(route).await)),
            OtherRequest::List { hasher, filter, cursor, limit } => {
                answered(self.list(hasher, *filter, cursor.as_deref(), *limit).await, StepAnswer::Listed)
            }
            OtherRequest::Command { circuit, command } => answered(self.command(circuit, command).await, StepAnswer::Commanded),
            OtherRequest::UpdatePolicy { circuit, patch } => {
                answered(self.update_policy(circuit, patch.as_deref()).await, StepAnswer::Commanded)
            }
            OtherRequest::Explain(route) => StepAnswer::Explained(self.explain(route).await),
            OtherRequest::Flush => StepAnswer::Flushed(self.flush().await),
        }
    }
}

fn answered<T>(answer: Result<T, Problem>, kind: fn(T) -> StepAnswer) -> StepAnswer {
    answer.map_or_else(StepAnswer::Failed, kind)
}
