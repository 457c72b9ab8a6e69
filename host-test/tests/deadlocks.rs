//! Many threads that send every kind of request while listeners and operators act: no deadlock.

use fuseboard_host::time::Millis;
use fuseboard_host::{Admission, Board, Command, EngineKind, Event, Filter, ManualClock, Outcome, Scope, Sources, Target};
use host_test::many_threads::{THREADS, board, counted, millis, on_all_threads};
use host_test::proof;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// Makes one of the requests that a program can make, in an order that differs between threads.
fn make_request(board: &Board, clock: &ManualClock, thread: usize, turn: usize) {
    let named = (thread + turn).is_multiple_of(3);
    let target = if named { Target::name(format!("n{}", turn % 5)) } else { Target::host("a.example").resolver("r") };
    let (host, report) = (Scope::host("a.example"), counted([Outcome::Failure, Outcome::Success, Outcome::Neutral][turn % 3]));
    match (7 * thread + turn) % 16 {
        0 => drop(board.command(&host, &Command::Trip)),
        1 => drop(board.command(&host, &Command::HalfOpen)),
        2 => drop(board.command(&Scope::resolver("r"), &Command::Close)),
        3 => drop(board.command(&host, &Command::Close)),
        4 => drop(board.update_policy(&host, turn.is_multiple_of(2).then_some(r#"{"fail_max": 2}"#))),
        5 => drop(board.list(&Filter::default(), None, 10)),
        6 => drop(board.flush(Duration::from_secs(20))),
        7 => clock.advance(Millis(100)),
        8 if turn.is_multiple_of(64) => board.renew(),
        9 if turn.is_multiple_of(64) => drop(board.reconfigure(Sources::default())),
        10 => drop(board.status(&target)),
        _ => {
            let Ok(Admission::Admitted { permit, .. }) = board.allow(&target) else { return };
            drop(board.settle(&target, Some(&permit), &report));
        }
    }
}

/// A listener that makes requests at each event, and sends a command at every tenth.
fn requesting_listener(events: Arc<AtomicUsize>, own_board: Arc<Mutex<Weak<Board>>>) -> impl Fn(&Event) + Send + Sync {
    move |event| {
        let turn = events.fetch_add(1, Ordering::Relaxed);
        let board = own_board.lock().unwrap().upgrade();
        if let (Some(board), Some(circuit)) = (board, &event.circuit) {
            let target = Target::name(circuit.name.clone());
            drop(board.status(&target));
            drop(board.allow(&target));
            if turn.is_multiple_of(10) {
                drop(board.command(circuit, &Command::Close));
            }
        }
    }
}

#[test]
fn listeners_and_operators_cause_no_deadlock_with_the_component() {
    run_mixed_requests(EngineKind::Component);
}

#[test]
fn listeners_and_operators_cause_no_deadlock_with_the_native_engine() {
    run_mixed_requests(EngineKind::Native);
}

fn run_mixed_requests(engine: EngineKind) {
    const TURNS: usize = 400;
    const WATCHDOG: Duration = Duration::from_secs(240);
    let (events, clock) = (Arc::<AtomicUsize>::default(), ManualClock::default());
    let own_board = Arc::<Mutex<Weak<Board>>>::default();
    let text = r#""fail_max": 2, "reset_timeout_s": 0.1, "trial_calls": 2"#;
    let board = board(engine, text)
        .clock(clock.clone())
        .instances(3)
        .listener(requesting_listener(Arc::clone(&events), Arc::clone(&own_board)))
        .build()
        .expect("a good configuration");
    let board = Arc::new(board);
    *own_board.lock().unwrap() = Arc::downgrade(&board);
    let (done, ended) = channel();
    let start = Instant::now();
    // On its own thread, so that a deadlock ends the test instead of blocking it.
    thread::spawn(move || {
        let number = AtomicUsize::new(0);
        on_all_threads(&vec![Target::name("any"); THREADS], |_| {
            let thread = number.fetch_add(1, Ordering::Relaxed);
            (0..TURNS).for_each(|turn| make_request(&board, &clock, thread, turn));
        });
        let last = board.allow(&Target::name("last")).is_ok_and(|admission| matches!(admission, Admission::Admitted { .. }));
        done.send(last).expect("the test waits");
    });
    assert!(ended.recv_timeout(WATCHDOG).expect("dead-locked, or a thread panicked"), "the board answers afterwards");
    let events = events.load(Ordering::Relaxed);
    assert!(events > TURNS, "listeners received {events} events");
    proof::write(
        match engine {
            EngineKind::Component => "threads-mixed",
            EngineKind::Native => "threads-mixed-native",
        },
        &[13],
        &[("threads", json!(THREADS)), ("turns", json!(THREADS * TURNS)), ("events_received", json!(events)), ("ms", json!(millis(start)))],
    );
}
