//! Begins, resumes and ends requests that may wait.

use super::clock;
use super::configured::{Configured, not_configured};
use super::exchange::{Awaited, Exchange, Resumption};
use super::operation::Reply;
use super::other_request::OtherRequest;
use super::request::{Request, StoreUse};
use super::request_step::{CallerTime, Need, RequestStep, StepAnswer, Token};
use super::state::EngineState;
use super::waiting::{RequestEnd, WAITING_MAX, WaitingRequest};
use crate::time::{Millis, Now};
use crate::{Problem, ProblemCode};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// How a request that may wait begins.
struct Beginning {
    now: Now,
    waited: Millis,
    token: Token,
    store_use: StoreUse,
}

impl Beginning {
    fn request(self, state: Box<EngineState>, exchange: Arc<Exchange>) -> Request {
        let Beginning { now, waited, token, store_use } = self;
        let mut request = Request::new(state, exchange);
        request.begin(now);
        request.start = now.mono.minus(waited);
        request.waited = waited;
        request.token = Some(token);
        request.store_use = store_use;
        request
    }
}

impl Configured {
    /// Begins a request that may wait.
    pub fn begin(&mut self, time: CallerTime) -> Result<Request, Problem> {
        let beginning = self.beginning(time)?;
        let state = self.state.take().ok_or_else(not_configured)?;
        Ok(beginning.request(state, self.waiting.exchanges.pop().unwrap_or_default()))
    }

    fn beginning(&mut self, CallerTime { now, waited }: CallerTime) -> Result<Beginning, Problem> {
        let now = clock::not_before(now, self.state()?.now);
        let token = Token(self.waiting.next_token);
        self.waiting.next_token += 1;
        let store_use = if self.waiting.requests.len() >= WAITING_MAX { StoreUse::TooManyWait } else { StoreUse::Allowed };
        Ok(Beginning { now, waited, token, store_use })
    }

    /// Adds a request that runs when it is first resumed.
    pub fn prepare(&mut self, time: CallerTime, other: OtherRequest) -> Result<Token, Problem> {
        let beginning = self.beginning(time)?;
        let (token, exchange) = (beginning.token, self.waiting.exchanges.pop().unwrap_or_default());
        let its_exchange = Arc::clone(&exchange);
        let request = Box::pin(async move {
            let (state, resumption) = its_exchange.receive().await;
            let mut request = beginning.request(state, its_exchange);
            if matches!(resumption, Resumption::Abandoned) {
                request.store_use = StoreUse::Abandoned;
            }
            let answer = request.carry_out(&other).await;
            (request.finish(), answer)
        });
        self.waiting.requests.push(WaitingRequest { token, exchange, request });
        Ok(token)
    }

    /// Ends a request that did not wait.
    pub fn end(&mut self, request: Request, answer: StepAnswer) -> RequestStep {
        self.waiting.exchanges.push(Arc::clone(&request.exchange));
        self.ended((request.finish(), answer))
    }

    /// Runs a request until it ends or waits.
    pub fn start<F>(&mut self, request: Request, work: impl FnOnce(Request) -> F) -> RequestStep
    where
        F: Future<Output = RequestEnd> + Send + 'static,
    {
        let (token, exchange) = (request.token.unwrap_or(Token(u64::MAX)), Arc::clone(&request.exchange));
        self.advance(WaitingRequest { token, exchange, request: Box::pin(work(request)) })
    }

    /// Resumes a waiting request.
    pub fn resume(&mut self, now: Now, token: Token, reply: Reply) -> Result<RequestStep, Problem> {
        let waiting = self.waiting.take(token).ok_or_else(|| unknown(token))?;
        self.go_on(now, &waiting.exchange, Resumption::Reply(reply))?;
        Ok(self.advance(waiting))
    }

    /// Ends a waiting request without another operation. Returns the requests that waited for it.
    pub fn abandon(&mut self, now: Now, token: Token) -> Result<Vec<Token>, Problem> {
        let mut woken = Vec::new();
        while let Some(waiting) = self.waiting.take(token) {
            self.go_on(now, &waiting.exchange, Resumption::Abandoned)?;
            woken.append(&mut self.advance(waiting).woken);
        }
        Ok(woken)
    }

    fn go_on(&mut self, now: Now, exchange: &Exchange, resumption: Resumption) -> Result<(), Problem> {
        let mut state = self.state.take().ok_or_else(not_configured)?;
        state.now = clock::not_before(now, state.now);
        exchange.resume(state, resumption);
        Ok(())
    }

    fn advance(&mut self, mut waiting: WaitingRequest) -> RequestStep {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(ended) = waiting.request.as_mut().poll(&mut context) {
            self.waiting.exchanges.push(waiting.exchange);
            return self.ended(ended);
        }
        let Some((mut state, awaited)) = waiting.exchange.take() else {
            return RequestStep { need: Need::Nothing(StepAnswer::Failed(waits_for_nothing())), woken: Vec::new() };
        };
        let woken = state.gates.take_woken();
        self.state = Some(state);
        let need = match awaited {
            Awaited::Store(operation) => Need::Store(waiting.token, operation),
            Awaited::Gate(within) => Need::Wait(waiting.token, within),
        };
        self.waiting.requests.push(waiting);
        RequestStep { need, woken }
    }

    fn ended(&mut self, (mut state, answer): RequestEnd) -> RequestStep {
        let woken = state.gates.take_woken();
        self.state = Some(state);
        RequestStep { need: Need::Nothing(answer), woken }
    }
}

fn unknown(token: Token) -> Problem {
    let detail = format!("no request with the token {} waits: it has ended, or was abandoned", token.0);
    Problem::new(ProblemCode::BadTarget, detail)
}

fn waits_for_nothing() -> Problem {
    Problem::new(ProblemCode::Storage, "the request waits for nothing: this is a fault of the engine, report it")
}
