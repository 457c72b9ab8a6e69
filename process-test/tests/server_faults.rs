//! A Redis server that fails while processes use it.

use process_test::evidence::Evidence;
use process_test::figures;
use process_test::fleet::Fleet;
use process_test::message::Message;
use process_test::observer::Observer;
use process_test::policy;
use process_test::service::Service;
use process_test::switchable_proxy::SwitchableProxy;
use process_test::time_source::TimeSource;
use redis_test_server::RedisServer;
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_process-worker");
const PROCESSES: usize = 4;
const COUNTED: &str = "count-during";
const PROBED: &str = "probe-during";
/// Attempts of each process. They take longer than the fault.
const COUNTED_CALLS: u32 = 300;
const PROBED_CALLS: u32 = 300;
/// The fault begins after this many messages of all processes.
const MESSAGES_BEFORE: u32 = 300;
const FAULT: Duration = Duration::from_millis(300);
/// Longer than the budget of a call and than the silence after which a connection is replaced.
const PAUSE: Duration = Duration::from_millis(1_500);

/// What the store may have lost by the fault.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lost {
    Nothing,
    EarlierWrites,
}

/// Runs the processes, with the fault while they run. Returns their messages.
fn run_with_fault(url: &str, fault: impl FnOnce()) -> Evidence {
    let service = Service::start();
    let mut fleet = Fleet::start(PROGRAM, url, service.port(), vec![TimeSource::ACCURATE; PROCESSES]);
    fleet.send_all(&format!("call {COUNTED} {COUNTED_CALLS}"));
    fleet.send_all(&format!("call {PROBED} {PROBED_CALLS}"));
    let (mut evidence, mut done, mut messages, mut fault) = (Evidence::default(), 0, 0, Some(fault));
    while done < 2 * PROCESSES {
        let message = fleet.next(None).and_then(|next| next.message.map(|message| (next.process, message)));
        let (process, message) = message.expect("no process ends by itself");
        messages += 1;
        done += usize::from(matches!(message, Message::Done { .. }));
        evidence.add(process, message);
        if messages > MESSAGES_BEFORE
            && let Some(fault) = fault.take()
        {
            fault();
        }
    }
    assert!(fault.is_none(), "the processes ended before the fault");
    evidence
}

/// Checks what holds during and after any fault.
fn check(name: &str, url: &str, lost: Lost, evidence: &Evidence) {
    let observer = Observer::new(url, TimeSource::ACCURATE);
    let (counts, counted) = (evidence.counts(COUNTED), observer.counted(COUNTED));
    let least = if lost == Lost::Nothing { counts.acknowledged } else { 0 };
    assert!((least..=counts.acknowledged + counts.in_doubt()).contains(&counted), "{counted} counted, {counts:?}");
    assert_eq!((counts.unended, evidence.kept), (0, 0), "every call was settled, and the backlog is empty");
    if lost == Lost::Nothing {
        assert!(evidence.most_probes_at_once() <= policy::TRIAL_CALLS, "{} probes at one time", evidence.most_probes_at_once());
    }
    let longest = evidence.waits_ms.iter().max().copied().unwrap_or(0);
    assert!(longest <= policy::WAIT_MAX_MS, "the longest wait is {longest} ms");
    let recovery = u64::try_from(observer.close(PROBED).as_millis()).unwrap_or(u64::MAX);
    observer.read_all();
    let figures = [
        ("calls", counts.begun + evidence.counts(PROBED).begun),
        ("failures acknowledged", counts.acknowledged),
        ("failures in doubt", counts.in_doubt()),
        ("failures counted", counted),
        ("recovery ms", recovery),
    ];
    figures::write(name, &[1, 4, 5, 6, 7, 8], &figures);
}

#[test]
fn a_paused_server_loses_nothing() {
    let server = RedisServer::start();
    let evidence = run_with_fault(&server.url(), || {
        server.pause();
        thread::sleep(PAUSE);
        server.resume();
    });
    check("redis_paused", &server.url(), Lost::Nothing, &evidence);
}

#[test]
fn a_closed_port_loses_nothing() {
    let server = RedisServer::start();
    let switch = SwitchableProxy::to_server(server.port);
    let evidence = run_with_fault(&switch.url(), || {
        switch.switch_to(None);
        thread::sleep(FAULT);
        switch.switch_to(Some(server.port));
    });
    check("redis_port_closed", &server.url(), Lost::Nothing, &evidence);
}

/// The server keeps nothing on disk, so it is empty after the restart.
#[test]
fn a_restarted_server_counts_nothing_twice_and_no_circuit_is_stuck() {
    let server = RedisServer::start();
    let port = server.port;
    let mut running = Some(server);
    let url = format!("redis://127.0.0.1:{port}");
    let restarted = &mut running;
    let evidence = run_with_fault(&url, || {
        drop(restarted.take());
        thread::sleep(FAULT);
        *restarted = Some(RedisServer::start_on(port, &[]).expect("the port is still free"));
    });
    check("redis_restarted", &url, Lost::EarlierWrites, &evidence);
}

#[test]
fn a_flushed_server_counts_nothing_twice_and_no_circuit_is_stuck() {
    let server = RedisServer::start();
    let evidence = run_with_fault(&server.url(), || {
        for _ in 0..20 {
            server.run(&["FLUSHALL"]);
        }
    });
    check("redis_flushed", &server.url(), Lost::EarlierWrites, &evidence);
}

/// The replica stops copying. It becomes the primary after the first server has taken further writes.
#[test]
fn a_promoted_replica_that_lagged_counts_nothing_twice_and_no_circuit_is_stuck() {
    let (primary, replica) = (RedisServer::start(), RedisServer::start());
    replica.run(&["REPLICAOF", "127.0.0.1", &primary.port.to_string()]);
    let start = Instant::now();
    while !replica.run(&["INFO", "replication"]).contains("master_link_status:up") {
        assert!(start.elapsed() < Duration::from_secs(20), "the replica does not copy");
        thread::sleep(Duration::from_millis(10));
    }
    let switch = SwitchableProxy::to_server(primary.port);
    let evidence = run_with_fault(&switch.url(), || {
        replica.run(&["REPLICAOF", "NO", "ONE"]);
        thread::sleep(FAULT);
        switch.switch_to(Some(replica.port));
    });
    check("redis_failed_over", &replica.url(), Lost::EarlierWrites, &evidence);
}
