//! Requests that are open at once in instances in steps.

use crate::driver::{Driver, Progress};
use crate::host_action::{Arrangement, Begin, Disturbance, Effect, Failure, HostAction, Replies, SetupBy, of_operation};
use crate::instances::Instances;
use crate::interleaving_cases::{Action, Case, RequestResult};
use crate::late_swap::LateSwap;
use crate::open_request::{OpenRequest, RequestState};
use crate::settings::Settings;
use crate::stored::Record;
use crate::write_checks::WriteChecks;
use fuseboard::time::Millis;
use fuseboard::{Cause, Command, Event, Lookup, Operation, Permit, Reply, Revision, Scope, StepAnswer, Store, StoreError, Target, Token};

const BUDGET: Millis = Millis(250);

/// One run of a case.
pub struct Run<'a> {
    case: &'a Case,
    pub arrangement: Arrangement,
    instances: &'a mut Instances,
    pub target: Target,
    key: String,
    requests: Vec<OpenRequest>,
    pub permit: Option<Permit>,
    pub late: LateSwap,
    pub disturbed: Vec<Disturbance>,
    /// Outcomes of abandoned requests that are written or in the backlog.
    pub abandoned_and_certain: u64,
    /// Each version of the name's record, from the setup on, and the revision of the last one.
    pub versions: Vec<Record>,
    revision: Option<Revision>,
}

impl<'a> Run<'a> {
    pub fn new(case: &'a Case, arrangement: Arrangement, instances: &'a mut Instances) -> Run<'a> {
        instances.runs += 1;
        instances.writes.iter_mut().for_each(WriteChecks::forget_texts);
        let name = format!("db-{}", instances.runs);
        let resolver = case.setup.target.resolver.as_ref().map(|resolver| format!("{resolver}-{}", instances.runs));
        let key = format!("n:{name}");
        let target = Target { name, resolver, ..case.setup.target.clone() };
        let before = match arrangement.setup_by {
            SetupBy::First => &mut instances.drivers[0],
            SetupBy::Another => &mut instances.before,
        };
        let permit = case.setup.prepare(&target, before);
        let requests = case.actions.iter().enumerate().map(|(at, action)| OpenRequest {
            instance: at % arrangement.instances,
            action: *action,
            state: RequestState::Unbegun,
        });
        let requests = requests.collect();
        let (late, disturbed, versions, revision) = (LateSwap::default(), Vec::new(), vec![Record::default()], None);
        let abandoned_and_certain = 0;
        let mut run =
            Run { case, arrangement, instances, target, key, requests, permit, late, disturbed, abandoned_and_certain, versions, revision };
        run.note_version();
        run
    }

    /// The instances that the requests are open in.
    pub fn drivers(&mut self) -> &mut [Driver] {
        &mut self.instances.drivers
    }

    /// What the host may do next: first the usual actions, then disturbances.
    pub fn possible(&self) -> Vec<HostAction> {
        let unbegun = self.requests.iter().position(|request| matches!(request.state, RequestState::Unbegun));
        if let (Some(at), Begin::Together) = (unbegun, self.arrangement.begin) {
            return vec![HostAction::Begin(at)];
        }
        let mut usual: Vec<HostAction> = self.late.is_waiting().then_some(HostAction::CarryOutLate).into_iter().collect();
        let mut disturbances = Vec::new();
        for (at, request) in self.requests.iter().enumerate() {
            let driver = &self.instances.drivers[request.instance];
            match request.state {
                RequestState::Unbegun => usual.push(HostAction::Begin(at)),
                RequestState::Ended(_) => {}
                RequestState::Open(token) if driver.operations.contains_key(&token) => {
                    usual.push(HostAction::CarryOut(at));
                    disturbances.extend(of_operation(at, &driver.operations[&token]));
                }
                RequestState::Open(token) => {
                    if driver.replies.contains_key(&token) {
                        usual.push(HostAction::Deliver(at));
                    } else if driver.woken.contains(&token) {
                        usual.push(HostAction::GoOn(at));
                    } else {
                        disturbances.push(Disturbance::EndTime(at));
                    }
                    disturbances.push(Disturbance::Abandon(at, Effect::None));
                }
            }
        }
        disturbances.extend((0..self.arrangement.instances).map(Disturbance::Configure));
        if !usual.is_empty() && self.disturbed.len() < self.arrangement.disturbances {
            usual.extend(disturbances.into_iter().map(HostAction::Disturb));
        }
        usual
    }

    pub fn act(&mut self, action: HostAction) {
        match action {
            HostAction::Begin(at) => self.begin(at),
            HostAction::CarryOut(at) => {
                let (instance, token) = self.open(at);
                self.instances.drivers[instance].carry_out(token);
                self.note_version();
                if self.arrangement.replies == Replies::AtOnce {
                    self.act(HostAction::Deliver(at));
                }
            }
            HostAction::Deliver(at) => self.step(at, Driver::deliver),
            HostAction::GoOn(at) => self.step(at, Driver::go_on),
            HostAction::CarryOutLate => {
                self.late.carry_out(self.instances);
                self.note_version();
            }
            HostAction::Disturb(disturbance) => {
                self.disturbed.push(disturbance);
                self.disturb(disturbance);
            }
        }
    }

    fn disturb(&mut self, disturbance: Disturbance) {
        match disturbance {
            Disturbance::Fail(at, failure) => {
                let error = match failure {
                    Failure::Unavailable => StoreError::Unavailable("down".into()),
                    Failure::Refused => StoreError::Refused("full".into()),
                    Failure::Lost(effect) => {
                        let (instance, token) = self.open(at);
                        if effect == Effect::CarriedOut {
                            self.instances.drivers[instance].operations[&token].run(&self.instances.store);
                            self.note_version();
                        }
                        StoreError::Unknown("lost".into())
                    }
                };
                self.step(at, |driver, token| driver.fail(token, Reply::Failed(error)));
            }
            Disturbance::Abandon(at, effect) => self.abandon(at, effect),
            Disturbance::EndTime(at) => {
                self.instances.clock.advance(BUDGET);
                self.step(at, Driver::go_on);
            }
            Disturbance::Configure(instance) => {
                let settings = &self.case.setup.settings;
                self.instances.configure(instance, &Settings { trial_calls: settings.trial_calls + 1, ..settings.clone() });
            }
        }
    }

    fn begin(&mut self, at: usize) {
        let OpenRequest { instance, action, .. } = self.requests[at];
        let (driver, target) = (&mut self.instances.drivers[instance], &self.target);
        let progress = match action {
            Action::Allow => driver.allow(target),
            Action::Settle(outcome) => driver.settle(target, None, outcome),
            Action::SettlePermit(outcome) => driver.settle(target, self.permit.as_ref(), outcome),
            Action::Trip => {
                let step = driver.steps.command(driver.now(), &Scope::name(&*target.name), &Command::Trip).expect("valid");
                driver.take(step)
            }
        };
        self.note(at, progress);
    }

    fn step(&mut self, at: usize, step: impl FnOnce(&mut Driver, Token) -> Progress) {
        let (instance, token) = self.open(at);
        self.instances.writes[instance].end(token);
        let progress = step(&mut self.instances.drivers[instance], token);
        self.note(at, progress);
    }

    fn abandon(&mut self, at: usize, effect: Effect) {
        let (instance, token) = self.open(at);
        let is_swapped = self.instances.writes[instance].is_under_way(&self.key);
        let driver = &mut self.instances.drivers[instance];
        let operation = driver.operations.get(&token).cloned();
        let is_loading = matches!(operation, Some(Operation::Load { .. })) || matches!(driver.replies.get(&token), Some(Reply::Loaded(_)));
        let (is_waiting, is_woken) = (driver.waiting.contains(&token), driver.woken.contains(&token));
        let kept = driver.steps.health().expect("configured").kept;
        driver.abandon(token);
        let is_kept = driver.steps.health().expect("configured").kept > kept;
        // With a resolver it is not known which circuit the request works on.
        if matches!(self.requests[at].action, Action::Settle(_) | Action::SettlePermit(_)) && self.target.resolver.is_none() {
            let is_unwritten = is_loading || is_waiting && !is_woken && !is_swapped;
            assert!(is_kept || !is_unwritten, "promise 7: an abandoned outcome is lost");
            self.abandoned_and_certain += u64::from(is_kept || is_woken);
        }
        if effect == Effect::CarriedOut {
            self.late.set(instance, operation);
        }
        self.instances.writes[instance].end(token);
        self.requests[at].state = RequestState::Ended(RequestResult::Abandoned);
    }

    fn open(&self, at: usize) -> (usize, Token) {
        let OpenRequest { instance, state, .. } = &self.requests[at];
        let RequestState::Open(token) = state else { panic!("request {at} is open, but {state:?}") };
        (*instance, *token)
    }

    fn note(&mut self, at: usize, progress: Progress) {
        let instance = self.requests[at].instance;
        self.requests[at].state = match progress {
            Progress::Store(token) => {
                self.instances.writes[instance].begin(token, &self.instances.drivers[instance].operations[&token]);
                RequestState::Open(token)
            }
            Progress::Wait(token) => RequestState::Open(token),
            Progress::Ended(answer) => RequestState::Ended(self.result(&answer)),
        };
    }

    fn result(&self, answer: &StepAnswer) -> RequestResult {
        match answer {
            StepAnswer::Decided(decision) => {
                self.check_events(&decision.events);
                RequestResult::of_decision(decision)
            }
            StepAnswer::Settled(verdict) => {
                self.check_events(&verdict.events);
                RequestResult::of_verdict(verdict)
            }
            StepAnswer::Commanded(commanded) => {
                self.check_events(&commanded.events);
                RequestResult::Commanded
            }
            StepAnswer::Failed(_) => RequestResult::Failed,
            other => panic!("another answer: {other:?}"),
        }
    }

    /// Writes of this instance are not another's. After a failure the end of a local copy is an event too.
    fn check_events(&self, events: &[Event]) {
        let may_see_others = self.arrangement.instances > 1 || self.arrangement.setup_by == SetupBy::Another || self.has_failed();
        assert!(may_see_others || events.iter().all(|event| event.here), "promise 8: reported as another's: {events:?}");
        let is_told_late = events.iter().any(|event| event.cause == Cause::LostAnswer);
        assert!(!self.disturbed.is_empty() || !is_told_late, "promise 8: no answer was lost: {events:?}");
    }

    /// The largest number of slots that a configuration of the run allows.
    pub fn trial_calls(&self) -> u64 {
        let configured = self.disturbed.iter().any(|disturbance| matches!(disturbance, Disturbance::Configure(_)));
        self.case.setup.settings.trial_calls + u64::from(configured)
    }

    /// Whether an operation failed, or a caller's time ended.
    pub fn has_failed(&self) -> bool {
        self.disturbed.iter().any(|disturbance| matches!(disturbance, Disturbance::Fail(..) | Disturbance::EndTime(_)))
    }

    /// The name's record as it is stored now.
    pub fn record(&mut self) -> &Record {
        self.note_version();
        self.versions.last().expect("the first version is the absent record")
    }

    fn note_version(&mut self) {
        if let Ok(Lookup::Found(entry)) = self.instances.store.load(&self.key, self.revision, Millis(1)) {
            self.revision = Some(entry.revision);
            self.versions.push(Record::read(Some(&entry.value)).expect("promise 13: a record"));
        }
    }

    /// Ends a run, so that the next one finds the first configuration.
    pub fn end(self) {
        for disturbance in &self.disturbed {
            if let Disturbance::Configure(at) = disturbance {
                self.instances.configure(*at, &self.case.setup.settings);
            }
        }
    }

    /// The results of all requests.
    pub fn results(&self) -> Vec<RequestResult> {
        let result = |request: &OpenRequest| match request.state {
            RequestState::Ended(result) => result,
            RequestState::Unbegun | RequestState::Open(_) => panic!("promise 8: a request waits for ever after {:?}", self.disturbed),
        };
        self.requests.iter().map(result).collect()
    }
}
