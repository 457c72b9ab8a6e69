//! Who plays a board: the native engine here, the component in `component`. Both are asked in the same words.

use fuseboard::advisor::{Metrics, Suggestion};
use fuseboard::{
    AboutReport, Command, Commanded, Decision, Diagnostic, Engine, Explanation, Filter, Flushed, HealthReport, Identity, Lease, Listing,
    Outcome, Permit, Problem, Report, Scope, Sources, StatusReport, Tally, Target, Verdict,
};
use fuseboard_lent::{FaultyStore, ManualClock, MemoryStore};

/// One board's clock and its way to the store.
#[derive(Clone)]
pub struct Seats {
    pub clock: ManualClock,
    pub store: FaultyStore<MemoryStore>,
}

/// The contract's exports, one to one.
pub trait Player {
    fn seat(seats: Seats) -> Self;
    fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, Vec<Diagnostic>>;
    fn allow(&mut self, target: &Target) -> Result<Decision, Problem>;
    fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, Problem>;
    fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Result<Verdict, Problem>;
    fn status(&mut self, target: &Target) -> Result<StatusReport, Problem>;
    fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Problem>;
    fn command(&mut self, scope: &Scope, command: &Command) -> Result<Commanded, Problem>;
    fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, Problem>;
    fn explain(&mut self, target: &Target) -> Result<Explanation, Problem>;
    fn health(&mut self) -> Result<HealthReport, Problem>;
    fn about(&mut self) -> AboutReport;
    fn flush(&mut self) -> Result<Flushed, Problem>;
    fn parse_retry_after(&mut self, value: &str) -> Result<u64, Problem>;
    fn classify(&mut self, target: &Target, report: &Report) -> Result<Outcome, Problem>;
    fn normalize_host(&mut self, host: &str) -> Result<String, Problem>;
    fn advise(&mut self, target: &Target, seen: &Metrics) -> Result<Vec<Suggestion>, Problem>;
}

/// The native engine.
pub type Native = Engine<ManualClock, FaultyStore<MemoryStore>>;

macro_rules! play_natively {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Player for Native {
            fn seat(seats: Seats) -> Self {
                Engine::new(seats.clock, seats.store)
            }
            $(fn $name(&mut self, $($arg: $type),*) -> $answer {
                Engine::$name(self, $($arg),*)
            })*
        }
    };
}

macro_rules! exports {
    ($play:ident) => {
        $play! {
            configure(sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, Vec<Diagnostic>>;
            allow(target: &Target) -> Result<Decision, Problem>;
            settle(target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, Problem>;
            settle_leased(lease: &Lease, tally: Tally) -> Result<Verdict, Problem>;
            status(target: &Target) -> Result<StatusReport, Problem>;
            list(filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Problem>;
            command(scope: &Scope, command: &Command) -> Result<Commanded, Problem>;
            update_policy(scope: &Scope, patch: Option<&str>) -> Result<Commanded, Problem>;
            explain(target: &Target) -> Result<Explanation, Problem>;
            health() -> Result<HealthReport, Problem>;
            about() -> AboutReport;
            flush() -> Result<Flushed, Problem>;
            parse_retry_after(value: &str) -> Result<u64, Problem>;
            classify(target: &Target, report: &Report) -> Result<Outcome, Problem>;
            normalize_host(host: &str) -> Result<String, Problem>;
            advise(target: &Target, seen: &Metrics) -> Result<Vec<Suggestion>, Problem>;
        }
    };
}

#[cfg(feature = "component")]
pub(super) use exports;

exports!(play_natively);
