//! The one loop in which time, storage and decisions meet.

mod ports;

pub use ports::{Clock, Entry, Lookup, Page, Revision, Store, StoreError, Swap};

use crate::*;

/// One configured engine: all circuits of one configuration.
pub struct Engine<C, S> {
    clock: C,
    store: S,
}

#[allow(unused_variables, clippy::todo, missing_docs)]
impl<C: Clock, S: Store> Engine<C, S> {
    pub fn new(clock: C, store: S) -> Self {
        Engine { clock, store }
    }
    pub fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        todo!()
    }
    pub fn allow(&mut self, target: &Target) -> Result<Decision, Problem> {
        todo!()
    }
    pub fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, Problem> {
        todo!()
    }
    pub fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Result<Verdict, Problem> {
        todo!()
    }
    pub fn status(&mut self, target: &Target) -> Result<StatusReport, Problem> {
        todo!()
    }
    pub fn list(&mut self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Problem> {
        todo!()
    }
    pub fn command(&mut self, scope: &Scope, command: &Command) -> Result<Commanded, Problem> {
        todo!()
    }
    pub fn update_policy(&mut self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, Problem> {
        todo!()
    }
    pub fn explain(&mut self, target: &Target) -> Result<Explanation, Problem> {
        todo!()
    }
    pub fn health(&self) -> Result<Health, Problem> {
        todo!()
    }
    pub fn about(&self) -> About {
        todo!()
    }
    pub fn flush(&mut self) -> Result<Flushed, Problem> {
        todo!()
    }
    pub fn parse_retry_after(&self, value: &str) -> Result<u64, Problem> {
        todo!()
    }
    pub fn classify(&self, target: &Target, report: &Report) -> Result<Outcome, Problem> {
        todo!()
    }
    pub fn normalize_host(&self, host: &str) -> Result<String, Problem> {
        todo!()
    }
}
