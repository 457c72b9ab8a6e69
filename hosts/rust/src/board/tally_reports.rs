//! Reports the tallies of targets to their engines.

use super::driver::answer;
use super::inner::{BoardInner, Effects};
use super::lease_state::Unreported;
use super::owed_report::OwedReport;
use super::request_runner::{RequestRunner, on_this_thread};
use super::target_state::TargetState;
use crate::error::Error;
use fuseboard::time::Mono;
use fuseboard::{Clock, Event, StepRequest, Verdict};

impl BoardInner {
    /// As [`RequestRunner::report_due`], on this thread.
    #[inline]
    pub(super) fn report_due(&self, target: &TargetState, unreported: Unreported, entered: Mono) -> Vec<Event> {
        if unreported == Unreported::None && self.evicted.is_empty() { Vec::new() } else { self.report_now(target, unreported, entered) }
    }

    /// Not inlined: the future would enlarge the stack frame of calls that have nothing to report.
    #[inline(never)]
    fn report_now(&self, target: &TargetState, unreported: Unreported, entered: Mono) -> Vec<Event> {
        let reported = RequestRunner::OnThisThread(self).report_due(target, unreported, entered);
        on_this_thread(async { Ok(reported.await) }).unwrap_or_default()
    }
}

impl RequestRunner<'_> {
    /// Reports the tallies of a target and of evicted ones. The caller does not receive their errors. Returns the target's events.
    pub(super) async fn report_due(self, target: &TargetState, unreported: Unreported, entered: Mono) -> Vec<Event> {
        let inner = self.inner();
        let mut events = Vec::new();
        if unreported == Unreported::Tallies {
            events = self.report_tallies(target, entered).await.unwrap_or_else(|error| {
                inner.events.dispatch_error(&error);
                Vec::new()
            });
        }
        for evicted in inner.evicted.take(target.slot) {
            if let Err(error) = self.report_tallies(&evicted, entered).await {
                inner.events.dispatch_error(&error);
            }
        }
        events
    }

    /// Reports the tallies of one target, and returns the events. A tally that the engine rejects is lost: none is ever reported twice. If
    /// one fails, or the future is dropped, the others are reported without time for the store.
    pub(super) async fn report_tallies(self, target: &TargetState, entered: Mono) -> Result<Vec<Event>, Error> {
        let inner = self.inner();
        // Read before the lock is taken: no lock of the board is held while a clock is called.
        let now = inner.driver.clock.mono();
        let tallies = target.lease_state().take_tallies(now);
        let owe = |(lease, tally)| OwedReport::new(inner, target, StepRequest::SettleLeased { lease, tally });
        let owed: Vec<_> = tallies.iter().map(|(lease, tally)| owe((lease, *tally))).collect();
        let mut events = Vec::new();
        for mut owed in owed {
            let verdict = answer!(Settled, self.run_for(target, entered, &owed.send()).await);
            owed.end();
            events.extend(tallied(inner, verdict)?);
        }
        Ok(events)
    }
}

/// The events of a reported tally. One that the engine rejects is lost.
fn tallied(inner: &BoardInner, verdict: Result<Verdict, Error>) -> Result<Vec<Event>, Error> {
    match verdict {
        Ok(Verdict { events, changed, .. }) => Ok(inner.publish(Effects { events, changed }).events),
        Err(error) if error.problem().is_some() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake_answers::{db, lease};
    use super::super::fake_engine::TestBoard;
    use super::super::fake_script::Scripted;
    use super::super::lease_state::NewGrant;
    use super::super::moment::Moment;
    use fuseboard::time::Mono;
    use fuseboard::{End, Scope};

    #[test]
    fn a_tally_that_fails_does_not_lose_the_next_one() {
        let board = TestBoard::new(1);
        let target = board.target(&db());
        for successes in [1, 2] {
            let start = target.lease_state().start(Moment { exact: Mono(0), coarse: Mono(0) });
            target.install(start, NewGrant::Lease(lease(vec![Scope::name("db")])), &[], Mono(0));
            (0..successes).for_each(|_| drop(board.settle(&db(), End::Returned)));
            target.lease_state().drop_grant(Mono(0));
        }
        board.script(Scripted::Stop);
        board.settle(&db(), End::Returned);
        let tallies: Vec<_> = board.log().into_iter().filter(|line| line.starts_with("tally")).collect();
        assert_eq!(tallies, ["tally 1 slow 0 age 0", "tally 2 slow 0 age 0"]);
    }
}
