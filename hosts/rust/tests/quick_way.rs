//! What a board answers by itself, and what it calls while it holds a lock: nothing.
#![cfg(feature = "native")]

use fuseboard_host::time::{Millis, Mono, Wall};
use fuseboard_host::{
    Admission, Board, Builder, Clock, End, EngineKind, Handle, Lookup, ManualClock, Outcome, Page, Permit, Phase, Report, Revision,
    Settlement, Store, StoreError, Swap, Target,
};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::Duration;

fn builder() -> Builder {
    Board::builder().engine(EngineKind::Native).document("test.json", r#"{"defaults": {"fail_max": 3, "reset_timeout_s": 30}}"#)
}

fn permit(admission: Admission) -> Permit {
    admission.into_result().expect("admitted")
}

fn returned(status: u16) -> Report {
    Report { status: Some(status), ..Report::new(End::Returned) }
}

#[test]
fn the_quick_way_answers_by_a_lease_or_says_that_the_engine_is_needed() {
    let clock = ManualClock::default();
    let board = builder().clock(clock.clone()).build().unwrap();
    let handle = board.target(&Target::name("db")).unwrap();
    assert!(handle.try_allow().is_none(), "nothing is known yet");
    let first = permit(handle.allow().unwrap());
    let second = permit(handle.try_allow().expect("a lease").0);
    assert_eq!(handle.try_settle(&first, &returned(200)), Some(Settlement::Leased(Outcome::Success)));
    assert_eq!(handle.try_settle(&second, &returned(404)), Some(Settlement::Leased(Outcome::Neutral)));
    assert_eq!(handle.try_settle(&second, &returned(503)), None, "a failure goes to the engine");
    clock.advance(Millis(100));
    assert!(handle.try_allow().is_none(), "the lease is over");
}

#[test]
fn the_quick_way_repeats_a_refusal() {
    let board = builder().clock(ManualClock::default()).build().unwrap();
    let handle = board.target(&Target::name("db")).unwrap();
    for _ in 0..3 {
        let permit = permit(handle.allow().unwrap());
        handle.settle(Some(&permit), &returned(503)).unwrap();
    }
    assert!(handle.try_allow().is_none(), "the engine has not refused yet");
    assert!(matches!(handle.allow(), Ok(Admission::Refused(_))));
    assert!(matches!(handle.try_allow(), Some((Admission::Refused(_), _))));
}

/// A clock that counts how often its monotonic time is read.
#[derive(Clone, Default)]
struct CountingClock {
    clock: ManualClock,
    reads: Arc<AtomicU32>,
}

impl Clock for CountingClock {
    fn wall(&self) -> Wall {
        self.clock.wall()
    }

    fn mono(&self) -> Mono {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.clock.mono()
    }
}

#[test]
fn the_elapsed_time_is_measured_only_for_a_lease_that_needs_it() {
    let slow = r#"{"names": {"slow": {"window": {"slow_call_rate": 0.5, "slow_call_ms": 10, "minimum_calls": 2}}}}"#;
    let clock = CountingClock::default();
    let board = builder().document("slow.json", slow).clock(clock.clone()).build().unwrap();
    for (name, reads, phase) in [("any", 0, Phase::Closed), ("slow", 1, Phase::Open)] {
        let handle = board.target(&Target::name(name)).unwrap();
        for _ in 0..3 {
            let admitted = permit(handle.allow().unwrap());
            let (started, before) = (clock.clock.mono(), clock.reads.load(Ordering::Relaxed));
            clock.clock.advance(Millis(11));
            assert!(handle.try_settle_since(&admitted, &returned(200), started).is_some());
            assert_eq!(clock.reads.load(Ordering::Relaxed) - before, reads, "{name}");
        }
        board.flush(Duration::from_secs(20)).unwrap();
        assert_eq!(board.status(&Target::name(name)).unwrap().circuit.phase, phase, "{name}");
    }
}

/// A clock that has another thread settle a call of a target, and waits for it.
#[derive(Clone, Default)]
struct SettlingClock {
    clock: ManualClock,
    handle: Arc<OnceLock<Handle>>,
    had_to_wait: Arc<AtomicBool>,
}

impl Clock for SettlingClock {
    fn wall(&self) -> Wall {
        self.clock.wall()
    }

    fn mono(&self) -> Mono {
        if let Some(handle) = self.handle.get().cloned() {
            let (done, is_done) = mpsc::channel();
            std::thread::spawn(move || done.send(handle.try_settle(&Permit::default(), &returned(200)).is_some()));
            self.had_to_wait.fetch_or(is_done.recv_timeout(Duration::from_secs(5)).is_err(), Ordering::Relaxed);
        }
        self.clock.mono()
    }
}

#[test]
fn a_clock_is_called_while_no_lease_is_locked() {
    let clock = SettlingClock::default();
    let board = builder().clock(clock.clone()).build().unwrap();
    let handle = board.target(&Target::name("db")).unwrap();
    assert!(clock.handle.set(handle.clone()).is_ok());
    let admitted = permit(handle.allow().unwrap());
    assert_eq!(handle.settle(Some(&admitted), &returned(200)).unwrap(), Settlement::Leased(Outcome::Success));
    handle.settle(Some(&admitted), &returned(503)).unwrap();
    board.flush(Duration::from_secs(20)).unwrap();
    assert!(!clock.had_to_wait.load(Ordering::Relaxed));
}

/// A store that calls its own board during a load, and stores the error.
#[derive(Clone, Default)]
struct CallingStore {
    board: Arc<OnceLock<Board>>,
    error: Arc<Mutex<Option<String>>>,
}

impl Store for CallingStore {
    fn load(&self, _: &str, _: Option<Revision>, _: Millis) -> Result<Lookup, StoreError> {
        if let Some(board) = self.board.get() {
            *self.error.lock().unwrap() = board.allow(&Target::name("db")).err().map(|error| error.to_string());
        }
        Ok(Lookup::Missing)
    }

    fn compare_and_swap(&self, _: &str, _: Option<Revision>, _: &str, _: Option<Millis>, _: Millis) -> Result<Swap, StoreError> {
        Err(StoreError::Unavailable("read only".to_owned()))
    }

    fn list_keys(&self, _: &str, _: Option<&str>, _: u32, _: Millis) -> Result<Page, StoreError> {
        Err(StoreError::Unavailable("not listed".to_owned()))
    }
}

#[test]
fn a_store_that_calls_its_own_board_receives_an_error() {
    let store = CallingStore::default();
    let board = builder().clock(ManualClock::default()).store(store.clone()).build().unwrap();
    assert!(store.board.set(board.clone()).is_ok());
    let (done, is_done) = mpsc::channel();
    std::thread::spawn(move || done.send(board.allow(&Target::name("db")).is_ok()));
    assert_eq!(is_done.recv_timeout(Duration::from_secs(10)), Ok(true), "the call itself is admitted");
    let error = store.error.lock().unwrap().take().expect("an error");
    assert!(error.starts_with("a store or a clock called its own board"), "{error}");
}

#[test]
fn a_store_may_call_another_board() {
    let store = CallingStore::default();
    let board = builder().clock(ManualClock::default()).store(store.clone()).build().unwrap();
    let other = builder().clock(ManualClock::default()).build().unwrap();
    assert!(store.board.set(other).is_ok());
    assert!(board.allow(&Target::name("db")).is_ok());
    assert_eq!(*store.error.lock().unwrap(), None);
}
