//! A configured engine: the routes of its targets, and its state.

use super::clock::{self, Clock};
use super::exchange::Exchange;
use super::host::{EarlierReplies, Host};
use super::operation::Reply;
use super::other_request::OtherRequest;
use super::request::Request;
use super::request_step::StepAnswer;
use super::route_cache::RouteCache;
use super::state::EngineState;
use super::store::{Lookup, Store};
use super::waiting::Waiting;
use crate::answer::{Decision, Verdict};
use crate::config::Config;
use crate::permit::{Permit, Report};
use crate::sources::Identity;
use crate::time::Millis;
use crate::{Problem, ProblemCode, Target};
use std::sync::Arc;

pub(super) fn not_configured() -> Problem {
    Problem::new(ProblemCode::NotConfigured, "this board has no configuration: call `configure` first")
}

pub(super) struct Configured {
    pub routes: RouteCache,
    /// `None` while a request has it, and after a clock or a store panicked.
    pub state: Option<Box<EngineState>>,
    exchange: Arc<Exchange>,
    pub waiting: Waiting,
}

impl Configured {
    pub fn new(config: Config, identity: Identity) -> Configured {
        // The writer is random and secret, so callers cannot choose names that collide in the cache.
        let routes = RouteCache::new(identity.writer);
        Configured {
            routes,
            state: Some(Box::new(EngineState::new(config, identity))),
            exchange: Arc::default(),
            waiting: Waiting::default(),
        }
    }

    /// Replaces the configuration. Circuits keep their state.
    pub fn reconfigure(&mut self, config: Config, identity: Identity) {
        match &mut self.state {
            Some(state) => state.reconfigure(config, identity),
            None => *self = Configured::new(config, identity),
        }
    }

    pub fn state(&self) -> Result<&EngineState, Problem> {
        self.state.as_deref().ok_or_else(not_configured)
    }

    pub fn routes_and_state(&mut self) -> Result<(&mut RouteCache, &mut EngineState), Problem> {
        let state = self.state.as_deref_mut().ok_or_else(not_configured)?;
        Ok((&mut self.routes, state))
    }

    /// Carries out a request other than `allow` and `settle`.
    pub fn carry_out<C: Clock, S: Store>(&mut self, host: Host<'_, C, S>, other: &OtherRequest) -> Result<StepAnswer, Problem> {
        let mut request = Request::new(self.state.take().ok_or_else(not_configured)?, Arc::clone(&self.exchange));
        request.begin(clock::now(host.clock));
        let answer = host.run(&mut request, EarlierReplies::default(), async |request| request.carry_out(other).await);
        self.state = Some(request.finish());
        answer
    }

    /// `allow`: without a wait if the store confirms the cached records. Otherwise the replies that it gave are used.
    pub fn allow<C: Clock, S: Store>(&mut self, host: Host<'_, C, S>, target: &Target) -> Result<Decision, Problem> {
        let route = self.routes.route(target)?;
        let mut request = Request::new(self.state.take().ok_or_else(not_configured)?, Arc::clone(&self.exchange));
        request.start = clock::mono(host.clock);
        request.began = request.start;
        let (start, budget) = (request.start, request.sharing().storage_budget);
        let mut loaded = EarlierReplies::default();
        let cached = request.allow_from_cache(route, |circuit, known| {
            let now = if loaded.is_empty() { start } else { clock::mono(host.clock) };
            let within = Millis(budget.0.saturating_sub(now.since(start).0));
            if within == Millis::ZERO {
                return false;
            }
            let lookup = host.store.load(&circuit.key, known, within);
            let is_current = matches!((&lookup, known), (Ok(Lookup::Unchanged), Some(_)) | (Ok(Lookup::Missing), None));
            loaded.push(Reply::of(lookup, Reply::Loaded));
            is_current
        });
        let decision = if let Some(decision) = cached {
            Ok(decision)
        } else {
            request.state.now = clock::now(host.clock);
            host.run(&mut request, loaded, async |request| request.allow(route).await)
        };
        self.state = Some(request.finish());
        decision
    }

    /// `settle`: without a wait if it changes no record.
    pub fn settle<C: Clock, S: Store>(
        &mut self,
        host: Host<'_, C, S>,
        target: &Target,
        permit: Option<&Permit>,
        report: &Report,
    ) -> Result<Verdict, Problem> {
        let route = self.routes.route(target)?;
        let mut request = Request::new(self.state.take().ok_or_else(not_configured)?, Arc::clone(&self.exchange));
        let verdict = match request.settle_from_cache(route, permit, report) {
            Ok(verdict) => Ok(verdict),
            Err(attempt) => {
                request.begin(clock::now(host.clock));
                let work = async |request: &mut Request| request.settle(route, permit, report, attempt).await;
                host.run(&mut request, EarlierReplies::default(), work)
            }
        };
        self.state = Some(request.finish());
        verdict
    }
}
