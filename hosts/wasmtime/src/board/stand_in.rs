//! A stand-in for the component that answers what a test tells it to, and a board around it.

use super::admission::{Admission, Leases, Settlement};
use super::call_async::Pace;
use super::core::Core;
use super::news::News;
use super::seats::{Exports, Identities, Seats};
use crate::error::{Error, Stopped};
use crate::guest::Asked;
use fuseboard::{
    Admitted, Answer, Claim, Decision, Diagnostic, End, Flushed, Identity, Lease, Outcome, Permit, Phase, Problem, ProblemCode, Reason,
    Refusal, Refused, Report, Scope, Settled, Sources, Tally, Target, Verdict, Written,
};
use fuseboard_lent::ManualClock;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, Weak};

/// What was asked of all stand-ins, and what they are to answer.
#[derive(Default)]
pub(super) struct Script {
    pub(super) log: Mutex<Vec<String>>,
    answers: Mutex<VecDeque<Answering>>,
    core: Mutex<Weak<Core<Fake>>>,
}

pub(super) enum Answering {
    Decide(Box<Decision>),
    Change(Vec<Scope>),
    Stop,
    Panic,
    Problem,
    /// While the engine decides, another thread's change is published; then the decision comes.
    Overtaken(Scope, Box<Decision>),
}

pub(super) struct Fake {
    script: Arc<Script>,
    seat: usize,
    stopped: bool,
}

impl Fake {
    fn log(&self, line: String) {
        self.script.log.lock().unwrap().push(line);
    }

    fn next(&self) -> Option<Answering> {
        self.script.answers.lock().unwrap().pop_front()
    }

    fn stop<T>(&mut self) -> Asked<T> {
        self.stopped = true;
        Err(Error::stopped("allow", Stopped::Trap("as told".to_owned())))
    }
}

impl Exports for Fake {
    fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Result<Vec<Diagnostic>, Vec<Diagnostic>>, Error> {
        self.log(format!("configure {} {} writer {}", self.seat, sources.prefix, identity.writer));
        Ok(Ok(Vec::new()))
    }
    fn allow(&mut self, target: &Target) -> Asked<Decision> {
        self.log(format!("allow {}", target.name));
        match self.next() {
            Some(Answering::Decide(decision)) => Ok(Ok(*decision)),
            Some(Answering::Stop) => self.stop(),
            Some(Answering::Panic) => panic!("as told"),
            Some(Answering::Problem) => Ok(Err(Problem::new(ProblemCode::BadTarget, "as told"))),
            Some(Answering::Overtaken(scope, decision)) => {
                self.script.core.lock().unwrap().upgrade().unwrap().publish_from(0, Vec::new(), &[scope]);
                Ok(Ok(*decision))
            }
            Some(Answering::Change(_)) | None => Ok(Ok(admitted(None))),
        }
    }
    fn settle(&mut self, target: &Target, _: Option<&Permit>, report: &Report) -> Asked<Verdict> {
        self.log(format!("settle {} {:?} {:?}", target.name, report.end, report.elapsed_ns));
        let Some(Answering::Change(changed)) = self.next() else { return Ok(Ok(verdict(Vec::new()))) };
        Ok(Ok(verdict(changed)))
    }
    fn settle_leased(&mut self, _: &Lease, tally: Tally) -> Asked<Verdict> {
        self.log(format!("tally {} slow {} age {}", tally.successes, tally.slow, tally.age_ms));
        Ok(Ok(verdict(Vec::new())))
    }
    fn flush(&mut self) -> Asked<Flushed> {
        self.log(format!("flush {}", self.seat));
        Ok(Ok(Flushed { kept: 1, ..Flushed::default() }))
    }
    fn is_stopped(&self) -> bool {
        self.stopped
    }
    fn stop(&mut self) {
        self.stopped = true;
    }
    fn restart(&mut self) -> Result<(), Error> {
        self.stopped = false;
        self.log("restart".to_owned());
        Ok(())
    }
}

pub(super) struct Bench {
    pub(super) core: Arc<Core<Fake>>,
    pub(super) script: Arc<Script>,
    pub(super) clock: ManualClock,
}

impl Bench {
    pub(super) fn new(instances: usize) -> Bench {
        Bench::paced(instances, Pace::Instant, News::default())
    }

    pub(super) fn paced(instances: usize, pace: Pace, news: News) -> Bench {
        let (script, clock) = (Arc::<Script>::default(), ManualClock::default());
        let fake = |seat| Fake { script: Arc::clone(&script), seat, stopped: false };
        let identities = Identities::counted(Identity { writer: 1, seed: 0 });
        let (seats, _) = Seats::new(fake(0), (1..instances).map(fake).collect(), identities, Sources::default()).unwrap();
        let core = Arc::new(Core::new(seats, news, Arc::new(clock.clone()), Leases::On, pace));
        *script.core.lock().unwrap() = Arc::downgrade(&core);
        script.log.lock().unwrap().clear();
        Bench { core, script, clock }
    }

    pub(super) fn answer(&self, answering: Answering) {
        self.script.answers.lock().unwrap().push_back(answering);
    }

    pub(super) fn allow(&self, target: &Target) -> Result<Admission, Error> {
        let line = self.core.line(target)?;
        self.core.allow(&line)
    }

    pub(super) fn settle(&self, target: &Target, end: End) -> Settlement {
        let line = self.core.line(target).unwrap();
        self.core.settle(&line, Some(&permit()), &Report::new(end)).unwrap()
    }

    pub(super) fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.script.log.lock().unwrap())
    }

    /// A target with a lease in place.
    pub(super) fn leased(&self, target: &Target) {
        let line = self.core.line(target).unwrap();
        let circuits = [Some(line.circuit.clone()), line.resolver.clone()].into_iter().flatten().collect();
        self.answer(Answering::Decide(Box::new(admitted(Some(lease(circuits))))));
        self.allow(target).unwrap();
        self.log();
    }

    pub(super) fn is_leased(&self, target: &Target) -> bool {
        self.allow(target).unwrap();
        self.log().is_empty()
    }
}

pub(super) fn permit() -> Permit {
    Permit { circuit: Some(Claim { epoch: 1, generation: 0, probe: None }), resolver: None }
}

pub(super) fn lease(circuits: Vec<Scope>) -> Lease {
    Lease { permit: permit(), calls: 100, ms: 100, slow_ns: None, success_statuses: Vec::new(), circuits }
}

pub(super) fn admitted(lease: Option<Lease>) -> Decision {
    let answer = Answer::Admitted(Admitted { permit: permit(), lease: lease.map(Box::new), would_refuse: None });
    Decision { answer, events: Vec::new(), changed: Vec::new() }
}

pub(super) fn refused(repeat_ms: u32) -> Decision {
    let refusal = Refusal { reason: Reason::Open, retry_after_ms: Some(500), last_failure: None };
    let answer = Answer::Refused(Refused { circuit: Some(refusal), resolver: None, retry_after_ms: Some(500), repeat_ms });
    Decision { answer, events: Vec::new(), changed: Vec::new() }
}

pub(super) fn verdict(changed: Vec<Scope>) -> Verdict {
    let circuit = Settled { outcome: Outcome::Success, written: Written::Unchanged, phase: Phase::Closed };
    Verdict { circuit, resolver: None, events: Vec::new(), changed }
}

pub(super) fn db() -> Target {
    Target::name("db")
}
